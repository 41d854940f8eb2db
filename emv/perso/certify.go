package perso

import (
	"slices"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/emv/image"
	"github.com/f510b0cf/till/emv/oda"
)

// issuerDigits is how many digits of the PAN identify the issuer.
const issuerDigits = 6

// The serial numbers of certificates are fixed: nothing revokes a test card.
var (
	issuerSerialNumber = [3]byte{0x00, 0x00, 0x01}
	iccSerialNumber    = [3]byte{0x00, 0x00, 0x02}
	pinSerialNumber    = [3]byte{0x00, 0x00, 0x03}
)

// dataAuthenticationCode is what SDA proves to a terminal as tag 9F45.
var dataAuthenticationCode = [2]byte{0xDA, 0xC1}

func (a *applicationBuilder) signIssuer(k signers) (oda.Certificate, error) {
	id, err := oda.NewIssuerIdentifier(a.signing.issuer.pan, issuerDigits)
	if err != nil {
		return oda.Certificate{}, err
	}
	return oda.SignIssuerCertificate(k.ca, id, terms(a.signing.issuer.expiry, issuerSerialNumber), k.issuer.Public())
}

func terms(expiry account.Expiry, serialNumber [3]byte) oda.CertificateTerms {
	return oda.CertificateTerms{Expiry: oda.NewMonthYear(expiry), SerialNumber: serialNumber}
}

// certify returns the data objects of offline data authentication for a side
// with that AIP and static data. EMV Book 2, 5.1, 6.1 and 7.1.
func (a *applicationBuilder) certify(aip emv.AIP, static []byte) ([]image.Object, error) {
	k := a.auth
	if k.issuer.IsZero() {
		return nil, nil
	}
	objects := append([]image.Object{{Tag: tagCAIndex, Value: []byte{k.caPublic.Index}}},
		issuerCertificateTags.objects(k.issuerCertificate)...)
	if aip.Has(emv.AIPSDASupported) {
		signed, err := oda.SignStaticData(k.issuer, dataAuthenticationCode, a.signing.staticData.over(static))
		if err != nil {
			return nil, err
		}
		objects = append(objects, image.Object{Tag: tagSignedStaticData, Value: signed})
	}
	icc, err := a.certifyKey(k.icc, a.signing.icc, iccSerialNumber, static, iccCertificateTags)
	if err != nil {
		return nil, err
	}
	pin, err := a.certifyKey(k.pin, a.signing.pin, pinSerialNumber, nil, pinCertificateTags)
	return slices.Concat(objects, icc, pin), err
}

// certifyKey returns the data objects of a certificate of a key of the card, none
// where there is no key.
func (a *applicationBuilder) certifyKey(key oda.PrivateKey, s signed, serialNumber [3]byte, static []byte, tags certificateTags) ([]image.Object, error) {
	if key.IsZero() {
		return nil, nil
	}
	c, err := oda.SignICCCertificate(a.auth.issuer, s.pan, terms(s.expiry, serialNumber), key.Public(), s.over(static))
	if err != nil {
		return nil, err
	}
	return tags.objects(c), nil
}

// certificateTags are the tags of the data objects of a certificate.
type certificateTags struct{ signed, exponent, remainder emv.Tag }

var (
	issuerCertificateTags = certificateTags{tagIssuerCertificate, tagIssuerExponent, tagIssuerRemainder}
	iccCertificateTags    = certificateTags{tagICCCertificate, tagICCExponent, tagICCRemainder}
	pinCertificateTags    = certificateTags{tagPINCertificate, tagPINExponent, tagPINRemainder}
)

// objects returns the data objects of a certificate.
func (t certificateTags) objects(c oda.Certificate) []image.Object {
	objects := []image.Object{{Tag: t.signed, Value: c.Signed}, {Tag: t.exponent, Value: c.Exponent}}
	if len(c.Remainder) > 0 {
		objects = append(objects, image.Object{Tag: t.remainder, Value: c.Remainder})
	}
	return objects
}
