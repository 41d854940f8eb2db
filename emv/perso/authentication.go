package perso

import (
	"fmt"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/emv/image"
	"github.com/f510b0cf/till/emv/oda"
)

// The defaults of offline data authentication, in bits of the moduli.
const (
	caBitsDefault     = 1408
	issuerBitsDefault = 1152
	iccBitsDefault    = 1024
)

// methodBits are the bits of the AIP for the methods.
var methodBits = map[methodText]emv.Bit[emv.AIP]{
	methodSDA: emv.AIPSDASupported, methodDDA: emv.AIPDDASupported, methodCDA: emv.AIPCDASupported,
}

// fillIn puts defaults into what is empty.
func (t *authentication) fillIn() {
	for _, field := range []struct {
		value     *int
		byDefault int
	}{{&t.CA, caBitsDefault}, {&t.Issuer, issuerBitsDefault}, {&t.ICC, iccBitsDefault}, {&t.Exponent, int(oda.Exponent3)}} {
		if *field.value == 0 {
			*field.value = field.byDefault
		}
	}
}

// dynamic reports whether the card has a key of its own.
func (t authentication) dynamic() bool { return t.Method == methodDDA || t.Method == methodCDA }

// tagList returns the value of tag 9F4A, nil where there is none.
func (t authentication) tagList() []byte {
	if t.Method == methodNone || t.SignAIP != nil && !*t.SignAIP {
		return nil
	}
	return tagAIP.Append(nil)
}

// signers are the keys of an application, zero where it has none, and the
// certificate of the issuer's.
type signers struct {
	ca, issuer, icc, pin oda.PrivateKey
	caPublic             oda.CAPublicKey
	issuerCertificate    oda.Certificate
}

// signers draws the keys of an application. The issuer key of one size is the
// same for all applications where the random source repeats.
func (a *applicationBuilder) signers(place int) (k signers, err error) {
	t := a.text.ODA
	if t.Method == methodNone {
		return signers{}, nil
	}
	if k.ca, err = testCAKey(t.CA); err != nil {
		return signers{}, fmt.Errorf("oda: ca: %w", err)
	}
	k.caPublic = testCAPublicKey(oda.RID(a.text.AID[:len(oda.RID{})]), t.CA, k.ca)
	if k.issuer, err = a.draw("issuer", streamIssuerRSA, t.Issuer, t.CA); err != nil {
		return signers{}, err
	}
	if k.issuerCertificate, err = a.signIssuer(k); err != nil {
		return signers{}, fmt.Errorf("oda: %w", err)
	}
	a.addCAPublicKey(k.caPublic)
	if !t.dynamic() {
		return k, nil
	}
	if k.icc, err = a.draw("icc", fmt.Sprint(streamICC, " ", place), t.ICC, t.Issuer); err != nil || t.PIN == 0 {
		return k, err
	}
	k.pin, err = a.draw("pin", fmt.Sprint(streamPINKey, " ", place), t.PIN, t.Issuer)
	return k, err
}

// draw draws a key that is to be certified under one of signer bits.
func (a *applicationBuilder) draw(field, stream string, bits, signer int) (oda.PrivateKey, error) {
	if bits > signer {
		return oda.PrivateKey{}, fmt.Errorf("oda: %s: %d bits, want no more than the signer's %d", field, bits, signer)
	}
	key, err := oda.GenerateKey(a.options.Random.Stream(stream), bits, oda.Exponent(a.text.ODA.Exponent))
	if err != nil {
		return oda.PrivateKey{}, fmt.Errorf("oda: %s: %w", field, err)
	}
	return key, nil
}

// addCAPublicKey notes a key that terminals need.
func (b *builder) addCAPublicKey(key oda.CAPublicKey) {
	for _, k := range b.made.CAPublicKeys {
		if k.RID == key.RID && k.Index == key.Index {
			return
		}
	}
	b.made.CAPublicKeys = append(b.made.CAPublicKeys, key)
}

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
	id, err := oda.NewIssuerIdentifier(a.holder.pan, issuerDigits)
	if err != nil {
		return oda.Certificate{}, err
	}
	return oda.SignIssuerCertificate(k.ca, id, terms(a.holder.expiry, issuerSerialNumber), k.issuer.Public())
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
		certificate(k.issuerCertificate, tagIssuerCertificate, tagIssuerRemainder, tagIssuerExponent)...)
	if aip.Has(emv.AIPSDASupported) {
		signed, err := oda.SignStaticData(k.issuer, dataAuthenticationCode, static)
		if err != nil {
			return nil, err
		}
		objects = append(objects, image.Object{Tag: tagSignedStaticData, Value: signed})
	}
	if !k.icc.IsZero() {
		c, err := oda.SignICCCertificate(k.issuer, a.holder.pan, terms(a.holder.expiry, iccSerialNumber), k.icc.Public(), static)
		if err != nil {
			return nil, err
		}
		objects = append(objects, certificate(c, tagICCCertificate, tagICCRemainder, tagICCExponent)...)
	}
	if !k.pin.IsZero() {
		c, err := oda.SignICCCertificate(k.issuer, a.holder.pan, terms(a.holder.expiry, pinSerialNumber), k.pin.Public(), nil)
		if err != nil {
			return nil, err
		}
		objects = append(objects, certificate(c, tagPINCertificate, tagPINRemainder, tagPINExponent)...)
	}
	return objects, nil
}

// certificate returns the data objects of a certificate.
func certificate(c oda.Certificate, signed, remainder, exponent emv.Tag) []image.Object {
	objects := []image.Object{{Tag: signed, Value: c.Signed}, {Tag: exponent, Value: c.Exponent}}
	if len(c.Remainder) > 0 {
		objects = append(objects, image.Object{Tag: remainder, Value: c.Remainder})
	}
	return objects
}
