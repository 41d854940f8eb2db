package perso

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/emv/cryptogram"
	"github.com/f510b0cf/till/emv/image"
	"github.com/f510b0cf/till/emv/script"
	"github.com/f510b0cf/till/emv/tlv"
)

// application checks one application of a card.
func (c *checker) application(a image.Application) {
	c.where = fmt.Sprintf("%X", a.Name)
	if len(a.Name) < aidBytesMin || len(a.Name) > aidBytesMax {
		c.fail("AID has %d bytes, want %d to %d", len(a.Name), aidBytesMin, aidBytesMax)
		return
	}
	if a.PAN.IsZero() {
		c.fail("there is no PAN")
	} else if !a.PAN.LuhnValid() {
		c.warn("PAN: the check digit does not fit (Luhn)")
	}
	c.keys(a)
	c.lists(a)
	c.pin(a)
	c.risk(a)
	c.side(a, a.Contact)
	if a.Contactless != nil {
		c.where += " contactless"
		c.side(a, *a.Contactless)
	}
}

// keys checks that the card can compute what it has to.
func (c *checker) keys(a image.Application) {
	if _, ok := cryptogram.ProfileByName(a.Cryptogram); !ok {
		c.fail("cryptogram is no row of the table of cryptograms")
	}
	if _, ok := script.StyleByName(a.Script); !ok && a.Script != image.NoScripts {
		c.fail("script is no row of the table of scripts")
	}
	if a.Keys.AC.IsZero() || a.Keys.SMI.IsZero() || a.Keys.SMC.IsZero() {
		c.fail("one of the three keys of the card is missing")
	}
}

// coveredTags are what terminals give of the data that cryptograms cover; the
// rest is the card's own.
func coveredTags() []emv.Tag {
	var tags []emv.Tag
	for tag := range new(cryptogram.Input).Elements() {
		if entry, ok := emv.Describe(tag); ok && entry.Source&emv.SourceTerminal != 0 {
			tags = append(tags, tag)
		}
	}
	return tags
}

// The data objects that a second GENERATE AC needs. EMV Book 3, 10.10.
const (
	tagARC                      emv.Tag = 0x8A
	tagIssuerAuthenticationData emv.Tag = 0x91
	tagUnpredictableNumber      emv.Tag = 0x9F37
)

// lists checks the data object lists of an application.
func (c *checker) lists(a image.Application) {
	if !a.CDOL1.Contains(tagUnpredictableNumber) {
		c.fail("CDOL1 does not ask for the unpredictable number %s", tagUnpredictableNumber)
	}
	for _, tag := range coveredTags() {
		if tag != tagUnpredictableNumber && !a.CDOL1.Contains(tag) && !a.Contact.PDOL.Contains(tag) {
			c.warn("CDOL1 does not ask for %s, which the cryptogram covers", tag)
		}
	}
	if !a.CDOL2.Contains(tagARC) {
		c.fail("CDOL2 does not ask for the response code %s", tagARC)
	}
	external := a.Contact.AIP.Has(emv.AIPIssuerAuthenticationSupported)
	switch in := a.CDOL2.Contains(tagIssuerAuthenticationData); {
	case external && in:
		c.warn("CDOL2 asks for %s though the AIP has EXTERNAL AUTHENTICATE for it", tagIssuerAuthenticationData)
	case !external && !in:
		c.warn("the card can not authenticate its issuer: neither the AIP nor CDOL2 has it")
	}
	if a.Contact.AIP.Has(emv.AIPDDASupported) && len(a.DDOL) > 0 && !a.DDOL.Contains(tagUnpredictableNumber) {
		c.fail("DDOL does not ask for the unpredictable number %s", tagUnpredictableNumber)
	}
}

// pinTryLimitMax is the highest PIN try limit: 63Cx has four bits for the tries
// that are left. EMV Book 3, 6.5.12.
const pinTryLimitMax = 15

// pin checks the PIN try limit, which counts from the first PIN on that a script
// sets.
func (c *checker) pin(a image.Application) {
	if a.PINTryLimit < 1 || a.PINTryLimit > pinTryLimitMax {
		c.fail("PIN try limit %d, want 1 to %d", a.PINTryLimit, pinTryLimitMax)
	}
	if a.PINTriesUsed > a.PINTryLimit {
		c.fail("PIN tries used %d, want the try limit of %d at most", a.PINTriesUsed, a.PINTryLimit)
	}
}

