package emv

import (
	"fmt"
	"slices"
)

// IADFamily is a layout of issuer application data.
type IADFamily uint8

// The families.
const (
	IADVisaLayout  IADFamily = iota + 1 // Visa formats 0, 1 and 3, and Amex-style
	IADVisaFormat2                      // Visa formats 2 and 4
	IADMChip                            // M/Chip 4 and M/Chip Advance
	IADCCD                              // Common Core Definitions, format A
)

// String returns the family's name.
func (f IADFamily) String() string {
	names := [...]string{"", "visa-layout", "visa-format-2", "mchip", "ccd"}
	if int(f) < len(names) && f != 0 {
		return names[f]
	}
	return fmt.Sprintf("IADFamily(%d)", uint8(f))
}

// IAD is issuer application data (tag 9F10) taken apart. Its slices share the
// memory of the bytes that were parsed; one that the family does not have is
// empty.
type IAD struct {
	Family IADFamily
	DKI    byte // derivation key index: which master key of the issuer
	CVN    byte // cryptogram version number; CCD calls it common core identifier
	CVR    CVR
	RawCVR []byte // the CVR as it stands, without a length byte

	DAC      []byte // M/Chip: data authentication code or ICC dynamic number, 2 bytes
	Counters []byte // M/Chip: 8, 10, 16 or 18 bytes; CCD: 8 bytes
	Issuer   []byte // issuer discretionary data, without a length byte
}

// IADBytesMax is the longest issuer application data, in bytes. EMV Book 3,
// Annex A.
const IADBytesMax = 32

// VisaIADBytesMin is the length of IADVisaLayout without issuer discretionary data,
// in bytes: the shortest of the families.
const VisaIADBytesMin = visaHeadBytes

// Markers and lengths, in bytes, of the layouts.
const (
	visaHeadLength = 0x06 // length of what follows up to the end of the CVR
	visaCVRLength  = 0x03
	visaHeadBytes  = 1 + visaHeadLength

	visaFormat2Length = 0x1F // length of all that follows

	mchipCVNMask = 0xF0
	mchipCVN     = 0x10

	ccdLength = 0x0F // length of each half that follows it; EMV Book 3, Annex C9.1
	// The common core identifiers of format A, with TDES and with AES. EMV Book 3,
	// Annex C9.2.
	ccdTDES = 0xA5
	ccdAES  = 0xA6
)

// mchipBytes are the lengths of the IAD of M/Chip 4 (18) and M/Chip Advance.
var mchipBytes = []int{18, 20, 26, 28}

// iadFamilies are the families in the order in which ParseIAD tries them: those
// with marker bytes first.
var iadFamilies = [...]IADFamily{IADVisaLayout, IADVisaFormat2, IADCCD, IADMChip}

// ParseIAD finds out the family of issuer application data from its length and
// marker bytes and takes it apart. The families are told apart by their forms
// alone, so data of a family that is not known may pass for one that is, and of
// two families that fit the one with more marker bytes is taken. The error wraps
// ErrMalformed.
func ParseIAD(b []byte) (IAD, error) {
	for _, f := range iadFamilies {
		if f.fits(b) {
			return f.split(b), nil
		}
	}
	return IAD{}, fmt.Errorf("parse IAD: %d bytes in no known layout: %w", len(b), ErrMalformed)
}

// Parse takes issuer application data of this family apart. The error wraps
// ErrMalformed: the length or a marker byte is not that of the family.
func (f IADFamily) Parse(b []byte) (IAD, error) {
	if !f.fits(b) {
		return IAD{}, fmt.Errorf("parse IAD: %d bytes, not in layout %s: %w", len(b), f, ErrMalformed)
	}
	return f.split(b), nil
}

// fits reports whether length and marker bytes are those of the family.
func (f IADFamily) fits(b []byte) bool {
	switch f {
	case IADVisaLayout:
		return fitsVisaLayout(b)
	case IADVisaFormat2:
		return len(b) == IADBytesMax && b[0] == visaFormat2Length
	case IADMChip:
		return slices.Contains(mchipBytes, len(b)) && b[1]&mchipCVNMask == mchipCVN
	case IADCCD:
		return len(b) == IADBytesMax && b[0] == ccdLength && (b[1] == ccdTDES || b[1] == ccdAES) && b[16] == ccdLength
	}
	return false
}

// fitsVisaLayout reports whether b is 06, DKI, CVN, 03, CVR and, where more
// follows, a length and as many bytes of the issuer's data.
func fitsVisaLayout(b []byte) bool {
	if len(b) < visaHeadBytes || len(b) > IADBytesMax || b[0] != visaHeadLength || b[3] != visaCVRLength {
		return false
	}
	rest := b[visaHeadBytes:]
	return len(rest) == 0 || int(rest[0]) == len(rest)-1
}

// split takes apart data that fits. What it returns can not grow into what
// stands behind it.
func (f IADFamily) split(b []byte) IAD {
	b = slices.Clip(b)
	switch f {
	case IADVisaLayout:
		return splitVisaIAD(b)
	case IADVisaFormat2:
		return splitVisaFormat2IAD(b)
	case IADMChip:
		return splitMChipIAD(b)
	}
	return splitCCDIAD(b)
}

func splitVisaIAD(b []byte) IAD {
	iad := IAD{Family: IADVisaLayout, DKI: b[1], CVN: b[2], RawCVR: b[4:visaHeadBytes:visaHeadBytes]}
	iad.CVR = VisaCVR(iad.RawCVR).Decode()
	if len(b) > visaHeadBytes {
		iad.Issuer = b[visaHeadBytes+1:]
	}
	return iad
}

// splitVisaFormat2IAD reads 1F, CVN, DKI, CVR and the issuer's data.
func splitVisaFormat2IAD(b []byte) IAD {
	return IAD{
		Family: IADVisaFormat2, CVN: b[1], DKI: b[2],
		CVR: VisaFormat2CVR(b[3:8]).Decode(), RawCVR: b[3:8:8],
		Issuer: b[8:],
	}
}

// splitMChipIAD reads DKI, CVN, CVR, DAC and counters.
func splitMChipIAD(b []byte) IAD {
	return IAD{
		Family: IADMChip, DKI: b[0], CVN: b[1],
		CVR: MChipCVR(b[2:8]).Decode(), RawCVR: b[2:8:8],
		DAC: b[8:10:10], Counters: b[10:],
	}
}

// splitCCDIAD reads 0F, CCI, DKI, CVR, counters, 0F and the issuer's data. EMV
// Book 3, Annex C9.1.
func splitCCDIAD(b []byte) IAD {
	return IAD{
		Family: IADCCD, CVN: b[1], DKI: b[2],
		CVR: CCDCVR(b[3:8]).Decode(), RawCVR: b[3:8:8],
		Counters: b[8:16:16], Issuer: b[17:],
	}
}

// AppendVisaIAD appends issuer application data of the Visa layout to dst.
// issuer is the issuer's data, up to 24 bytes, or nil for none.
func AppendVisaIAD(dst []byte, dki, cvn byte, cvr VisaCVR, issuer []byte) ([]byte, error) {
	dst = append(dst, visaHeadLength, dki, cvn, visaCVRLength)
	dst = append(dst, cvr[:]...)
	if len(issuer) == 0 {
		return dst, nil
	}
	if most := IADBytesMax - visaHeadBytes - 1; len(issuer) > most {
		return nil, fmt.Errorf("build IAD: %d bytes of issuer's data, at most %d", len(issuer), most)
	}
	return append(append(dst, byte(len(issuer))), issuer...), nil
}
