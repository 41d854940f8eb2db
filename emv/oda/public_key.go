package oda

import (
	"bytes"
	"fmt"
	"math/big"

	"github.com/f510b0cf/till/emv"
)

// modulusBytesMin and modulusBytesMax bound the length of a modulus in bytes.
// The upper bound is that of EMV Book 2, B2.1; below the lower one the signed
// data of CDA (63 bytes) has no room.
const (
	modulusBytesMin = 64
	modulusBytesMax = 248
)

// The public exponents of EMV Book 2, B2.1, in bytes and as the number of times
// that a base is squared before it is multiplied once: both are a power of two
// plus one.
var (
	exponent3     = []byte{0x03}
	exponent65537 = []byte{0x01, 0x00, 0x01}
)

const (
	squaringsOf3     = 1
	squaringsOf65537 = 16
)

// PublicKey is an RSA public key. The zero PublicKey is no key and recovers
// nothing.
type PublicKey struct {
	n         *big.Int
	squarings int
}

// NewPublicKey returns the key of a modulus of 64 to 248 bytes, the first of
// which is not zero, and the exponent 03 or 010001. Other values are
// emv.ErrMalformed.
func NewPublicKey(modulus, exponent []byte) (PublicKey, error) {
	if len(modulus) < modulusBytesMin || len(modulus) > modulusBytesMax {
		return PublicKey{}, fmt.Errorf("make public key: modulus of %d bytes, want %d to %d: %w",
			len(modulus), modulusBytesMin, modulusBytesMax, emv.ErrMalformed)
	}
	if modulus[0] == 0 || modulus[len(modulus)-1]&1 == 0 {
		return PublicKey{}, fmt.Errorf("make public key: modulus begins with a zero byte or is even: %w", emv.ErrMalformed)
	}
	k := PublicKey{n: new(big.Int).SetBytes(modulus)}
	switch {
	case bytes.Equal(exponent, exponent3):
		k.squarings = squaringsOf3
	case bytes.Equal(exponent, exponent65537):
		k.squarings = squaringsOf65537
	default:
		return PublicKey{}, fmt.Errorf("make public key: exponent is neither 03 nor 010001: %w", emv.ErrMalformed)
	}
	return k, nil
}

// IsZero reports whether k is no key.
func (k PublicKey) IsZero() bool { return k.n == nil }

// Size returns the length of the modulus in bytes, which is that of every
// signature and enciphered block under the key.
func (k PublicKey) Size() int {
	if k.n == nil {
		return 0
	}
	return (k.n.BitLen() + 7) / 8
}

// Modulus returns the modulus in Size bytes.
func (k PublicKey) Modulus() []byte {
	if k.n == nil {
		return nil
	}
	return k.n.Bytes()
}

// Exponent returns the public exponent in one or three bytes.
func (k PublicKey) Exponent() []byte {
	switch k.squarings {
	case squaringsOf3:
		return bytes.Clone(exponent3)
	case squaringsOf65537:
		return bytes.Clone(exponent65537)
	}
	return nil
}

// Equal reports whether k and o are the same key.
func (k PublicKey) Equal(o PublicKey) bool {
	if k.n == nil || o.n == nil {
		return k.n == nil && o.n == nil
	}
	return k.squarings == o.squarings && k.n.Cmp(o.n) == 0
}

// String returns the size in bits and the exponent, such as "RSA-1152, exponent
// 3".
func (k PublicKey) String() string {
	if k.n == nil {
		return "no key"
	}
	return fmt.Sprintf("RSA-%d, exponent %d", 8*k.Size(), 1<<k.squarings+1)
}

// Recover raises a signature of Size bytes to the public exponent and returns
// Size bytes. Another length is emv.ErrBadLength; a number that is not below the
// modulus is reduced, as the Book names no check. EMV Book 2, B2.1.
func (k PublicKey) Recover(signature []byte) ([]byte, error) {
	if k.n == nil || len(signature) != k.Size() {
		return nil, fmt.Errorf("recover: %d bytes under a key of %d: %w", len(signature), k.Size(), emv.ErrBadLength)
	}
	power := k.power(new(big.Int).SetBytes(signature))
	return power.FillBytes(make([]byte, len(signature))), nil
}

// power returns base to the public exponent, modulo the modulus.
func (k PublicKey) power(base *big.Int) *big.Int {
	var product, quotient big.Int
	result := new(big.Int).Set(base)
	for range k.squarings {
		product.Mul(result, result)
		quotient.QuoRem(&product, k.n, result)
	}
	product.Mul(result, base)
	quotient.QuoRem(&product, k.n, result)
	return result
}
