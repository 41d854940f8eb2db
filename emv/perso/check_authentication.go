package perso

import (
	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/apdu"
	"github.com/f510b0cf/till/emv/cryptogram"
	"github.com/f510b0cf/till/emv/image"
	"github.com/f510b0cf/till/emv/oda"
)

// authentication checks what a terminal would: the certificates from the CA
// public key down, and beyond that that they are those of the card's own keys.
// EMV Book 2, 5.4, 6.4 and 7.1.
func (c *checker) authentication(a image.Application, i image.Interface, d sideData) {
	static, dynamic := i.AIP.Has(emv.AIPSDASupported), i.AIP.Has(emv.AIPDDASupported) || i.AIP.Has(emv.AIPCDASupported)
	index := d.objects[tagCAIndex]
	if index == nil {
		if static || dynamic {
			c.fail("the AIP has offline data authentication, and there is no CA public key index %s: choose a method under oda", tagCAIndex)
		}
		return
	}
	if dynamic && a.ICCKey.IsZero() {
		c.fail("the AIP has DDA or CDA, and the card has no key: choose dda or cda under oda")
		return
	}
	if i.AIP.Has(emv.AIPCDASupported) {
		c.signedAnswer(a)
	}
	ca, known := c.caPublicKey(oda.RID(a.Name[:len(oda.RID{})]), index[0])
	if !known {
		c.warn("CA public key index %X is not of the test CA: certificates are not checked", index)
		return
	}
	signed, err := oda.AppendTagList(d.signed, d.objects[tagStaticDataTagList], i.AIP)
	if err != nil {
		c.fail("%v", err)
		return
	}
	chain := oda.Chain{
		CA:    ca.Key,
		Data:  func(tag emv.Tag) ([]byte, bool) { value, ok := d.objects[tag]; return value, ok },
		Terms: oda.Terms{PAN: a.PAN, Skip: oda.CheckExpiry}, // the card's own dates are checked elsewhere
	}
	c.chain(chain, signed, static, a)
}

// signedAnswer checks that the signature of CDA fits into the answer to GENERATE
// AC, with the issuer application data of the card's row.
func (c *checker) signedAnswer(a image.Application) {
	iadBytes := emv.VisaIADBytesMin // the shortest, where the row is not known
	if row, ok := cryptogram.ProfileByName(a.Cryptogram); ok {
		if family, ok := row.Layout.Family(); ok {
			iadBytes = family.Bytes()
		}
	}
	key := a.ICCKey.Public()
	if size := oda.SignedAnswerBytes(key, iadBytes); size > apdu.MaxLe {
		longest := key.Size() - (size - apdu.MaxLe)
		c.fail("the answer to GENERATE AC with CDA has %d bytes, at most %d: give the card an ICC key of at most %d bits", size, apdu.MaxLe, 8*longest)
	}
}

// caPublicKey returns the key of the test CA that a card names by its index.
func (c *checker) caPublicKey(rid oda.RID, index byte) (key oda.CAPublicKey, known bool) {
	for _, k := range c.caPublicKeys {
		if k.RID == rid && k.Index == index {
			return k, true
		}
	}
	if key, known = testCAByIndex(rid, index); known {
		c.caPublicKeys = append(c.caPublicKeys, key)
	}
	return key, known
}

// chain verifies the certificates.
func (c *checker) chain(chain oda.Chain, signed []byte, static bool, a image.Application) {
	issuer, err := chain.Issuer()
	if err != nil {
		c.fail("%v", err)
		return
	}
	c.ends("issuer", issuer.Expiry)
	if static {
		if _, err := chain.StaticData(issuer.Key, signed); err != nil {
			c.fail("%v", err)
		}
	}
	if a.ICCKey.IsZero() {
		return
	}
	c.certified("ICC", a.ICCKey, func() (oda.ICCCertificate, error) { return chain.ICC(issuer.Key, signed) })
	if !a.PINKey.IsZero() {
		c.certified("ICC PIN encipherment", a.PINKey, func() (oda.ICCCertificate, error) { return chain.PINEncipherment(issuer.Key, signed) })
	}
}

// certified checks that a certificate verifies and is that of the key.
func (c *checker) certified(name string, key oda.PrivateKey, verify func() (oda.ICCCertificate, error)) {
	certificate, err := verify()
	switch {
	case err != nil:
		c.fail("%v", err)
	case !certificate.Key.Equal(key.Public()):
		c.fail("a certificate is of another key than the card's")
	default:
		c.ends(name, certificate.Expiry)
	}
}

// ends checks that a certificate is good on the day, unless the card itself has
// expired by then.
func (c *checker) ends(name string, expiry oda.MonthYear) {
	month, err := expiry.Expiry()
	if err != nil {
		c.fail("%s certificate: expiration date: %v", name, err)
		return
	}
	if last := lastDay(month); last.Compare(c.date) < 0 && c.expired.Compare(c.date) >= 0 {
		c.fail("%s certificate: good to %02d/%d, the card until later", name, int(month.Month), month.Year)
	}
}
