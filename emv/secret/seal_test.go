package secret_test

import (
	"bytes"
	stdaes "crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv/secret"
)

var sealContext = []byte("record 7")

// sealed returns a key and what it sealed.
func sealed(t *testing.T) (secret.Key, []byte) {
	t.Helper()
	key := aes(t, bytes.Repeat([]byte{7}, 32))
	b, err := key.SealValue(rand.Reader, secret.New([]byte("canary")), sealContext)
	require.NoError(t, err)
	return key, b
}

func TestSealRoundTrip(t *testing.T) {
	key, b := sealed(t)
	assert.Len(t, b, secret.SealOverhead+len("canary"))
	assert.NotContains(t, string(b), "canary")
	v, err := key.Unseal(b, sealContext)
	require.NoError(t, err)
	assert.Equal(t, "canary", string(clear(v)))
	again, err := key.SealValue(rand.Reader, v, sealContext)
	require.NoError(t, err)
	assert.NotEqual(t, b, again, "two nonces")
	empty, err := key.Seal(rand.Reader, nil, nil)
	require.NoError(t, err)
	v, err = key.Unseal(empty, nil)
	require.NoError(t, err)
	assert.Zero(t, v.Len())
	assert.False(t, v.IsZero())
}

// TestSealLayout opens a sealed string with the standard library alone: version
// 1, nonce, AES-GCM with version and context as additional data.
func TestSealLayout(t *testing.T) {
	_, b := sealed(t)
	block, err := stdaes.NewCipher(bytes.Repeat([]byte{7}, 32))
	require.NoError(t, err)
	gcm, err := cipher.NewGCM(block)
	require.NoError(t, err)
	require.Equal(t, byte(1), b[0])
	text, err := gcm.Open(nil, b[1:13], b[13:], append([]byte{1}, sealContext...))
	require.NoError(t, err)
	assert.Equal(t, "canary", string(text))
}

// refused checks that a sealed string does not open and that the error says
// nothing but that.
func refused(t *testing.T, key secret.Key, b, context []byte) {
	t.Helper()
	v, err := key.Unseal(b, context)
	require.ErrorIs(t, err, secret.ErrUnseal)
	require.True(t, v.IsZero())
	require.NotContains(t, err.Error(), "canary")
}

func TestUnsealRefusesDamage(t *testing.T) {
	key, b := sealed(t)
	for i := range b {
		for bit := range 8 {
			damaged := bytes.Clone(b)
			damaged[i] ^= 1 << bit
			refused(t, key, damaged, sealContext)
		}
		refused(t, key, b[:i], sealContext)
		refused(t, key, b[i+1:], sealContext)
	}
	refused(t, key, append(bytes.Clone(b), 0), sealContext)
	refused(t, key, nil, sealContext)
}

func TestUnsealRefusesOtherKeyOrPlace(t *testing.T) {
	key, b := sealed(t)
	refused(t, aes(t, bytes.Repeat([]byte{8}, 32)), b, sealContext)
	refused(t, aes(t, bytes.Repeat([]byte{7}, 16)), b, sealContext)
	for _, context := range [][]byte{nil, []byte("record 8"), []byte("record 77"), []byte("record "), append([]byte{1}, sealContext...)} {
		refused(t, key, b, context)
	}
}

func TestSealErrors(t *testing.T) {
	_, err := tdes(t, make([]byte, 16)).Seal(rand.Reader, nil, nil)
	assert.Error(t, err)
	_, err = secret.Key{}.Seal(rand.Reader, nil, nil)
	assert.Error(t, err)
	_, err = tdes(t, make([]byte, 16)).Unseal(make([]byte, 40), nil)
	assert.Error(t, err)
	_, err = aes(t, make([]byte, 16)).Seal(bytes.NewReader(make([]byte, 11)), nil, nil)
	assert.Error(t, err)
}
