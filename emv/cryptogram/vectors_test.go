package cryptogram_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/emv/cryptogram"
	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/emv/tlv"
	"github.com/f510b0cf/till/testdata/vectors"
)

// card names a card and the issuer's master key in a vector file.
type card struct {
	PAN    string `json:"pan"`
	PSN    string `json:"psn"`
	Option string `json:"option"`
}

func (c card) masterKey(t testing.TB, imk vectors.Bytes) secret.Key {
	t.Helper()
	option, err := cryptogram.ParseOption(c.Option)
	require.NoError(t, err)
	return cryptogram.MasterKey(tdes(t, imk), pan(t, c.PAN), psn(t, c.PSN), option)
}

func tdes(t testing.TB, raw []byte) secret.Key {
	t.Helper()
	key, err := secret.NewTDES(raw)
	require.NoError(t, err)
	return key
}

func pan(t testing.TB, digits string) account.PAN {
	t.Helper()
	p, err := account.ParsePAN([]byte(digits))
	require.NoError(t, err)
	return p
}

func psn(t testing.TB, digits string) account.SequenceNumber {
	t.Helper()
	n, err := account.ParseSequenceNumber(digits)
	require.NoError(t, err)
	return n
}

// bytesOf returns the bytes of a key; tests alone look at them.
func bytesOf(key secret.Key) vectors.Bytes {
	var b vectors.Bytes
	key.Open(func(raw []byte) { b = append(b, raw...) })
	return b
}

// kcv returns the key check value as the vectors have it.
func kcv(key secret.Key) string {
	v := key.CheckValue()
	return vectors.Bytes(v[:]).String()
}

func TestMasterKeyVectors(t *testing.T) {
	type in struct {
		card
		IMK vectors.Bytes `json:"imk"`
	}
	type out struct{ Block, UDK, KCV string }
	vectors.Run(t, "udk", func(t *testing.T, c vectors.Case[in, out]) {
		require.Equal(t, vectors.OK, c.Expect)
		option, err := cryptogram.ParseOption(c.In.Option)
		require.NoError(t, err)
		block, complement := cryptogram.DiversificationBlocks(pan(t, c.In.PAN), psn(t, c.In.PSN), option)
		block.Open(func(b []byte) { assert.Equal(t, c.Out.Block, vectors.Bytes(b).String()) })
		udk := c.In.masterKey(t, c.In.IMK)
		halves := make(vectors.Bytes, 16)
		imk := tdes(t, c.In.IMK)
		block.Open(func(b []byte) { imk.Encrypt(halves[:8], b) })
		complement.Open(func(b []byte) { imk.Encrypt(halves[8:], b) })
		secret.OddParity(halves)
		assert.Equal(t, c.Out.UDK, halves.String())
		assert.Equal(t, c.Out.UDK, bytesOf(udk).String())
		assert.Equal(t, c.Out.KCV, kcv(udk))
	})
}

func TestSessionKeyVectors(t *testing.T) {
	type in struct {
		Method         string
		MK, ATC, UN, R vectors.Bytes
	}
	type out struct {
		SK  vectors.Bytes
		KCV string
	}
	vectors.Run(t, "session-keys", func(t *testing.T, c vectors.Case[in, out]) {
		require.Equal(t, vectors.OK, c.Expect)
		mk := tdes(t, c.In.MK)
		var sk secret.Key
		switch c.In.Method {
		case "emv-csk-ac":
			sk = cryptogram.CSK(mk, cryptogram.CSKDiversifier(atc(c.In.ATC)))
		case "emv-csk":
			sk = cryptogram.CSK(mk, [8]byte(c.In.R))
		case "mc-skd":
			sk = cryptogram.MastercardSKD(mk, atc(c.In.ATC), emv.UnpredictableNumber(c.In.UN))
		case "visa-sm":
			sk = cryptogram.VisaSM(mk, atc(c.In.ATC))
		default:
			require.Fail(t, "unknown method", c.In.Method)
		}
		assert.True(t, sk.Equal(tdes(t, c.Out.SK)))
		assert.Equal(t, c.Out.KCV, kcv(sk))
		if c.In.Method != "visa-sm" {
			assert.Equal(t, c.Out.SK, bytesOf(sk), "parity bits too")
		}
	})
}

// atc reads the value of tag 9F36; none is 0.
func atc(b []byte) emv.ATC {
	if len(b) == 0 {
		return 0
	}
	return emv.ATC(b[0])<<8 | emv.ATC(b[1])
}

// session names a session key in a vector file.
type session struct {
	Session    string
	ATC, UN, R vectors.Bytes
}

func (s session) key(t *testing.T, mk secret.Key) secret.Key {
	t.Helper()
	if s.Session == "csk-r" {
		return cryptogram.CSK(mk, [8]byte(s.R))
	}
	method, err := cryptogram.ParseSessionKeyMethod(s.Session)
	require.NoError(t, err)
	var un emv.UnpredictableNumber
	copy(un[:], s.UN)
	return method.Derive(mk, atc(s.ATC), un)
}

