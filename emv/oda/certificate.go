package oda

import (
	"fmt"
	"slices"

	"github.com/f510b0cf/till/emv"
)

// Certificate is a public key certificate as a card holds it, in three data
// objects. EMV Book 2, 5.1 and 6.1.
type Certificate struct {
	Signed    []byte // the certificate, as long as the modulus of its signer
	Remainder []byte // the digits of the modulus that the certificate has no room for; nil where it has
	Exponent  []byte // the public exponent, 03 or 010001
}

// CertifiedKey is the part that the certificates of issuer and card share. EMV
// Book 2, 5.3 and 6.4.
type CertifiedKey struct {
	Expiry         MonthYear
	SerialNumber   [3]byte
	HashAlgorithm  byte // 01 is SHA-1
	KeyAlgorithm   byte // 01 is RSA
	KeyLength      int  // of the modulus, in bytes
	ExponentLength int  // in bytes
	HashResult     Hash
	// Key is the certified key, for no use before the certificate is verified;
	// zero where modulus and exponent do not make one.
	Key PublicKey

	keyErr error // why Key is zero
	space  int   // bytes that the certificate has for the modulus
	digest digest
}

// certifiedKeyHead is the number of bytes of a CertifiedKey before its modulus.
const certifiedKeyHead = 9

// parseCertifiedKey reads what follows the identifier in a certificate. Its
// last field is the modulus or the leftmost digits of it, filled with BB.
func parseCertifiedKey(m message, following []byte, c Certificate) CertifiedKey {
	k := CertifiedKey{
		Expiry:         MonthYear(following[:2]),
		SerialNumber:   [3]byte(following[2:5]),
		HashAlgorithm:  following[5],
		KeyAlgorithm:   following[6],
		KeyLength:      int(following[7]),
		ExponentLength: int(following[8]),
		HashResult:     m.hash,
		space:          len(following) - certifiedKeyHead,
		digest:         m.digest(c.Remainder, c.Exponent),
	}
	k.Key, k.keyErr = assembleKey(following[certifiedKeyHead:], k.KeyLength, c)
	return k
}

// assembleKey joins the digits in the certificate with those of the remainder.
func assembleKey(leftmost []byte, length int, c Certificate) (PublicKey, error) {
	if length <= len(leftmost) {
		return NewPublicKey(leftmost[:length], c.Exponent)
	}
	if want := length - len(leftmost); len(c.Remainder) != want {
		return PublicKey{}, fmt.Errorf("remainder of %d bytes, want %d: %w", len(c.Remainder), want, emv.ErrBadLength)
	}
	return NewPublicKey(slices.Concat(leftmost, c.Remainder), c.Exponent)
}

// needsRemainder reports whether the modulus goes on outside the certificate.
func (k CertifiedKey) needsRemainder() bool { return k.KeyLength > k.space }

// verifyUse makes the last checks: expiration date, algorithm, and that the
// digits make a key.
func (k CertifiedKey) verifyUse(t Terms) error {
	if err := k.Expiry.verify(t); err != nil {
		return err
	}
	if k.KeyAlgorithm != algorithmRSA {
		return fmt.Errorf("public key algorithm indicator is not %02X: %w", algorithmRSA, emv.ErrBadAlgorithm)
	}
	return k.keyErr
}
