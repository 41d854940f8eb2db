package emv

import (
	"encoding/binary"
	"fmt"
)

// CVMRule is a cardholder verification rule (CV rule) of a CVM list.
type CVMRule struct {
	Code      CVMCode
	Condition CVMCondition
}

// CVMList is the cardholder verification method list (tag 8E). X and Y are
// amounts in the smallest unit of the application currency (tag 9F42) that
// conditions compare with. EMV Book 3, 10.5 and Annex C3.
type CVMList struct {
	X, Y  uint32
	Rules []CVMRule // one or more
}

const (
	cvmAmountsBytes = 8   // X and Y
	cvmRuleBytes    = 2   // code and condition
	cvmListBytesMax = 252 // EMV Book 3, Annex A
)

// ErrNoCVMRules is the failure to parse a CVM list that holds X and Y alone.
// A terminal treats such a list as one that is not there. EMV Book 3, 10.5.
var ErrNoCVMRules = fmt.Errorf("no rules: %w", ErrMalformed)

// ParseCVMList reads a CVM list of 10 to 252 bytes. Codes and conditions are
// not examined: a terminal passes over those that it does not understand. The
// error is ErrNoCVMRules where the list has no rules.
func ParseCVMList(b []byte) (CVMList, error) {
	if len(b) == cvmAmountsBytes {
		return CVMList{}, fmt.Errorf("parse CVM list: %w", ErrNoCVMRules)
	}
	if len(b) < cvmAmountsBytes || len(b) > cvmListBytesMax || len(b)%cvmRuleBytes != 0 {
		return CVMList{}, fmt.Errorf("parse CVM list: %d bytes, want an even number from %d to %d: %w",
			len(b), cvmAmountsBytes+cvmRuleBytes, cvmListBytesMax, ErrMalformed)
	}
	list := CVMList{X: binary.BigEndian.Uint32(b), Y: binary.BigEndian.Uint32(b[4:])}
	for r := b[cvmAmountsBytes:]; len(r) > 0; r = r[cvmRuleBytes:] {
		list.Rules = append(list.Rules, CVMRule{Code: CVMCode(r[0]), Condition: CVMCondition(r[1])})
	}
	return list, nil
}

// Append appends the bytes of tag 8E to dst.
func (l CVMList) Append(dst []byte) []byte {
	dst = binary.BigEndian.AppendUint32(dst, l.X)
	dst = binary.BigEndian.AppendUint32(dst, l.Y)
	for _, r := range l.Rules {
		dst = append(dst, byte(r.Code), byte(r.Condition))
	}
	return dst
}
