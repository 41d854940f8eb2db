package perso

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/image"
	"github.com/f510b0cf/till/emv/oda"
	"github.com/f510b0cf/till/emv/tlv"
)

// defaultLayout is the records of a card whose profile has none: signed data
// first, then what is not signed, then the certificates, each so long that it
// needs a record of its own.
var defaultLayout = []recordPlan{
	plan(1, true, tagPAN, tagSequenceNumber, tagExpirationDate, tagEffectiveDate, tagIssuerCountry, tagUsageControl,
		tagCVMList, tagIACDefault, tagIACDenial, tagIACOnline, tagCDOL1, tagCDOL2, tagApplicationCurrency, tagStaticDataTagList),
	plan(1, false, tagTrack2, tagCardholderName, tagServiceCode, tagVersionNumber),
	plan(2, false, tagCAIndex, tagIssuerExponent, tagIssuerRemainder),
	plan(2, false, tagIssuerCertificate),
	plan(2, false, tagSignedStaticData),
	plan(3, false, tagICCExponent, tagICCRemainder, tagDDOL),
	plan(3, false, tagICCCertificate),
	plan(3, false, tagPINExponent, tagPINRemainder),
	plan(3, false, tagPINCertificate),
}

func plan(sfi uint8, signed bool, tags ...emv.Tag) recordPlan {
	p := recordPlan{SFI: sfi, Signed: signed}
	for _, t := range tags {
		p.Tags = append(p.Tags, tagText{t})
	}
	return p
}

// unsignable are the data objects that depend on what is signed.
var unsignable = []emv.Tag{tagCAIndex, tagIssuerCertificate, tagIssuerRemainder, tagIssuerExponent, tagSignedStaticData,
	tagICCCertificate, tagICCExponent, tagICCRemainder, tagPINCertificate, tagPINExponent, tagPINRemainder}

// sfiMax is the last short file identifier of a layout: those of EMV go to 10,
// and the contactless side takes as many again. EMV Book 3, 5.3.2.
const sfiMax = 10

// checkLayout looks for records that can not be made.
func checkLayout(layout []recordPlan) error {
	seen := make(map[emv.Tag]bool)
	for i, p := range layout {
		if p.SFI < 1 || p.SFI > sfiMax {
			return fmt.Errorf("records: record %d: sfi %d, want 1 to %d", i+1, p.SFI, sfiMax)
		}
		for _, tag := range p.tags() {
			if seen[tag] {
				return fmt.Errorf("records: %s is there twice", tag)
			}
			if p.Signed && slices.Contains(unsignable, tag) {
				return fmt.Errorf("records: %s can not stand in a signed record: it depends on what is signed", tag)
			}
			seen[tag] = true
		}
	}
	return nil
}

// topSFI returns the last short file identifier of a layout.
func topSFI(layout []recordPlan) uint8 {
	return slices.MaxFunc(layout, func(a, b recordPlan) int { return cmp.Compare(a.SFI, b.SFI) }).SFI
}

// ordered returns the records of a layout as they stand on the card: by file,
// and in each file the signed ones first, since the AFL counts those from its
// first record on. EMV Book 3, 10.2.
func ordered(layout []recordPlan) []recordPlan {
	return slices.SortedStableFunc(slices.Values(layout), func(a, b recordPlan) int {
		return cmp.Or(cmp.Compare(a.SFI, b.SFI), cmp.Compare(unsigned(a), unsigned(b)))
	})
}

func unsigned(p recordPlan) int {
	if p.Signed {
		return 0
	}
	return 1
}

// files lays the objects out in records and returns the files with the AFL that
// leads through them. Objects that no record names stand in a record behind the
// last of the first file.
func (a *applicationBuilder) files(s side, objects []image.Object) ([]image.File, emv.AFL) {
	var files []image.File
	var afl emv.AFL
	for _, p := range ordered(withRest(a.layout, objects)) {
		body := appendObjects(nil, p.tags(), objects)
		if body == nil {
			continue
		}
		if sfi := p.SFI + s.files; len(files) == 0 || files[len(files)-1].SFI != sfi {
			files = append(files, image.File{SFI: sfi})
			afl = append(afl, emv.AFLEntry{SFI: sfi, First: 1})
		}
		file, entry := &files[len(files)-1], &afl[len(afl)-1]
		file.Records = append(file.Records, tlv.Append(nil, tagRecord, body))
		entry.Last = byte(len(file.Records))
		if p.Signed {
			entry.ODACount++
		}
	}
	return files, afl
}

// withRest adds a record for the objects that no record names.
func withRest(layout []recordPlan, objects []image.Object) []recordPlan {
	rest := recordPlan{SFI: layout[0].SFI}
	for _, o := range objects {
		if !slices.ContainsFunc(layout, func(p recordPlan) bool { return slices.Contains(p.tags(), o.Tag) }) {
			rest.Tags = append(rest.Tags, tagText{o.Tag})
		}
	}
	return append(slices.Clone(layout), rest)
}

// staticData returns what the certificates of a side sign: its signed records
// and, where the tag list has it, the AIP. EMV Book 3, 10.3.
func (a *applicationBuilder) staticData(s side, objects []image.Object) (data []byte, err error) {
	for _, p := range ordered(a.layout) {
		body := appendObjects(nil, p.tags(), objects)
		if body == nil || !p.Signed {
			continue
		}
		if data, err = oda.AppendRecord(data, p.SFI+s.files, tlv.Append(nil, tagRecord, body)); err != nil {
			return nil, err
		}
	}
	return oda.AppendTagList(data, a.text.ODA.tagList(), s.aip)
}
