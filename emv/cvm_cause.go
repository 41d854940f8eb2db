package emv

// CVMCause is why a walk through a CVM list set a bit of the TVR.
type CVMCause struct {
	Bit     Bit[TVR]
	Number  int    // of the CV rule in the list, from 1
	Section string // of the Books, such as "Book 3, 10.5.1"
	Why     string
}

// The sections that rule the bits of a walk.
const (
	sectionCVM        = "Book 3, 10.5"
	sectionOfflinePIN = "Book 3, 10.5.1"
	sectionOnlinePIN  = "Book 3, 10.5.2"
)

// set sets a bit for the rule that the walk stands at. The first cause of a bit
// is kept.
func (w *CVMWalk) set(bit Bit[TVR], section, why string) {
	w.because(CVMCause{Bit: bit, Number: len(w.Steps) + 1, Section: section, Why: why})
}

func (w *CVMWalk) because(c CVMCause) {
	if !w.TVR.Has(c.Bit) {
		w.Causes = append(w.Causes, c)
	}
	w.TVR.Set(c.Bit)
}

// fail notes that the walk ended without a CVM that stands. EMV Book 3, 10.5.
func (w *CVMWalk) fail() {
	why := "the list ends"
	if n := len(w.Steps); n > 0 && w.Steps[n-1].final() {
		why = "the rule is " + w.Steps[n-1].Fate.String() + " and does not lead to the next one"
	}
	w.because(CVMCause{TVRCardholderVerificationNotSuccessful, len(w.Steps), sectionCVM, why})
}

// final reports whether an unsuccessful rule ends the walk. Fail CVM processing
// does so whatever its code says of the next rule. EMV Book 3, 10.5.
func (s CVMStep) final() bool {
	return s.Fate != RuleBypassed && (!s.Rule.Code.NextIfUnsuccessful() || s.Rule.Code.Method() == CVMFail)
}