// side checks an application as it is over contacts or without.
func (c *checker) side(a image.Application, i image.Interface) {
	c.sideFCI(a, i)
	data, ok := c.read(a, i)
	if !ok {
		return
	}
	for _, tag := range []emv.Tag{tagPAN, tagExpirationDate, tagCDOL1, tagCDOL2} {
		if data.objects[tag] == nil {
			c.fail("%s is in no record, and mandatory", tag) // EMV Book 3, 7.2
		}
	}
	c.accounts(a, data)
	c.sameList("CDOL1", a.CDOL1, data.objects[tagCDOL1])
	c.sameList("CDOL2", a.CDOL2, data.objects[tagCDOL2])
	c.sameList("DDOL", a.DDOL, data.objects[tagDDOL])
	c.dates(data)
	c.cvmList(a, i, data)
	c.authentication(a, i, data)
}

// sideFCI checks the answer to SELECT, and that its PDOL is the card's.
func (c *checker) sideFCI(a image.Application, i image.Interface) {
	proprietary := c.fci(i.FCI, a.Name)
	pdol, _, err := tlv.Find(proprietary, tagPDOL)
	if err != nil {
		c.fail("answer to SELECT can not be read: %v", err)
	}
	c.sameList("PDOL", i.PDOL, pdol)
}

// sameList checks that a terminal reads the list that the card goes by. A list
// that no terminal reads is one that none uses.
func (c *checker) sameList(name string, want tlv.DOL, value []byte) {
	list, err := tlv.ParseDOL(value)
	if err != nil {
		c.fail("%s can not be read: %v", name, err)
	} else if !slices.Equal(list, want) {
		c.fail("%s differs from what the card goes by", name)
	}
}

// accounts checks that all data objects name one account.
func (c *checker) accounts(a image.Application, d sideData) {
	if value := d.objects[tagPAN]; value != nil {
		if pan, err := account.DecodePAN(value); err != nil || !pan.Equal(a.PAN) {
			c.fail("PAN %s differs from the account of the card", tagPAN)
		}
	}
	if value := d.objects[tagTrack2]; value != nil {
		if track2, err := account.DecodeTrack2(value); err != nil || !track2.PAN().Equal(a.PAN) {
			c.fail("track 2 data %s is none, or of another account", tagTrack2)
		}
	}
	if value := d.objects[tagSequenceNumber]; value != nil && !bytes.Equal(value, []byte{a.SequenceNumber.BCD()}) {
		c.fail("PAN sequence number %s differs from that of the card", tagSequenceNumber)
	}
}

// dates checks the card's dates against the day. EMV Book 3, 10.4.3.
func (c *checker) dates(d sideData) {
	c.expired = emv.Date{}
	if value := d.objects[tagExpirationDate]; value != nil {
		last, err := emv.ParseDate(value)
		c.expired = last
		switch {
		case err != nil:
			c.fail("expiration date %s is none", tagExpirationDate)
		case last.Compare(c.date) < 0:
			c.warn("the card expired on %s", last)
		}
	}
	if value := d.objects[tagEffectiveDate]; value != nil {
		first, err := emv.ParseDate(value)
		switch {
		case err != nil:
			c.fail("effective date %s is none", tagEffectiveDate)
		case first.Compare(c.date) > 0:
			c.warn("the card is not effective before %s", first)
		}
	}
}

// cvmList checks the CVM list against the AIP and the keys.
func (c *checker) cvmList(a image.Application, i image.Interface, d sideData) {
	value := d.objects[tagCVMList]
	if value == nil {
		if i.AIP.Has(emv.AIPCardholderVerificationSupported) {
			c.fail("the AIP has cardholder verification, and there is no CVM list %s", tagCVMList)
		}
		return
	}
	list, err := emv.ParseCVMList(value)
	if err != nil {
		c.fail("CVM list can not be read: %v", err)
		return
	}
	for _, r := range list.Rules {
		switch r.Code.Method() {
		case emv.CVMEncipheredPIN, emv.CVMEncipheredPINAndSignature:
			if a.ICCKey.IsZero() && a.PINKey.IsZero() {
				c.fail("the CVM list has enciphered PIN, and the card has no key to decipher one: oda dda or cda gives it one")
				return
			}
		}
	}
}
