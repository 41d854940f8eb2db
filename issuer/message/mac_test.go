package message_test

import (
	"bytes"
	"encoding/hex"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/issuer/message"
	"github.com/f510b0cf/till/testdata/vectors"
)

func macKeys(t testing.TB) (tdes, aes secret.Key) {
	t.Helper()
	tdes, err := secret.NewTDES(vectors.Unhex(t, "0123456789ABCDEFFEDCBA9876543210"))
	require.NoError(t, err)
	aes, err = secret.NewAES(vectors.Unhex(t, "2b7e151628aed2a6abf7158809cf4f3c"))
	require.NoError(t, err)
	return tdes, aes
}

// TestMACByHand: where the code lies, and what it covers. The keys are those of the
// figures of ISO/IEC 9797-1 and RFC 4493, which package secret has; the codes were made
// with OpenSSL 3: DES-CBC, DES-ECB and CMAC over the bytes before them.
func TestMACByHand(t *testing.T) {
	tdes, aes := macKeys(t)
	echo := "0800" + "8220000000000000" + "0400000000000000" + "1123140559" + "000047" + "301"
	b, err := message.ISO87().Authenticate([]byte(echo), aes)
	require.NoError(t, err)
	covered := strings.Replace(echo, "0400000000000000", "0400000000000001", 1)
	require.Equal(t, covered, string(b[:len(b)-16]), "the bit of DE 128, and nothing else")
	assert.Equal(t, "2E71FD4B0F40BBF8", string(b[len(b)-16:]))

	ack := "1130" + "0230000002000000" + "1123140559" + "000047" + "261123140559" + "0900"
	raw := vectors.Unhex(t, ack)
	b, err = message.ISO93().Authenticate(raw, tdes)
	require.NoError(t, err)
	assert.Equal(t, "1130"+"0230000002000001"+ack[20:], strings.ToUpper(hex.EncodeToString(b[:len(b)-8])))
	assert.Equal(t, "B71F3733A7FAD098", strings.ToUpper(hex.EncodeToString(b[len(b)-8:])))
}

// TestMAC: what is authenticated is read as it was and checks, in each dialect and under
// each algorithm; whatever bit is turned over, it does not.
func TestMAC(t *testing.T) {
	tdes, aes := macKeys(t)
	for _, name := range message.Names() {
		d, err := message.Named(name)
		require.NoError(t, err)
		require.NoError(t, d.TakesMAC())
		for _, key := range []secret.Key{tdes, aes} {
			for _, k := range kinds {
				t.Run(name+" "+key.Algorithm().String()+" "+k.String(), func(t *testing.T) {
					m := fitting(d, full(t, k))
					m.Head().MAC = nil
					plain := pack(t, d, m)
					require.ErrorIs(t, d.CheckMAC(plain, key), message.ErrMAC, "none")
					b, err := d.Authenticate(plain, key)
					require.NoError(t, err)
					require.NoError(t, d.CheckMAC(b, key))
					back, err := d.Unpack(b)
					require.NoError(t, err)
					require.Len(t, back.Head().MAC, message.MACBytes)
					assert.Equal(t, b, pack(t, d, back), "the element is where Pack puts it")
					back.Head().MAC = nil
					assert.Equal(t, plain, pack(t, d, back))
					_, err = d.Authenticate(b, key)
					require.Error(t, err, "twice")
					for i := range b {
						broken := bytes.Clone(b)
						broken[i] ^= 1
						require.ErrorIs(t, d.CheckMAC(broken, key), message.ErrMAC, i)
					}
					for n := range b {
						require.ErrorIs(t, d.CheckMAC(b[:n], key), message.ErrMAC, n)
					}
					other := map[secret.Algorithm]secret.Key{secret.TDES: aes, secret.AES: tdes}[key.Algorithm()]
					require.ErrorIs(t, d.CheckMAC(b, other), message.ErrMAC)
				})
			}
		}
	}
}

// TestMACOfAnything: no bytes make it panic, or pass without the key.
func TestMACOfAnything(t *testing.T) {
	_, aes := macKeys(t)
	rapid.Check(t, func(t *rapid.T) {
		b := rapid.SliceOfN(rapid.Byte(), 0, 60).Draw(t, "bytes")
		for _, name := range message.Names() {
			d, _ := message.Named(name)
			require.ErrorIs(t, d.CheckMAC(b, aes), message.ErrMAC)
			if authentic, err := d.Authenticate(b, aes); err == nil {
				require.NoError(t, d.CheckMAC(authentic, aes))
			}
		}
	})
}

// TestRefuseMAC: a request whose code is wrong is answered with 916 (84 in 1987), and
// finds its answer.
func TestRefuseMAC(t *testing.T) {
	for name, code := range map[string]message.ActionCode{"iso93": message.ActionMACIncorrect, "iso87": message.ActionMACIncorrect} {
		d, err := message.Named(name)
		require.NoError(t, err)
		request := fitting(d, full(t, message.KindAuthorizationRequest))
		b, err := d.Refuse(pack(t, d, request), message.ErrMAC)
		require.NoError(t, err)
		answer, err := d.Unpack(b)
		require.NoError(t, err)
		assert.Equal(t, code, answer.(*message.AuthorizationResponse).ActionCode)
		assert.Equal(t, request.Head().MatchKey(), answer.Head().MatchKey())
		assert.Empty(t, answer.(*message.AuthorizationResponse).ApprovalCode)
	}
}

// fitting returns a message that every dialect can write: chip data and PIN blocks have
// forms of their own, which is not the matter here.
func fitting(d *message.Dialect, m message.Message) message.Message {
	if d.Edition() == 1987 {
		m = for1987(m)
	}
	switch m := m.(type) {
	case *message.AuthorizationRequest:
		m.ICCData, m.PINBlock = secret.Value{}, secret.Value{}
	case *message.AuthorizationResponse:
		m.ICCData = secret.Value{}
	case *message.Advice:
		m.ICCData = secret.Value{}
	case *message.Reversal:
		m.ICCData = secret.Value{}
	}
	return m
}
