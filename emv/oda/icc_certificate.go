package oda

import (
	"fmt"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/account"
)

// ICCCertificate is what is recovered from an ICC public key certificate (tags
// 9F46, 9F48, 9F47) or an ICC PIN encipherment public key certificate (tags
// 9F2D, 9F2F, 9F2E), which has the same layout. EMV Book 2, 6.4 and 7.1.
type ICCCertificate struct {
	// PAN is the account number in the certificate, zero where its ten bytes are
	// none.
	PAN account.PAN
	CertifiedKey
}

const (
	// iccCertificateOverhead is the number of bytes by which the issuer's modulus
	// is longer than the space for the card's in the certificate. EMV Book 2, 6.1.
	iccCertificateOverhead = 42

	// iccCertificatePANBytes is the length of the PAN field, F-filled.
	iccCertificatePANBytes = 10
)

// RecoverICCCertificate recovers either kind of certificate with the issuer's
// key and checks its length, trailer, header and format; their failures are
// emv.ErrBadLength, ErrBadTrailer, ErrBadHeader and ErrBadFormat.
func RecoverICCCertificate(issuer PublicKey, c Certificate) (ICCCertificate, error) {
	m, err := recoverMessage(issuer, c.Signed, formatICCCertificate)
	if err != nil {
		return ICCCertificate{}, fmt.Errorf("recover ICC certificate: %w", err)
	}
	const panEnd = 1 + iccCertificatePANBytes
	// A field that is no PAN stays the zero PAN, which no card's is equal to.
	pan, _ := account.DecodePAN(m.body[1:panEnd])
	return ICCCertificate{PAN: pan, CertifiedKey: parseCertifiedKey(m, m.body[panEnd:], c)}, nil
}

// HashMatches reports whether the hash in the certificate covers that static
// data.
func (c ICCCertificate) HashMatches(staticData []byte) bool {
	return c.digest(staticData) == c.HashResult
}

// Verify checks the hash, the PAN, the expiration date and the algorithm, in
// this order; their failures are emv.ErrBadHash, ErrBadPAN, ErrExpired and
// ErrBadAlgorithm. The static data is that of AppendRecord and AppendTagList; a
// PIN encipherment certificate covers none, so there it is nil.
func (c ICCCertificate) Verify(staticData []byte, t Terms) error {
	if err := c.verify(staticData, t); err != nil {
		return fmt.Errorf("verify ICC certificate: %w", err)
	}
	return nil
}

func (c ICCCertificate) verify(staticData []byte, t Terms) error {
	if t.Skip&CheckStaticData == 0 {
		if err := verifyHash(c.HashAlgorithm, c.digest(staticData), c.HashResult); err != nil {
			return err
		}
	}
	if t.Skip&CheckAccount == 0 && (c.PAN.IsZero() || !c.PAN.Equal(t.PAN)) {
		return fmt.Errorf("PAN differs: %w", emv.ErrBadPAN)
	}
	return c.verifyUse(t)
}
