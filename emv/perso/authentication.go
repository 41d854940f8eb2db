package perso

import (
	"fmt"

	"github.com/f510b0cf/till/emv"
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

// givesCertificates reports whether the profile has the certificates of an
// application among its objects, so that none are made.
func (t application) givesCertificates() bool { return t.Objects.has(tagIssuerCertificate) }

// signers returns the keys of an application: those that the profile gives, and
// drawn ones for the rest. The issuer key of one size is the same for all
// applications where the random source repeats.
func (a *applicationBuilder) signers(place int) (signers, error) {
	t := a.text.ODA
	if t.Method == methodNone {
		return signers{}, nil
	}
	k, err := t.givenKeys()
	if err != nil {
		return signers{}, err
	}
	if a.text.givesCertificates() {
		return signers{icc: k.icc, pin: k.pin}, nil
	}
	if err := a.issuerSigners(&k); err != nil || !t.dynamic() {
		return signers{ca: k.ca, issuer: k.issuer, caPublic: k.caPublic, issuerCertificate: k.issuerCertificate}, err
	}
	if k.icc, err = a.keyOrDraw(k.icc, "icc", fmt.Sprint(streamICC, " ", place), t.ICC, k.issuer); err != nil {
		return signers{}, err
	}
	if t.PIN != 0 || !k.pin.IsZero() {
		k.pin, err = a.keyOrDraw(k.pin, "pin", fmt.Sprint(streamPINKey, " ", place), t.PIN, k.issuer)
	}
	return k, err
}

// issuerSigners completes the keys of CA and issuer with the issuer's certificate.
func (a *applicationBuilder) issuerSigners(k *signers) (err error) {
	t, rid := a.text.ODA, oda.RID(a.text.AID[:len(oda.RID{})])
	if k.ca.IsZero() {
		if k.ca, err = testCAKey(t.CA); err != nil {
			return fmt.Errorf("oda: ca: %w", err)
		}
		k.caPublic = testCAPublicKey(rid, t.CA, k.ca)
	} else {
		k.caPublic = oda.CAPublicKey{RID: rid, Index: byte(t.CAIndex), Key: k.ca.Public(), Expiry: testCAExpiry}
	}
	if k.issuer, err = a.keyOrDraw(k.issuer, "issuer", streamIssuerRSA, t.Issuer, k.ca); err != nil {
		return err
	}
	if k.issuerCertificate, err = a.signIssuer(*k); err != nil {
		return fmt.Errorf("oda: %w", err)
	}
	a.addCAPublicKey(k.caPublic)
	return nil
}

// keyOrDraw returns the given key or, where that is zero, draws one; either is to
// be certified by the signer.
func (a *applicationBuilder) keyOrDraw(given oda.PrivateKey, field, stream string, bits int, signer oda.PrivateKey) (oda.PrivateKey, error) {
	if !given.IsZero() {
		bits = bitsPerByte * given.Public().Size()
	}
	if most := bitsPerByte * signer.Public().Size(); bits > most {
		return oda.PrivateKey{}, fmt.Errorf("oda: %s: %d bits, want no more than the signer's %d", field, bits, most)
	}
	if !given.IsZero() {
		return given, nil
	}
	key, err := oda.GenerateKey(a.options.Random.Stream(stream), bits, oda.Exponent(a.text.ODA.Exponent))
	if err != nil {
		return oda.PrivateKey{}, fmt.Errorf("oda: %s: %w", field, err)
	}
	return key, nil
}

// bitsPerByte turns the size of a modulus into bits.
const bitsPerByte = 8

// addCAPublicKey notes a key that terminals need.
func (b *builder) addCAPublicKey(key oda.CAPublicKey) {
	for _, k := range b.made.CAPublicKeys {
		if k.RID == key.RID && k.Index == key.Index {
			return
		}
	}
	b.made.CAPublicKeys = append(b.made.CAPublicKeys, key)
}
