package perso

import (
	"bytes"
	"slices"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/emv/atr"
	"github.com/f510b0cf/till/emv/image"
)

// corruptions returns the table. docs/profiles.md says what each does.
func corruptions() []corruption {
	return slices.Concat(certificateCorruptions(), recordCorruptions(), aflCorruptions(), []corruption{
		{name: "card-keys-other", image: otherCardKeys},
		{name: "fci-malformed", image: onApplications(func(a *image.Application) bool {
			a.Contact.FCI = a.Contact.FCI[:len(a.Contact.FCI)-1]
			return true
		})},
		{name: "atr-check-byte", image: func(i *image.Image, _ *builder) bool {
			_, checked, err := atr.Announced(i.ATR)
			if err != nil {
				return false
			}
			i.ATR = bytes.Clone(i.ATR)
			i.ATR[len(i.ATR)-1] ^= 0x01
			return checked
		}},
		{name: "atr-length", image: func(i *image.Image, _ *builder) bool {
			i.ATR = i.ATR[:len(i.ATR)-1]
			return true
		}},
	})
}

// otherPAN is the account in certificates of another card and another issuer. No
// issuer has such numbers.
func otherPAN() account.PAN {
	pan, err := account.ParsePAN([]byte("9999990000000004"))
	if err != nil {
		panic("perso: other PAN: " + err.Error())
	}
	return pan
}

// certificateCorruptions spoil signatures and certificates. EMV Book 2, 5 and 6.
func certificateCorruptions() []corruption {
	return []corruption{
		{name: "issuer-certificate-signature", objects: flipped(tagIssuerCertificate)},
		{name: "issuer-certificate-hash", objects: altered(tagIssuerExponent, otherExponent)},
		{name: "issuer-certificate-expired", needs: tagIssuerCertificate, signing: func(s *signing) { s.issuer.expiry = s.past }},
		{name: "issuer-certificate-account", needs: tagIssuerCertificate, signing: func(s *signing) { s.issuer.pan = otherPAN() }},
		{name: "issuer-certificate-missing", objects: without(tagIssuerCertificate)},
		{name: "ca-index-unknown", objects: altered(tagCAIndex, func([]byte) []byte { return []byte{unknownCAIndex} })},
		{name: "icc-certificate-signature", objects: flipped(tagICCCertificate)},
		{name: "icc-certificate-hash", needs: tagICCCertificate, signing: func(s *signing) { s.icc.wrong = true }},
		{name: "icc-certificate-expired", needs: tagICCCertificate, signing: func(s *signing) { s.icc.expiry = s.past }},
		{name: "icc-certificate-account", needs: tagICCCertificate, signing: func(s *signing) { s.icc.pan = otherPAN() }},
		{name: "icc-certificate-missing", objects: without(tagICCCertificate)},
		{name: "icc-key-other", image: otherICCKey},
		{name: "pin-certificate-signature", objects: flipped(tagPINCertificate)},
		{name: "pin-certificate-expired", needs: tagPINCertificate, signing: func(s *signing) { s.pin.expiry = s.past }},
		{name: "static-data-signature", objects: flipped(tagSignedStaticData)},
		{name: "static-data-hash", needs: tagSignedStaticData, signing: func(s *signing) { s.staticData.wrong = true }},
		{name: "static-data-missing", objects: without(tagSignedStaticData)},
		{name: "signed-data-altered", objects: signedDataAltered},
	}
}

// unknownCAIndex is none of the test CA.
const unknownCAIndex = 0xDF

// recordCorruptions spoil records and what stands in them. EMV Book 3, 7.2 and
// 10.2.
func recordCorruptions() []corruption {
	return []corruption{
		{name: "expiration-date-missing", data: without(tagExpirationDate)},
		{name: "cdol1-missing", data: without(tagCDOL1)},
		{name: "cdol1-malformed", data: altered(tagCDOL1, cutLast)},
		{name: "cvm-list-malformed", data: altered(tagCVMList, cutLast)},
		{name: "pan-other", data: altered(tagPAN, func([]byte) (packed []byte) {
			otherPAN().Open(func(digits []byte) { packed = account.Pack(digits) })
			return packed
		})},
		{name: "record-missing", image: onFirstRecord(func(f *image.File) { f.Records = f.Records[:len(f.Records)-1] })},
		{name: "record-template", image: onFirstRecord(func(f *image.File) { f.Records[0][0] = byte(tagResponse) })},
		{name: "record-length", image: onFirstRecord(func(f *image.File) { f.Records[0] = cutLast(f.Records[0]) })},
	}
}

// aflCorruptions spoil the AFL over contacts. EMV Book 3, 10.2.
func aflCorruptions() []corruption {
	first := func(change func(e *emv.AFLEntry)) func(*image.Image, *builder) bool {
		return onApplications(func(a *image.Application) bool {
			if len(a.Contact.AFL) == 0 {
				return false
			}
			a.Contact.AFL = slices.Clone(a.Contact.AFL)
			change(&a.Contact.AFL[0])
			return true
		})
	}
	return []corruption{
		{name: "afl-empty", image: onApplications(func(a *image.Application) bool {
			a.Contact.AFL = nil
			return true
		})},
		{name: "afl-sfi", image: first(func(e *emv.AFLEntry) { e.SFI = emv.SFIMax + 1 })},
		{name: "afl-record-zero", image: first(func(e *emv.AFLEntry) { e.First = 0 })},
		{name: "afl-range", image: first(func(e *emv.AFLEntry) { e.First = e.Last + 1 })},
		{name: "afl-signed-count", image: first(func(e *emv.AFLEntry) { e.ODACount = byte(e.Records()) + 1 })},
	}
}
