package dukpt_test

import (
	"crypto/cipher"
	"encoding/hex"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/dukpt"
	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/testdata/vectors"
)

// The key and the numbers of ANSI X9.24-1:2009, A.4.
var (
	ansiBDK      = must(hex.DecodeString("0123456789ABCDEFFEDCBA9876543210"))
	ansiBlock    = must(hex.DecodeString("041274EDCBA9876F"))
	ansiData     = []byte("4012345678909D987")
	ansiKSN      = dukpt.TDESKSN(must(hex.DecodeString("FFFF9876543210E00000")))
	ansiKSNFinal = dukpt.TDESKSN(must(hex.DecodeString("FFFF9876543210FFF800")))
)

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

type tdesIn struct {
	BDK     vectors.Bytes `json:"bdk"`
	KSN     vectors.Bytes `json:"ksn"`
	PIN     string        `json:"pin"`
	PAN     string        `json:"pan"`
	MACData vectors.Bytes `json:"mac_data"`
}

type tdesOut struct {
	IK            vectors.Bytes `json:"ik"`
	TxnKey        vectors.Bytes `json:"txn_key"`
	PINKey        vectors.Bytes `json:"pin_key"`
	PINBlock      vectors.Bytes `json:"pin_block"`
	EncipheredPIN vectors.Bytes `json:"enciphered_pin"`
	MACRequest    vectors.Bytes `json:"mac_request"`
	MACResponse   vectors.Bytes `json:"mac_response"`
	OneBits       int           `json:"one_bits"`
}

func TestTDESVectors(t *testing.T) {
	vectors.Run(t, "dukpt-tdes", func(t *testing.T, c vectors.Case[tdesIn, tdesOut]) {
		host, err := dukpt.NewTDESHost(tdesKey(t, c.In.BDK))
		require.NoError(t, err)
		ksn, err := dukpt.ParseTDESKSN(c.In.KSN)
		require.NoError(t, err)
		key, err := host.TransactionKey(ksn)
		if c.Expect != vectors.OK {
			assert.ErrorIs(t, err, c.Expect)
			assert.Equal(t, c.Out.OneBits, ksn.OneBits())
			assert.True(t, key.Key().IsZero())
			return
		}
		require.NoError(t, err)
		assertKey(t, c.Out.IK, host.InitialKey(ksn), "initial key")
		assertKey(t, c.Out.TxnKey, key.Key(), "transaction key")
		assertKey(t, c.Out.PINKey, key.PIN(), "PIN key")
		if c.In.PIN == "" {
			return // the source has the keys alone
		}
		assert.Equal(t, c.Out.EncipheredPIN.String(), encipher(key.PIN(), c.Out.PINBlock).String())
		request := key.MACRequest().MAC(secret.Padding1, c.In.MACData)
		assert.Equal(t, c.Out.MACRequest.String(), vectors.Bytes(request[:4]).String())
		response := key.MACResponse().MAC(secret.Padding1, c.In.MACData)
		assert.Equal(t, c.Out.MACResponse.String(), vectors.Bytes(response[:4]).String())
	})
}

// encipher enciphers one block.
func encipher(key secret.Key, block []byte) vectors.Bytes {
	enciphered := make(vectors.Bytes, len(block))
	key.Encrypt(enciphered, block)
	return enciphered
}

// cbc enciphers data, filled with zeros, in CBC mode with a zero vector.
func cbc(key secret.Key, data []byte) vectors.Bytes {
	padded := secret.Padding1.Pad(data, key.BlockSize())
	cipher.NewCBCEncrypter(key, make([]byte, key.BlockSize())).CryptBlocks(padded, padded)
	return padded
}

// moreTDES is a case of testdata/tdes.json, all under ansiBDK.
type moreTDES struct {
	Source        string        `json:"source"`
	KSN           vectors.Bytes `json:"ksn"`
	TxnKey        vectors.Bytes `json:"txn_key"`
	EncipheredPIN vectors.Bytes `json:"enciphered_pin"`
	DataRequest   vectors.Bytes `json:"data_request"`
	DataResponse  vectors.Bytes `json:"data_response"`
	MACRequest    vectors.Bytes `json:"mac_request"`
	MACResponse   vectors.Bytes `json:"mac_response"`
}

func TestMoreTDESVectors(t *testing.T) {
	host, err := dukpt.NewTDESHost(tdesKey(t, ansiBDK))
	require.NoError(t, err)
	for _, c := range load[moreTDES](t, "tdes.json") {
		t.Run(c.KSN.String(), func(t *testing.T) {
			key, err := host.TransactionKey(dukpt.TDESKSN(c.KSN))
			require.NoError(t, err)
			assertKey(t, c.TxnKey, key.Key(), "transaction key")
			if c.EncipheredPIN != nil {
				assert.Equal(t, c.EncipheredPIN, encipher(key.PIN(), ansiBlock))
			}
			if c.DataRequest == nil {
				return
			}
			assert.Equal(t, c.DataRequest, cbc(key.DataRequest(), ansiData))
			assert.Equal(t, c.DataResponse, cbc(key.DataResponse(), ansiData))
			request := key.MACRequest().MAC(secret.Padding1, ansiData)
			assert.Equal(t, c.MACRequest, vectors.Bytes(request[:]))
			response := key.MACResponse().MAC(secret.Padding1, ansiData)
			assert.Equal(t, c.MACResponse, vectors.Bytes(response[:]))
		})
	}
}

