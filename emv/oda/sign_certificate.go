package oda

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/account"
)

// CertificateTerms is what a signer writes into a certificate beside the key.
type CertificateTerms struct {
	Expiry       MonthYear
	SerialNumber [3]byte
}

// SignIssuerCertificate returns the certificate of an issuer's key, which is no
// longer than the CA's. EMV Book 2, 5.1.
func SignIssuerCertificate(ca PrivateKey, id IssuerIdentifier, t CertificateTerms, issuer PublicKey) (Certificate, error) {
	head := append([]byte{byte(formatIssuerCertificate)}, id[:]...)
	c, err := certify(ca, head, t, issuer, issuerCertificateOverhead, nil)
	if err != nil {
		return Certificate{}, fmt.Errorf("sign issuer certificate: %w", err)
	}
	return c, nil
}

// SignICCCertificate returns the certificate of a card's key, which is no longer
// than the issuer's, over the static data of AppendRecord and AppendTagList.
// With nil as static data it is the certificate of a PIN encipherment key. EMV
// Book 2, 6.1 and 7.1.
func SignICCCertificate(issuer PrivateKey, pan account.PAN, t CertificateTerms, icc PublicKey, staticData []byte) (Certificate, error) {
	head := append([]byte{byte(formatICCCertificate)}, bytes.Repeat([]byte{0xFF}, iccCertificatePANBytes)...)
	pan.Open(func(digits []byte) { copy(head[1:], account.Pack(digits)) })
	c, err := certify(issuer, head, t, icc, iccCertificateOverhead, staticData)
	if err != nil {
		return Certificate{}, fmt.Errorf("sign ICC certificate: %w", err)
	}
	return c, nil
}

// certify signs a key behind a head of format and identifier. overhead is the
// number of bytes of the certificate that are not for the modulus.
func certify(signer PrivateKey, head []byte, t CertificateTerms, key PublicKey, overhead int, staticData []byte) (Certificate, error) {
	if key.Size() > signer.Public().Size() {
		return Certificate{}, fmt.Errorf("key of %d bytes under one of %d: %w", key.Size(), signer.Public().Size(), emv.ErrBadLength)
	}
	modulus, exponent := key.Modulus(), key.Exponent()
	space := min(signer.Public().Size()-overhead, len(modulus))
	body := slices.Concat(head, t.Expiry[:], t.SerialNumber[:],
		[]byte{algorithmSHA1, algorithmRSA, byte(len(modulus)), byte(len(exponent))}, modulus[:space])
	body, err := padBody(body, signer.Public())
	if err != nil {
		return Certificate{}, err
	}
	c := Certificate{Exponent: exponent}
	if space < len(modulus) {
		c.Remainder = modulus[space:]
	}
	c.Signed, err = signMessage(signer, body, c.Remainder, c.Exponent, staticData)
	return c, err
}
