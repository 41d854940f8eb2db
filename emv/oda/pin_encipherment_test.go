package oda_test

import (
	"bytes"
	"io"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/oda"
	"github.com/f510b0cf/till/emv/pin"
	"github.com/f510b0cf/till/testdata/vectors"
)

func testBlock(t testing.TB) pin.Block {
	t.Helper()
	block, err := pin.ParseBlock(vectors.Unhex(t, "241234FFFFFFFFFF"))
	require.NoError(t, err)
	return block
}

var testChallenge = oda.Challenge{1, 2, 3, 4, 5, 6, 7, 8}

func TestEncipheredPINComesBack(t *testing.T) {
	for _, exponent := range []oda.Exponent{oda.Exponent3, oda.Exponent65537} {
		for _, bits := range []int{768, 1152, 1984} {
			k := testKey(t, bits, exponent, 4)
			enciphered, err := oda.EncipherPIN(k.Public(), testBlock(t), testChallenge, seeded(1))
			require.NoError(t, err)
			assert.Len(t, enciphered, bits/8)
			other, err := oda.EncipherPIN(k.Public(), testBlock(t), testChallenge, seeded(2))
			require.NoError(t, err)
			assert.NotEqual(t, enciphered, other, "the padding is random")
			for _, e := range [][]byte{enciphered, other} {
				block, err := oda.DecipherPIN(k, e, testChallenge)
				require.NoError(t, err)
				assert.True(t, block.Equal(testBlock(t)))
			}
		}
	}
}

func TestEncipherPINRefuses(t *testing.T) {
	key := testKey(t, 1024, oda.Exponent3, 4).Public()
	_, err := oda.EncipherPIN(oda.PublicKey{}, testBlock(t), testChallenge, seeded(1))
	assert.ErrorIs(t, err, emv.ErrMalformed)
	_, err = oda.EncipherPIN(key, pin.Block{}, testChallenge, seeded(1))
	assert.ErrorIs(t, err, emv.ErrMalformed)
	_, err = oda.EncipherPIN(key, testBlock(t), testChallenge, bytes.NewReader(make([]byte, 110)))
	assert.ErrorIs(t, err, io.ErrUnexpectedEOF)
	small, err := oda.NewPublicKey(append([]byte{0x7E}, bytes.Repeat([]byte{0xFF}, 127)...), []byte{3})
	require.NoError(t, err)
	_, err = oda.EncipherPIN(small, testBlock(t), testChallenge, seeded(1))
	assert.ErrorIs(t, err, emv.ErrMalformed)
}

func TestDecipherPINFailures(t *testing.T) {
	k := testKey(t, 1024, oda.Exponent3, 4)
	good, err := oda.EncipherPIN(k.Public(), testBlock(t), testChallenge, seeded(1))
	require.NoError(t, err)

	_, err = oda.DecipherPIN(k, good, oda.Challenge{1, 2, 3, 4, 5, 6, 7, 9})
	assert.ErrorIs(t, err, emv.ErrBadPINBlock, "stale challenge")
	_, err = oda.DecipherPIN(k, good[1:], testChallenge)
	assert.ErrorIs(t, err, emv.ErrBadLength)
	_, err = oda.DecipherPIN(k, bytes.Repeat([]byte{0xFF}, 128), testChallenge)
	assert.ErrorIs(t, err, emv.ErrMalformed, "not below the modulus")
	_, err = oda.DecipherPIN(testKey(t, 1024, oda.Exponent3, 3), good, testChallenge)
	assert.ErrorIs(t, err, emv.ErrBadHeader, "another key")

	data := make([]byte, 128)
	data[0] = 0x6F
	copy(data[9:], testChallenge[:])
	wrongHeader, err := k.Public().Recover(data) // the public operation enciphers
	require.NoError(t, err)
	_, err = oda.DecipherPIN(k, wrongHeader, testChallenge)
	assert.ErrorIs(t, err, emv.ErrBadHeader)
}
