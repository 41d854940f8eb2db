package script

import (
	"fmt"

	"github.com/f510b0cf/till/emv"
)

// Outcome is what became of a template at the terminal.
type Outcome uint8

// The outcomes. EMV Book 4, Annex A5.
const (
	NotPerformed Outcome = 0
	Failed       Outcome = 1
	Successful   Outcome = 2
)

// String returns "not performed", "failed" or "successful".
func (o Outcome) String() string {
	switch o {
	case NotPerformed:
		return "not performed"
	case Failed:
		return "failed"
	case Successful:
		return "successful"
	}
	return fmt.Sprintf("Outcome(%d)", uint8(o))
}

// resultSize is the length in bytes of the result of one template.
const resultSize = 1 + IdentifierSize

// commandMax is the command number that stands for 15 and all above.
const commandMax = 15

// Result is what a terminal reports of one template, in tag 9F5B by common use.
// It is a claim: no cryptogram covers it. EMV Book 4, Annex A5.
type Result struct {
	Outcome    Outcome
	Command    int                  // number of the command that failed, from 1; 0 where it is not told
	Identifier [IdentifierSize]byte // zeros where the template had none
}

// EncodeResults returns the issuer script results, 5 bytes for each template in
// the order in which they were processed. A command number above 15 is sent as
// 15.
func EncodeResults(results ...Result) []byte {
	b := make([]byte, 0, resultSize*len(results))
	for _, r := range results {
		command := byte(min(max(r.Command, 0), commandMax))
		b = append(b, byte(r.Outcome)<<4|command)
		b = append(b, r.Identifier[:]...)
	}
	return b
}

// ParseResults reads issuer script results. The error wraps emv.ErrMalformed: a
// length that is no multiple of 5, or an outcome that is not defined.
func ParseResults(b []byte) ([]Result, error) {
	if len(b)%resultSize != 0 {
		return nil, fmt.Errorf("parse script results: %d bytes, want a multiple of %d: %w", len(b), resultSize, emv.ErrMalformed)
	}
	results := make([]Result, 0, len(b)/resultSize)
	for ; len(b) > 0; b = b[resultSize:] {
		r := Result{Outcome: Outcome(b[0] >> 4), Command: int(b[0] & 0x0F), Identifier: [IdentifierSize]byte(b[1:resultSize])}
		if r.Outcome > Successful {
			return nil, fmt.Errorf("parse script results: outcome %d: %w", r.Outcome, emv.ErrMalformed)
		}
		results = append(results, r)
	}
	return results, nil
}
