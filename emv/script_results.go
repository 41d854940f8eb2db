package emv

import "fmt"

// ScriptOutcome is what became of an issuer script template at the terminal.
type ScriptOutcome uint8

// The outcomes. EMV Book 4, Annex A5.
const (
	ScriptNotPerformed ScriptOutcome = 0
	ScriptFailed       ScriptOutcome = 1
	ScriptSuccessful   ScriptOutcome = 2
)

// String returns "not performed", "failed" or "successful".
func (o ScriptOutcome) String() string {
	switch o {
	case ScriptNotPerformed:
		return "not performed"
	case ScriptFailed:
		return "failed"
	case ScriptSuccessful:
		return "successful"
	}
	return fmt.Sprintf("ScriptOutcome(%d)", uint8(o))
}

// ScriptIdentifierSize is the length in bytes of a script identifier (9F18). EMV
// Book 3, Annex A.
const ScriptIdentifierSize = 4

// scriptResultSize is the length in bytes of the result of one template.
const scriptResultSize = 1 + ScriptIdentifierSize

// scriptCommandMax is the command number that stands for 15 and all above.
const scriptCommandMax = 15

// ScriptResult is what a terminal reports of one template, in tag 9F5B by common use.
// It is a claim: no cryptogram covers it. EMV Book 4, Annex A5.
type ScriptResult struct {
	Outcome    ScriptOutcome
	Command    int                        // number of the command that failed, from 1; 0 where it is not told
	Identifier [ScriptIdentifierSize]byte // zeros where the template had none
}

// EncodeScriptResults returns the issuer script results, 5 bytes for each template in
// the order in which they were processed. A command number above 15 is sent as
// 15.
func EncodeScriptResults(results ...ScriptResult) []byte {
	b := make([]byte, 0, scriptResultSize*len(results))
	for _, r := range results {
		command := byte(min(max(r.Command, 0), scriptCommandMax))
		b = append(b, byte(r.Outcome)<<4|command)
		b = append(b, r.Identifier[:]...)
	}
	return b
}

// ParseScriptResults reads issuer script results. The error wraps ErrMalformed: a
// length that is no multiple of 5, or an outcome that is not defined.
func ParseScriptResults(b []byte) ([]ScriptResult, error) {
	if len(b)%scriptResultSize != 0 {
		return nil, fmt.Errorf("parse script results: %d bytes, want a multiple of %d: %w", len(b), scriptResultSize, ErrMalformed)
	}
	results := make([]ScriptResult, 0, len(b)/scriptResultSize)
	for ; len(b) > 0; b = b[scriptResultSize:] {
		r := ScriptResult{Outcome: ScriptOutcome(b[0] >> 4), Command: int(b[0] & 0x0F), Identifier: [ScriptIdentifierSize]byte(b[1:scriptResultSize])}
		if r.Outcome > ScriptSuccessful {
			return nil, fmt.Errorf("parse script results: outcome %d: %w", r.Outcome, ErrMalformed)
		}
		results = append(results, r)
	}
	return results, nil
}
