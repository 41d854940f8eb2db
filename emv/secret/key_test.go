package secret_test

import (
	"bytes"
	"math/bits"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/testdata/vectors"
)

// TestPublishedBlocks are single blocks of the standards: FIPS 197, Appendix C
// for AES, and the check values of well-known TDES test keys.
func TestPublishedBlocks(t *testing.T) {
	plain := vectors.Unhex(t, "00112233445566778899AABBCCDDEEFF")
	for key, want := range map[string]string{
		"000102030405060708090A0B0C0D0E0F":                                 "69C4E0D86A7B0430D8CDB78070B4C55A",
		"000102030405060708090A0B0C0D0E0F1011121314151617":                 "DDA97CA4864CDFE06EAF70A0EC0D7191",
		"000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F": "8EA2B7CA516745BFEAFC49904B496089",
	} {
		k := aes(t, vectors.Unhex(t, key))
		got := make([]byte, 16)
		k.Encrypt(got, plain)
		assert.Equal(t, vectors.Unhex(t, want), got)
		k.Decrypt(got, got)
		assert.Equal(t, plain, got)
	}
	for key, want := range map[string]string{
		"0123456789ABCDEFFEDCBA9876543210": "08D7B4",
		"00000000000000000000000000000000": "8CA64D",
		"0123456789ABCDEF0123456789ABCDEF": "D5D44F", // equal halves: single DES
	} {
		got := tdes(t, vectors.Unhex(t, key)).CheckValue()
		assert.Equal(t, vectors.Unhex(t, want), got[:], key)
	}
}

func TestKeyLengths(t *testing.T) {
	for length := range 65 {
		_, err := secret.NewTDES(make([]byte, length))
		assert.Equal(t, length == 16, err == nil, "TDES %d", length)
		_, err = secret.NewAES(make([]byte, length))
		assert.Equal(t, length == 16 || length == 24 || length == 32, err == nil, "AES %d", length)
	}
}

func TestKeyEqual(t *testing.T) {
	raw := vectors.Unhex(t, "0123456789ABCDEFFEDCBA9876543210")
	k := tdes(t, raw)
	assert.True(t, k.Equal(tdes(t, raw)))
	assert.False(t, k.Equal(aes(t, raw)), "another algorithm")
	assert.False(t, k.Equal(secret.Key{}))
	assert.True(t, secret.Key{}.Equal(secret.Key{}))
	for i := range raw {
		for bit := range 8 {
			other := bytes.Clone(raw)
			other[i] ^= 1 << bit
			assert.Equal(t, bit == 0, k.Equal(tdes(t, other)), "bit 0 is parity")
			assert.False(t, aes(t, raw).Equal(aes(t, other)))
		}
	}
	assert.False(t, aes(t, make([]byte, 16)).Equal(aes(t, make([]byte, 24))))
}

func TestZeroKey(t *testing.T) {
	var k secret.Key
	assert.True(t, k.IsZero())
	assert.Zero(t, k.Len())
	assert.Zero(t, k.Algorithm())
	assert.Nil(t, clear(k))
	assert.Panics(t, func() { k.Encrypt(make([]byte, 8), make([]byte, 8)) })
}

func TestOddParity(t *testing.T) {
	for b := range 256 {
		one := []byte{byte(b)}
		secret.OddParity(one)
		assert.Equal(t, 1, bits.OnesCount8(one[0])%2)
		assert.Equal(t, byte(b)&0xFE, one[0]&0xFE, "only the lowest bit changes")
	}
}

func TestGenerateTDES(t *testing.T) {
	k, err := secret.GenerateTDES(bytes.NewReader(make([]byte, 16)))
	require.NoError(t, err)
	assert.Equal(t, bytes.Repeat([]byte{1}, 16), clear(k))
	_, err = secret.GenerateTDES(bytes.NewReader(make([]byte, 15)))
	assert.Error(t, err)
}

func TestXorAndDerive(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		raw := rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "key")
		mask := rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "mask")
		k := tdes(t, raw)
		masked := k.Xor(mask)
		for i, b := range clear(masked) {
			require.Equal(t, raw[i]^mask[i], b)
		}
		require.Equal(t, raw, clear(k), "the key itself stays")
		require.Equal(t, raw, clear(masked.Xor(mask)))
		derived := k.Derive([8]byte(mask[:8]), [8]byte(mask[8:]))
		want := make([]byte, 16)
		k.Encrypt(want[:8], mask[:8])
		k.Encrypt(want[8:], mask[8:])
		secret.OddParity(want)
		require.Equal(t, want, clear(derived))
	})
	assert.Panics(t, func() { tdes(t, make([]byte, 16)).Xor(make([]byte, 15)) })
}

// TestOneWay is the first step of the DUKPT example of ANSI X9.24-1:2009, A.4;
// package dukpt has all its others.
func TestOneWay(t *testing.T) {
	initial := tdes(t, vectors.Unhex(t, "6AC292FAA1315B4D858AB3A3D7D5933A"))
	next := initial.OneWay([8]byte(vectors.Unhex(t, "9876543210E00001")))
	assert.Equal(t, vectors.Unhex(t, "042666B49184CFA368DE9628D0397BC9"), clear(next))
	assert.Equal(t, vectors.Unhex(t, "6AC292FAA1315B4D858AB3A3D7D5933A"), clear(initial))
	assert.Panics(t, func() { aes(t, make([]byte, 16)).OneWay([8]byte{}) })
}

// TestKeyConcurrently uses a fresh key from many goroutines, for the race
// detector.
func TestKeyConcurrently(t *testing.T) {
	k := tdes(t, vectors.Unhex(t, "0123456789ABCDEFFEDCBA9876543210"))
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() { assert.Equal(t, [3]byte{0x08, 0xD7, 0xB4}, k.CheckValue()) })
	}
	group.Wait()
}

func TestAlgorithmNames(t *testing.T) {
	assert.Equal(t, "TDES", secret.TDES.String())
	assert.Equal(t, "AES", secret.AES.String())
	assert.Equal(t, "Algorithm(0)", secret.Algorithm(0).String())
}
