package oda

import (
	"bytes"
	"fmt"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/account"
)

// IssuerIdentifier is the leftmost 3 to 8 digits of the PAN, filled with F on
// the right. EMV Book 2, 5.3.
type IssuerIdentifier [4]byte

// issuerIdentifierDigitsMin is the least number of digits that identify an
// issuer.
const issuerIdentifierDigitsMin = 3

// NewIssuerIdentifier returns the first n digits of a PAN, 3 to 8, as an issuer
// identifier.
func NewIssuerIdentifier(pan account.PAN, n int) (id IssuerIdentifier, err error) {
	if n < issuerIdentifierDigitsMin || n > 2*len(id) || n > pan.Len() {
		return id, fmt.Errorf("make issuer identifier: %d digits, want %d to %d: %w",
			n, issuerIdentifierDigitsMin, 2*len(id), emv.ErrMalformed)
	}
	id = IssuerIdentifier{0xFF, 0xFF, 0xFF, 0xFF}
	pan.Open(func(digits []byte) { copy(id[:], account.Pack(digits[:n])) })
	return id, nil
}

// Matches reports whether the PAN begins with the identifier.
func (id IssuerIdentifier) Matches(pan account.PAN) (matches bool) {
	digits := account.Unpack(id[:])
	if len(digits) < issuerIdentifierDigitsMin {
		return false
	}
	pan.Open(func(all []byte) { matches = bytes.HasPrefix(all, digits) })
	return matches
}

// IssuerCertificate is what is recovered from an issuer public key certificate
// (tags 90, 92, 9F32). EMV Book 2, 5.3.
type IssuerCertificate struct {
	Identifier IssuerIdentifier
	CertifiedKey
}

// issuerCertificateOverhead is the number of bytes by which the CA's modulus is
// longer than the space for the issuer's in the certificate. EMV Book 2, 5.1.
const issuerCertificateOverhead = 36

// RecoverIssuerCertificate recovers the certificate with the CA's key and checks
// its length, trailer, header and format; their failures are emv.ErrBadLength,
// ErrBadTrailer, ErrBadHeader and ErrBadFormat.
func RecoverIssuerCertificate(ca PublicKey, c Certificate) (IssuerCertificate, error) {
	m, err := recoverMessage(ca, c.Signed, formatIssuerCertificate)
	if err != nil {
		return IssuerCertificate{}, fmt.Errorf("recover issuer certificate: %w", err)
	}
	const identifierEnd = 1 + len(IssuerIdentifier{})
	return IssuerCertificate{
		Identifier:   IssuerIdentifier(m.body[1:identifierEnd]),
		CertifiedKey: parseCertifiedKey(m, m.body[identifierEnd:], c),
	}, nil
}

// Verify checks the hash, the issuer identifier, the expiration date and the
// algorithm, in this order; their failures are emv.ErrBadHash, ErrBadIssuerID,
// ErrExpired and ErrBadAlgorithm. A hash algorithm other than SHA-1 is
// ErrBadAlgorithm before anything else.
func (c IssuerCertificate) Verify(t Terms) error {
	if err := c.verify(t); err != nil {
		return fmt.Errorf("verify issuer certificate: %w", err)
	}
	return nil
}

func (c IssuerCertificate) verify(t Terms) error {
	if err := verifyHash(c.HashAlgorithm, c.digest(), c.HashResult); err != nil {
		return err
	}
	if t.Skip&CheckAccount == 0 && !c.Identifier.Matches(t.PAN) {
		return fmt.Errorf("PAN does not begin with the issuer identifier: %w", emv.ErrBadIssuerID)
	}
	return c.verifyUse(t)
}
