package secret_test

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"os/exec"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/testdata/need"
)

// openSSL passes data through `openssl enc` without padding, in CBC mode with a
// zero vector where the cipher has one.
func openSSL(t *testing.T, cipher string, raw, data []byte, options ...string) []byte {
	t.Helper()
	args := append([]string{"enc", "-" + cipher, "-K", hex.EncodeToString(raw), "-nopad", "-nosalt"}, options...)
	command := exec.Command(need.Program(t, "openssl"), args...)
	command.Stdin = bytes.NewReader(data)
	var stderr bytes.Buffer
	command.Stderr = &stderr
	out, err := command.Output()
	require.NoError(t, err, stderr.String())
	return out
}

// zeroVector are the options for the zero vector of CBC mode under DES.
var zeroVector = []string{"-iv", "0000000000000000"}

func random(t *testing.T, n int) []byte {
	t.Helper()
	b := make([]byte, n)
	_, err := rand.Read(b)
	require.NoError(t, err)
	return b
}

// ecb applies one block operation to each block.
func ecb(op func(dst, src []byte), size int, data []byte) []byte {
	out := make([]byte, len(data))
	for at := 0; at < len(data); at += size {
		op(out[at:at+size], data[at:at+size])
	}
	return out
}

// TestBlocksOpenSSL compares random blocks under random keys with OpenSSL, both
// ways, and the check value.
func TestBlocksOpenSSL(t *testing.T) {
	const keys, blocks = 5, 32
	for _, c := range []struct {
		cipher string
		length int
		parse  func([]byte) (secret.Key, error)
	}{
		{"des-ede", 16, secret.NewTDES},
		{"aes-128-ecb", 16, secret.NewAES},
		{"aes-192-ecb", 24, secret.NewAES},
		{"aes-256-ecb", 32, secret.NewAES},
	} {
		t.Run(c.cipher, func(t *testing.T) {
			for range keys {
				raw := random(t, c.length)
				k, err := c.parse(raw)
				require.NoError(t, err)
				size := k.BlockSize()
				data := random(t, blocks*size)
				enciphered := openSSL(t, c.cipher, raw, data)
				assert.Equal(t, enciphered, ecb(k.Encrypt, size, data))
				assert.Equal(t, openSSL(t, c.cipher, raw, data, "-d"), ecb(k.Decrypt, size, data))
				assert.Equal(t, data, ecb(k.Decrypt, size, enciphered))
				kcv := k.CheckValue()
				assert.Equal(t, openSSL(t, c.cipher, raw, make([]byte, size))[:3], kcv[:])
			}
		})
	}
}

// TestMACOpenSSL builds the retail MAC from OpenSSL's ciphers: TDES with two
// equal halves is single DES, in CBC mode over all blocks but the last; that one
// goes through two-key TDES.
func TestMACOpenSSL(t *testing.T) {
	for _, length := range []int{0, 1, 7, 8, 9, 15, 16, 17, 24, 63} {
		raw, data := random(t, 16), random(t, length)
		for _, padding := range []secret.Padding{secret.Padding1, secret.Padding2} {
			padded := padding.Pad(data, 8)
			first, last := padded[:len(padded)-8], padded[len(padded)-8:]
			if len(first) > 0 {
				single := append(bytes.Clone(raw[:8]), raw[:8]...)
				chain := openSSL(t, "des-ede-cbc", single, first, zeroVector...)
				for i := range last {
					last[i] ^= chain[len(chain)-8+i]
				}
			}
			mac := tdes(t, raw).MAC(padding, data)
			assert.Equal(t, openSSL(t, "des-ede", raw, last), mac[:], "%d bytes, padding %d", length, padding)
		}
	}
}

// TestOneWayOpenSSL compares the steps of DUKPT with OpenSSL.
func TestOneWayOpenSSL(t *testing.T) {
	raw, register := random(t, 16), random(t, 8)
	mask := []byte{0xC0, 0xC0, 0xC0, 0xC0, 0, 0, 0, 0}
	half := func(left, right []byte) []byte {
		single := append(bytes.Clone(left), left...)
		return xor(openSSL(t, "des-ede", single, xor(register, right)), right)
	}
	want := append(half(xor(raw[:8], mask), xor(raw[8:], mask)), half(raw[:8], raw[8:])...)
	assert.Equal(t, want, clear(tdes(t, raw).OneWay([8]byte(register))))
	assert.Equal(t, openSSL(t, "des-ede", raw, raw), clear(tdes(t, raw).EncipheredBySelf()))
}

func xor(a, b []byte) []byte {
	out := make([]byte, len(a))
	for i := range out {
		out[i] = a[i] ^ b[i]
	}
	return out
}
