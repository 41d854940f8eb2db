package oda_test

import (
	"bytes"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/oda"
	"github.com/f510b0cf/till/testdata/need"
	"github.com/f510b0cf/till/testdata/vectors"
)

// rsaKey returns the key in the form of crypto/rsa.
func rsaKey(t testing.TB, k oda.PrivateKey) *rsa.PrivateKey {
	t.Helper()
	key := &rsa.PrivateKey{PublicKey: rsa.PublicKey{
		N: new(big.Int).SetBytes(k.Public().Modulus()),
		E: int(new(big.Int).SetBytes(k.Public().Exponent()).Int64()),
	}}
	k.Open(func(p, q []byte) {
		key.Primes = []*big.Int{new(big.Int).SetBytes(p), new(big.Int).SetBytes(q)}
	})
	one, phi := big.NewInt(1), big.NewInt(1)
	for _, prime := range key.Primes {
		phi.Mul(phi, new(big.Int).Sub(prime, one))
	}
	key.D = new(big.Int).ModInverse(big.NewInt(int64(key.E)), phi)
	key.Precompute()
	return key
}

// openssl is the program with a key file.
type openssl struct{ program, keyFile string }

func withOpenSSL(t *testing.T, k oda.PrivateKey) openssl {
	t.Helper()
	block := pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(rsaKey(t, k))}
	o := openssl{need.Program(t, "openssl"), filepath.Join(t.TempDir(), "key.pem")}
	require.NoError(t, os.WriteFile(o.keyFile, pem.EncodeToMemory(&block), 0o600))
	return o
}

// raw carries out "-encrypt", the public operation, or "-decrypt", the private
// one, without padding.
func (o openssl) raw(t *testing.T, operation string, in []byte) []byte {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), o.program, "pkeyutl", operation, "-inkey", o.keyFile, "-pkeyopt", "rsa_padding_mode:none")
	cmd.Stdin = bytes.NewReader(in)
	out, err := cmd.Output()
	require.NoError(t, err)
	return out
}

func TestOpenSSLRecoversCertificates(t *testing.T) {
	c := newCard(t, 1408, 1152, 1024, oda.Exponent3)
	signature, err := oda.SignDDA(c.icc, make([]byte, 8), nil)
	require.NoError(t, err)
	for name, test := range map[string]struct {
		key    oda.PrivateKey
		signed []byte
		format byte
	}{
		"issuer certificate":  {c.ca, c.objects[0x90], 2},
		"signed static data":  {c.issuer, c.objects[0x93], 3},
		"ICC certificate":     {c.issuer, c.objects[0x9F46], 4},
		"PIN certificate":     {c.issuer, c.objects[0x9F2D], 4},
		"signed dynamic data": {c.icc, signature, 5},
	} {
		t.Run(name, func(t *testing.T) {
			recovered := withOpenSSL(t, test.key).raw(t, "-encrypt", test.signed)
			assert.Equal(t, []byte{0x6A, test.format}, recovered[:2])
			assert.Equal(t, byte(0xBC), recovered[len(recovered)-1])
			ours, err := test.key.Public().Recover(test.signed)
			require.NoError(t, err)
			assert.Equal(t, recovered, ours)
			assert.Equal(t, test.signed, withOpenSSL(t, test.key).raw(t, "-decrypt", recovered), "private operation")
		})
	}
}

func TestOpenSSLPrivateOperation(t *testing.T) {
	for _, exponent := range []oda.Exponent{oda.Exponent3, oda.Exponent65537} {
		for _, bits := range []int{1024, 1152, 1408, 1984} {
			t.Run(fmt.Sprintf("%d/%d", bits, exponent), func(t *testing.T) {
				k := testKey(t, bits, exponent, 1)
				block := make([]byte, bits/8)
				_, _ = seeded(3).Read(block)
				block[0] &= 0x7F
				ours, err := oda.Power(k, block)
				require.NoError(t, err)
				assert.Equal(t, withOpenSSL(t, k).raw(t, "-decrypt", block), ours)
			})
		}
	}
}

func TestOpenSSLReadsOurEncipheredPIN(t *testing.T) {
	k := testKey(t, 1152, oda.Exponent3, 4)
	enciphered, err := oda.EncipherPIN(k.Public(), testBlock(t), testChallenge, zeros{})
	require.NoError(t, err)
	clear := vectors.Unhex(t, "7F 241234FFFFFFFFFF 0102030405060708")
	clear = append(clear, make([]byte, 144-len(clear))...)
	assert.Equal(t, clear, withOpenSSL(t, k).raw(t, "-decrypt", enciphered))
}

func TestWeReadPINsThatOpenSSLEnciphered(t *testing.T) {
	k := testKey(t, 1152, oda.Exponent3, 4)
	o := withOpenSSL(t, k)
	data := append(vectors.Unhex(t, "7F 241234FFFFFFFFFF 0102030405060708"), bytes.Repeat([]byte{0xA5}, 144-17)...)
	block, err := oda.DecipherPIN(k, o.raw(t, "-encrypt", data), testChallenge)
	require.NoError(t, err)
	assert.True(t, block.Equal(testBlock(t)))
	data[0] = 0x7E
	_, err = oda.DecipherPIN(k, o.raw(t, "-encrypt", data), testChallenge)
	assert.ErrorIs(t, err, emv.ErrBadHeader)
}
