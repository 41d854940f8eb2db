package kernel

import (
	"fmt"

	"github.com/f510b0cf/till/emv"
)

// Finding is why a bit of the TVR was set.
type Finding struct {
	Bit   emv.Bit[emv.TVR]
	Phase Phase
	Rule  string // Book and section, such as "Book 3, 10.6.1"
	Why   string // what was compared, without account data
}

// found sets a bit of the TVR, and says which rule wants that and why. What sets
// a bit that is set already goes to the log alone.
func (t *transaction) found(p Phase, bit emv.Bit[emv.TVR], rule, format string, args ...any) {
	why := fmt.Sprintf(format, args...)
	t.result.Steps = append(t.result.Steps, Step{Phase: p, Text: why})
	if !t.tvr.Has(bit) {
		t.result.Findings = append(t.result.Findings, Finding{Bit: bit, Phase: p, Rule: rule, Why: why})
	}
	t.tvr.Set(bit)
}

// dataMissing notes that the card does not give what it should.
func (t *transaction) dataMissing(p Phase, rule, format string, args ...any) {
	t.found(p, emv.TVRICCDataMissing, rule, format, args...)
}
