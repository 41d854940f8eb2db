package oda

import (
	"fmt"

	"github.com/f510b0cf/till/emv"
)

// Data finds the value of a data object of the card. ok is false where the card
// did not give it.
type Data func(tag emv.Tag) (value []byte, ok bool)

// MissingError says that the card did not give a data object that the
// authentication needs, which the TVR tells apart from a failed check (ICC data
// missing). EMV Book 3, 10.3.
type MissingError struct{ Tag emv.Tag }

// Error names the tag.
func (e *MissingError) Error() string { return "card does not give " + e.Tag.String() }

// certificateTags are the tags of the three data objects of a certificate.
type certificateTags struct{ signed, remainder, exponent emv.Tag }

var (
	issuerCertificateTags = certificateTags{signed: 0x90, remainder: 0x92, exponent: 0x9F32}
	iccCertificateTags    = certificateTags{signed: 0x9F46, remainder: 0x9F48, exponent: 0x9F47}
	pinCertificateTags    = certificateTags{signed: 0x9F2D, remainder: 0x9F2F, exponent: 0x9F2E}
)

const tagSignedStaticData emv.Tag = 0x93

// certificate collects the data objects of a certificate. The remainder may be
// absent; whether it may, the certificate itself says.
func (d Data) certificate(tags certificateTags) (c Certificate, err error) {
	if c.Signed, err = d.need(tags.signed); err != nil {
		return c, err
	}
	if c.Exponent, err = d.need(tags.exponent); err != nil {
		return c, err
	}
	c.Remainder, _ = d(tags.remainder)
	return c, nil
}

// need returns the value of a data object, or a MissingError.
func (d Data) need(tag emv.Tag) ([]byte, error) {
	value, ok := d(tag)
	if !ok {
		return nil, &MissingError{Tag: tag}
	}
	return value, nil
}

// Chain leads from the CA public key that a card names to the keys and the
// static data that the card presents. Each method recovers and verifies anew.
type Chain struct {
	CA    PublicKey
	Data  Data
	Terms Terms
}

// Issuer returns the verified issuer certificate. EMV Book 2, 5.3.
func (c Chain) Issuer() (IssuerCertificate, error) {
	certificate, err := c.Data.certificate(issuerCertificateTags)
	if err != nil {
		return IssuerCertificate{}, fmt.Errorf("get issuer certificate: %w", err)
	}
	issuer, err := RecoverIssuerCertificate(c.CA, certificate)
	if err != nil {
		return IssuerCertificate{}, err
	}
	if certificate.Remainder == nil && issuer.needsRemainder() {
		return IssuerCertificate{}, fmt.Errorf("get issuer certificate: %w", &MissingError{Tag: issuerCertificateTags.remainder})
	}
	if err := issuer.Verify(c.Terms); err != nil {
		return IssuerCertificate{}, err
	}
	return issuer, nil
}

// StaticData verifies the signed static application data of SDA under the key of
// Issuer. EMV Book 2, 5.4.
func (c Chain) StaticData(issuer PublicKey, staticData []byte) (SignedStaticData, error) {
	signature, err := c.Data.need(tagSignedStaticData)
	if err != nil {
		return SignedStaticData{}, fmt.Errorf("get signed static data: %w", err)
	}
	s, err := RecoverSignedStaticData(issuer, signature)
	if err != nil || c.Terms.Skip&CheckStaticData != 0 {
		return s, err
	}
	if err := s.Verify(staticData); err != nil {
		return SignedStaticData{}, err
	}
	return s, nil
}

// ICC returns the verified ICC certificate under the key of Issuer. EMV Book 2,
// 6.4.
func (c Chain) ICC(issuer PublicKey, staticData []byte) (ICCCertificate, error) {
	return c.icc(iccCertificateTags, issuer, staticData)
}

// PINEncipherment returns the certificate of the key for offline enciphered PIN:
// the ICC PIN encipherment certificate or, where the card has none, the ICC
// certificate. EMV Book 2, 7.1.
func (c Chain) PINEncipherment(issuer PublicKey, staticData []byte) (ICCCertificate, error) {
	if _, ok := c.Data(pinCertificateTags.signed); !ok {
		return c.ICC(issuer, staticData)
	}
	return c.icc(pinCertificateTags, issuer, nil)
}

func (c Chain) icc(tags certificateTags, issuer PublicKey, staticData []byte) (ICCCertificate, error) {
	certificate, err := c.Data.certificate(tags)
	if err != nil {
		return ICCCertificate{}, fmt.Errorf("get ICC certificate: %w", err)
	}
	icc, err := RecoverICCCertificate(issuer, certificate)
	if err != nil {
		return ICCCertificate{}, err
	}
	if certificate.Remainder == nil && icc.needsRemainder() {
		return ICCCertificate{}, fmt.Errorf("get ICC certificate: %w", &MissingError{Tag: tags.remainder})
	}
	if err := icc.Verify(staticData, c.Terms); err != nil {
		return ICCCertificate{}, err
	}
	return icc, nil
}