// TestTDESEndsAgree runs a device for a while and asks the host for each key.
func TestTDESEndsAgree(t *testing.T) {
	const transactions = 5000
	host, err := dukpt.NewTDESHost(tdesKey(t, ansiBDK))
	require.NoError(t, err)
	device, err := dukpt.NewTDESDevice(host.InitialKey(ansiKSN), ansiKSN)
	require.NoError(t, err)
	last := uint32(0)
	for range transactions {
		ksn, key, err := device.Next()
		require.NoError(t, err)
		require.NoError(t, ksn.Check())
		require.Greater(t, ksn.Counter(), last)
		last = ksn.Counter()
		expected, err := host.TransactionKey(ksn)
		require.NoError(t, err)
		require.True(t, expected.Key().Equal(key.Key()), "counter %06X", ksn.Counter())
	}
}

// TestTDESHostTakesWhatADeviceSends draws KSNs: the host refuses exactly the
// counters that no device uses, and the rest of the KSN matters.
func TestTDESHostTakesWhatADeviceSends(t *testing.T) {
	host, err := dukpt.NewTDESHost(tdesKey(t, ansiBDK))
	require.NoError(t, err)
	rapid.Check(t, func(t *rapid.T) {
		ksn, err := dukpt.ParseTDESKSN(rapid.SliceOfN(rapid.Byte(), 10, 10).Draw(t, "ksn"))
		require.NoError(t, err)
		key, err := host.TransactionKey(ksn)
		if ksn.OneBits() > 10 || ksn.Counter() == 0 {
			require.ErrorIs(t, err, emv.ErrBadCounter)
			return
		}
		require.NoError(t, err)
		other := ksn
		other[rapid.IntRange(2, 6).Draw(t, "byte")] ^= 1 << rapid.IntRange(0, 7).Draw(t, "bit")
		otherKey, err := host.TransactionKey(other)
		require.NoError(t, err)
		require.False(t, key.Key().Equal(otherKey.Key()), "another device has other keys")
	})
}

func TestTDESCounters(t *testing.T) {
	for name, c := range map[string]struct {
		ksn     string
		counter uint32
		ones    int
		bad     bool
	}{
		"zero":           {"FFFF9876543210E00000", 0, 0, true},
		"one":            {"FFFF9876543210E00001", 1, 1, false},
		"ten ones":       {"FFFF9876543210E003FF", 0x3FF, 10, false},
		"eleven ones":    {"FFFF9876543210E007FF", 0x7FF, 11, true},
		"highest":        {"FFFF9876543210FFF800", 0x1FF800, 10, false},
		"all ones":       {"FFFFFFFFFFFFFFFFFFFF", 0x1FFFFF, 21, true},
		"bit 21 is name": {"00000000000000200001", 1, 1, false},
	} {
		t.Run(name, func(t *testing.T) {
			ksn, err := dukpt.ParseTDESKSN(must(hex.DecodeString(c.ksn)))
			require.NoError(t, err)
			assert.Equal(t, c.ksn, ksn.String())
			assert.Equal(t, c.counter, ksn.Counter())
			assert.Equal(t, c.ones, ksn.OneBits())
			if c.bad {
				assert.ErrorIs(t, ksn.Check(), emv.ErrBadCounter)
			} else {
				assert.NoError(t, ksn.Check())
			}
		})
	}
}

func TestTDESRefusals(t *testing.T) {
	for _, length := range []int{0, 9, 11, 12} {
		_, err := dukpt.ParseTDESKSN(make([]byte, length))
		assert.ErrorIs(t, err, emv.ErrMalformed)
	}
	_, err := dukpt.NewTDESHost(aesKey(t, ansiBDK))
	assert.Error(t, err)
	_, err = dukpt.NewTDESHost(secret.Key{})
	assert.Error(t, err)
	_, err = dukpt.NewTDESDevice(aesKey(t, ansiBDK), ansiKSN)
	assert.Error(t, err)
}

func BenchmarkTDESHost(b *testing.B) {
	host, err := dukpt.NewTDESHost(tdesKey(b, ansiBDK))
	require.NoError(b, err)
	b.ReportAllocs()
	for b.Loop() {
		key, err := host.TransactionKey(ansiKSNFinal) // ten steps, the most there can be
		if err != nil {
			b.Fatal(err)
		}
		key.PIN()
	}
}

func BenchmarkTDESDevice(b *testing.B) {
	initial := tdesKey(b, ansiBDK)
	device, err := dukpt.NewTDESDevice(initial, ansiKSN)
	require.NoError(b, err)
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := device.Next(); err != nil {
			device, _ = dukpt.NewTDESDevice(initial, ansiKSN)
		}
	}
}
