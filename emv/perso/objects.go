package perso

import (
	"slices"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/emv/image"
	"github.com/f510b0cf/till/emv/tlv"
)

// track2Discretionary is what stands behind the service code in track 2 data:
// as much as this till knows of a card verification value.
const track2Discretionary = "00000"

// objects returns the data objects of a side, those of certificates excepted.
// What the profile lists under objects replaces what is made here.
func (a *applicationBuilder) objects(s side) []image.Object {
	made := slices.Concat(a.accountObjects(), a.termsObjects(s))
	kept := slices.DeleteFunc(made, func(o image.Object) bool { return a.text.Objects.has(o.Tag) })
	return append(kept, a.text.Objects...)
}

// accountObjects say whose card it is.
func (a *applicationBuilder) accountObjects() []image.Object {
	h := a.holder
	var pan, track2 []byte
	h.pan.Open(func(digits []byte) {
		pan = account.Pack(digits)
		track2 = packTrack2(string(digits) + "D" + h.expiry.String() + h.serviceCode + track2Discretionary)
	})
	last, first := lastDay(h.expiry).Bytes(), h.effective.Bytes()
	return []image.Object{
		{Tag: tagPAN, Value: pan},
		{Tag: tagSequenceNumber, Value: []byte{h.sequenceNumber.BCD()}},
		{Tag: tagTrack2, Value: track2},
		{Tag: tagCardholderName, Value: []byte(h.cardholder)},
		{Tag: tagExpirationDate, Value: last[:]},
		{Tag: tagEffectiveDate, Value: first[:]},
		{Tag: tagIssuerCountry, Value: packCode(h.country)},
		{Tag: tagServiceCode, Value: packCode(h.serviceCode)},
		{Tag: tagApplicationCurrency, Value: packCode(h.currency)},
	}
}

// termsObjects say on what terms it may be used.
func (a *applicationBuilder) termsObjects(s side) []image.Object {
	t := a.text
	all := []image.Object{
		{Tag: tagVersionNumber, Value: t.Version},
		{Tag: tagUsageControl, Value: t.AUC.bytes()},
		{Tag: tagCVMList, Value: s.cvmList},
		{Tag: tagIACDefault, Value: t.IAC.Default.bytes()},
		{Tag: tagIACDenial, Value: t.IAC.Denial.bytes()},
		{Tag: tagIACOnline, Value: t.IAC.Online.bytes()},
		{Tag: tagCDOL1, Value: t.CDOL1},
		{Tag: tagCDOL2, Value: t.CDOL2},
		{Tag: tagDDOL, Value: t.DDOL},
		{Tag: tagStaticDataTagList, Value: t.ODA.tagList()},
	}
	return slices.DeleteFunc(all, func(o image.Object) bool { return len(o.Value) == 0 })
}

// bytes returns the value of the usage control, nil where none is given.
func (t aucText) bytes() []byte {
	if t.AUC == (emv.AUC{}) {
		return nil
	}
	return t.AUC[:]
}

// bytes returns the value of an action code, nil where none is given.
func (t *actionCodeText) bytes() []byte {
	if t == nil {
		return nil
	}
	return t.ActionCode[:]
}

// packTrack2 packs hexadecimal digits two to a byte, with F on the right.
func packTrack2(digits string) []byte {
	if len(digits)%2 != 0 {
		digits += "F"
	}
	packed, err := parseHex(digits)
	if err != nil {
		panic("perso: track 2 of checked digits: " + err.Error())
	}
	return packed
}

// packCode packs a code of three digits in format n, two bytes.
func packCode(digits string) []byte { return packTrack2("0" + digits) }

// appendObjects appends those of the objects that have one of the tags, in the
// order of the tags.
func appendObjects(dst []byte, tags []emv.Tag, objects []image.Object) []byte {
	for _, tag := range tags {
		for _, o := range objects {
			if o.Tag == tag {
				dst = tlv.Append(dst, o.Tag, o.Value)
			}
		}
	}
	return dst
}