var paddings = map[string]secret.Padding{"00": secret.Padding1, "80": secret.Padding2}

// objects returns data elements as BER-TLV.
func objects(t testing.TB, values map[string]vectors.Bytes) []byte {
	t.Helper()
	var b []byte
	for name, value := range values {
		tag, err := emv.ParseTag(name)
		require.NoError(t, err)
		b = tlv.Append(b, tag, value)
	}
	return b
}

type arqcIn struct {
	card
	session
	Profile string
	IMK     vectors.Bytes `json:"imk_ac"`
	Tags    map[string]vectors.Bytes
	IAD     vectors.Bytes
	Padding string
	Data    vectors.Bytes
	ARQC    vectors.Bytes
}

type arqcOut struct {
	UDK      string        `json:"udk_kcv"`
	ACKey    string        `json:"ac_key_kcv"`
	MACInput vectors.Bytes `json:"mac_input"`
	ARQC     vectors.Bytes
}

// input reads the data elements of a case through their TLV form.
func (in arqcIn) input(t testing.TB) cryptogram.Input {
	t.Helper()
	input, err := cryptogram.ParseInput(tlv.Append(objects(t, in.Tags), 0x9F10, in.IAD))
	require.NoError(t, err)
	return input
}

func TestApplicationCryptogramVectors(t *testing.T) {
	vectors.Run(t, "arqc", func(t *testing.T, c vectors.Case[arqcIn, arqcOut]) {
		mk := c.In.masterKey(t, c.In.IMK)
		assert.Equal(t, c.Out.UDK, kcv(mk))
		if c.In.Profile == "raw" {
			require.Equal(t, vectors.OK, c.Expect)
			key := c.In.key(t, mk)
			assert.Equal(t, c.Out.ACKey, kcv(key))
			ac := cryptogram.Compute(key, paddings[c.In.Padding], c.In.Data)
			assert.Equal(t, c.Out.ARQC.String(), vectors.Bytes(ac[:]).String())
			return
		}
		profile, ok := cryptogram.ProfileByName(c.In.Profile)
		require.True(t, ok)
		input := c.In.input(t)
		s := profile.Session(mk, input.ATC, input.UnpredictableNumber)
		assert.Equal(t, c.Out.ACKey, kcv(s.AC))
		data, err := profile.AppendMACInput(nil, &input)
		require.NoError(t, err)
		assert.Equal(t, c.Out.MACInput.String(), vectors.Bytes(profile.Padding.Pad(data, 8)).String())
		ac, err := s.Compute(&input)
		require.NoError(t, err)
		assert.Equal(t, emv.AC(c.Out.ARQC), ac)
		require.NoError(t, s.Verify(&input, ac))
		if c.Expect != vectors.OK {
			assert.ErrorIs(t, s.Verify(&input, emv.AC(c.In.ARQC)), c.Expect)
		}
	})
}

func TestARPCVectors(t *testing.T) {
	type in struct {
		card
		session
		Method int
		IMK    vectors.Bytes `json:"imk_ac"`
		ARQC   vectors.Bytes
		ARC    vectors.Bytes
		CSU    vectors.Bytes
		Prop   vectors.Bytes
		Tag91  vectors.Bytes `json:"tag_91"`
	}
	type out struct {
		ARPC  vectors.Bytes
		Tag91 vectors.Bytes `json:"tag_91"`
	}
	vectors.Run(t, "arpc", func(t *testing.T, c vectors.Case[in, out]) {
		s := cryptogram.Session{ARPC: c.In.key(t, c.In.masterKey(t, c.In.IMK))}
		s.Profile.ARPC = cryptogram.ARPCMethod(c.In.Method)
		response := cryptogram.IssuerResponse{Proprietary: c.In.Prop}
		copy(response.ARC[:], c.In.ARC)
		copy(response.CSU[:], c.In.CSU)

		tag91, err := s.AppendIssuerAuthenticationData(nil, emv.AC(c.In.ARQC), response)
		require.NoError(t, err)
		assert.True(t, strings.HasPrefix(c.Out.Tag91.String(), c.Out.ARPC.String()))
		assert.Equal(t, c.Out.Tag91.String(), vectors.Bytes(tag91).String())

		got, err := s.VerifyIssuerAuthenticationData(emv.AC(c.In.ARQC), tag91)
		require.NoError(t, err)
		assert.Equal(t, response.ARC, got.ARC)
		assert.Equal(t, response.CSU, got.CSU)
		assert.Equal(t, c.In.Prop.String(), vectors.Bytes(got.Proprietary).String())
		if c.Expect != vectors.OK {
			_, err := s.VerifyIssuerAuthenticationData(emv.AC(c.In.ARQC), c.In.Tag91)
			assert.ErrorIs(t, err, c.Expect)
		}
	})
}
