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

// Markers and lengths, in bytes, of the layouts.
const (
	iadBytesMax = 32 // EMV Book 3, Annex A

	visaHeadLength = 0x06 // length of what follows up to the end of the CVR
	visaCVRLength  = 0x03
	visaHeadBytes  = 1 + visaHeadLength

	visaFormat2Length = 0x1F // length of all that follows

	mchipCVNMask = 0xF0
	mchipCVN     = 0x10

	ccdLength     = 0x0F // length of each half that follows it; EMV Book 3, Annex C9.1
	ccdFormatMask = 0xF0
	ccdFormatA    = 0xA0 // Common Core IAD format code; EMV Book 3, Annex C9.2
)

// mchipBytes are the lengths of the IAD of M/Chip 4 (18) and M/Chip Advance.
var mchipBytes = []int{18, 20, 26, 28}

// ParseIAD finds out the family of issuer application data from its length and
// marker bytes and takes it apart. The families are told apart by their forms
// alone, so data of a family that is not known may pass for one that is.
func ParseIAD(b []byte) (IAD, error) {
	switch {
	case len(b) >= visaHeadBytes && b[0] == visaHeadLength && b[3] == visaCVRLength:
		return parseVisaIAD(b)
	case len(b) == iadBytesMax && b[0] == visaFormat2Length:
		return parseVisaFormat2IAD(b), nil
	case len(b) == iadBytesMax && b[0] == ccdLength && b[1]&ccdFormatMask == ccdFormatA && b[16] == ccdLength:
		return parseCCDIAD(b), nil
	case slices.Contains(mchipBytes, len(b)) && b[1]&mchipCVNMask == mchipCVN:
		return parseMChipIAD(b), nil
	}
	return IAD{}, fmt.Errorf("parse IAD: %d bytes in no known layout: %w", len(b), ErrMalformed)
}

// parseVisaIAD reads 06, DKI, CVN, 03, CVR and, where more follows, a length and
// the issuer's data.
func parseVisaIAD(b []byte) (IAD, error) {
	iad := IAD{Family: IADVisaLayout, DKI: b[1], CVN: b[2], RawCVR: b[4:visaHeadBytes:visaHeadBytes]}
	iad.CVR = VisaCVR(iad.RawCVR).Decode()
	if rest := b[visaHeadBytes:]; len(rest) > 0 {
		if len(b) > iadBytesMax || int(rest[0]) != len(rest)-1 {
			return IAD{}, fmt.Errorf("parse IAD: length of the issuer's data does not fit: %w", ErrMalformed)
		}
		iad.Issuer = rest[1:]
	}
	return iad, nil
}

// parseVisaFormat2IAD reads 1F, CVN, DKI, CVR and the issuer's data.
func parseVisaFormat2IAD(b []byte) IAD {
	return IAD{
		Family: IADVisaFormat2, CVN: b[1], DKI: b[2],
		CVR: VisaFormat2CVR(b[3:8]).Decode(), RawCVR: b[3:8:8],
		Issuer: b[8:],
	}
}

// parseMChipIAD reads DKI, CVN, CVR, DAC and counters.
func parseMChipIAD(b []byte) IAD {
	return IAD{
		Family: IADMChip, DKI: b[0], CVN: b[1],
		CVR: MChipCVR(b[2:8]).Decode(), RawCVR: b[2:8:8],
		DAC: b[8:10:10], Counters: b[10:],
	}
}

// parseCCDIAD reads 0F, CCI, DKI, CVR, counters, 0F and the issuer's data. EMV
// Book 3, Annex C9.1.
func parseCCDIAD(b []byte) IAD {
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
	if most := iadBytesMax - visaHeadBytes - 1; len(issuer) > most {
		return nil, fmt.Errorf("build IAD: %d bytes of issuer's data, at most %d", len(issuer), most)
	}
	return append(append(dst, byte(len(issuer))), issuer...), nil
}
