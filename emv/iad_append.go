package emv

import "fmt"

// iadBytes are the lengths, in bytes, of what Append makes without data of the
// issuer.
var iadBytes = [...]int{IADVisaLayout: VisaIADBytesMin, IADVisaFormat2: IADBytesMax, IADMChip: 18, IADCCD: IADBytesMax}

// iadCountersBytes is the length of the counters that Append writes.
const iadCountersBytes = 8

// Bytes returns the length of what Append makes without data of the issuer, 0 for
// a family that is none of the constants.
func (f IADFamily) Bytes() int {
	if int(f) < len(iadBytes) {
		return iadBytes[f]
	}
	return 0
}

// Statements returns the flags that the CVR of the family can hold. Some follow
// from others when a CVR is read, and are not among them.
func (f IADFamily) Statements() CVRFlags {
	switch f {
	case IADVisaLayout:
		return allOf(visaCVRBits)
	case IADVisaFormat2:
		return allOf(visaCVRBits) &^ (CVROfflinePINPerformed | CVROfflinePINFailed)
	case IADMChip:
		return allOf(mchipCVRBits)
	case IADCCD:
		return allOf(ccdCVRBits)
	}
	return 0
}

// Append appends issuer application data of the family to dst: the inverse of
// Parse. Of iad it takes DKI, CVN, CVR and what the family has of DAC, Counters
// and Issuer, filled with zeros on the right; triesLeft is the PIN try counter,
// which some families state. Parts that are too long are an error.
func (f IADFamily) Append(dst []byte, iad IAD, triesLeft uint8) ([]byte, error) {
	if len(iad.DAC) > 2 || len(iad.Counters) > iadCountersBytes {
		return nil, fmt.Errorf("build IAD: DAC of %d bytes and counters of %d, at most 2 and %d", len(iad.DAC), len(iad.Counters), iadCountersBytes)
	}
	switch f {
	case IADVisaLayout:
		cvr, err := iad.CVR.VisaCVR()
		if err != nil {
			return nil, err
		}
		return AppendVisaIAD(dst, iad.DKI, iad.CVN, cvr, iad.Issuer)
	case IADVisaFormat2:
		cvr, err := iad.CVR.VisaFormat2CVR()
		return appendParts(dst, err, []byte{visaFormat2Length, iad.CVN, iad.DKI}, cvr[:], filled(iad.Issuer, 24))
	case IADMChip:
		cvr, err := iad.CVR.MChipCVR(triesLeft)
		return appendParts(dst, err, []byte{iad.DKI, iad.CVN}, cvr[:], filled(iad.DAC, 2), filled(iad.Counters, iadCountersBytes))
	case IADCCD:
		cvr, err := iad.CVR.CCDCVR(triesLeft)
		return appendParts(dst, err, []byte{ccdLength, iad.CVN, iad.DKI}, cvr[:], filled(iad.Counters, iadCountersBytes),
			[]byte{ccdLength}, filled(iad.Issuer, ccdLength))
	}
	return nil, fmt.Errorf("build IAD: layout %s is not known", f)
}

// filled returns b with zeros on the right, n bytes long; b itself where it is
// longer, so that the sum of the parts shows it.
func filled(b []byte, n int) []byte {
	if len(b) >= n {
		return b
	}
	return append(append(make([]byte, 0, n), b...), make([]byte, n-len(b))...)
}

// appendParts appends the parts of issuer application data, unless there is an
// error already.
func appendParts(dst []byte, err error, parts ...[]byte) ([]byte, error) {
	if err != nil {
		return nil, err
	}
	start := len(dst)
	for _, p := range parts {
		dst = append(dst, p...)
	}
	if n := len(dst) - start; n > IADBytesMax {
		return nil, fmt.Errorf("build IAD: %d bytes, at most %d", n, IADBytesMax)
	}
	return dst, nil
}
