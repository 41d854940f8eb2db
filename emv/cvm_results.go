package emv

import "fmt"

// CVMResult is byte 3 of the CVM results. EMV Book 4, Annex A4.
type CVMResult byte

// The results of the last CVM performed.
const (
	CVMUnknown    CVMResult = iota // as for a signature and an online PIN
	CVMFailed                      // as for a wrong offline PIN
	CVMSuccessful                  // as for a right offline PIN
)

// String returns "unknown", "failed" or "successful".
func (r CVMResult) String() string {
	names := [...]string{"unknown", "failed", "successful"}
	if int(r) < len(names) {
		return names[r]
	}
	return fmt.Sprintf("result %02X", byte(r))
}

// CVMResults (tag 9F34) is the code and the condition of the CVM performed
// last, and its result. It is the terminal's word, and nothing protects it:
// what the card saw stands in its CVR. EMV Book 4, 6.3.4.5 and Annex A4.
type CVMResults [3]byte

// NewCVMResults returns the results of a rule.
func NewCVMResults(rule CVMRule, result CVMResult) CVMResults {
	return CVMResults{byte(rule.Code), byte(rule.Condition), byte(result)}
}

// NoCVMPerformed returns 3F and 00, the code and condition that stand for no
// CVM, with the result: CVMUnknown where cardholder verification was not
// performed, CVMFailed where no rule led to a CVM. EMV Book 4, 6.3.4.5.
func NoCVMPerformed(result CVMResult) CVMResults {
	return NewCVMResults(CVMRule{Code: CVMCode(CVMNotPerformed)}, result)
}

// ParseCVMResults reads the three bytes of tag 9F34.
func ParseCVMResults(b []byte) (CVMResults, error) {
	if len(b) != len(CVMResults{}) {
		return CVMResults{}, fmt.Errorf("parse CVM results: %d bytes, want %d: %w", len(b), len(CVMResults{}), ErrMalformed)
	}
	return CVMResults(b), nil
}

// Rule returns the rule of the CVM performed last.
func (r CVMResults) Rule() CVMRule {
	return CVMRule{Code: CVMCode(r[0]), Condition: CVMCondition(r[1])}
}

// Result returns the result of the CVM performed last.
func (r CVMResults) Result() CVMResult { return CVMResult(r[2]) }

// String explains the results in the words of the Books.
func (r CVMResults) String() string {
	method := r.Rule().Code.Method()
	if method == CVMNotPerformed {
		return fmt.Sprintf("%v: %v", method, r.Result())
	}
	return fmt.Sprintf("%v, %v: %v", method, r.Rule().Condition, r.Result())
}
