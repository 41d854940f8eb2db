package pinlife

import (
	"errors"
	"fmt"
)

// Effective says from when on a changed PIN is accepted online.
type Effective uint8

// When a changed PIN is accepted in DE52.
const (
	OnCommit  Effective = iota // once the chip has it
	Immediate                  // beside the old one as soon as it is acknowledged
)

// String returns the name in the issuer's configuration.
func (e Effective) String() string { return name("Effective", e, "on_commit", "immediate") }

// Template is the tag of the issuer script template that carries the command.
// EMV Book 3, 10.10.
type Template uint8

// The issuer script templates.
const (
	Template71 Template = 0x71 // before the final GENERATE AC
	Template72 Template = 0x72 // after it
)

// Policy holds the issuer's switches. docs/pin-lifecycle.md, section 6.
type Policy struct {
	OnlinePINEffective Effective
	ScriptTemplate     Template
	RequireOldPIN      bool  // a PIN goes out only to whom knows the PIN before it
	DeliverOnDecline   bool  // declined answers carry scripts too
	AttemptsMax        uint8 // sendings without proof before a human is asked, at least 1

	// CurrentPIN asks for P2 01, where the chip's PIN is certain. A test switch:
	// a host that is wrong about the chip makes it a garbage PIN.
	CurrentPIN bool
}

// DefaultPolicy returns the switches that an issuer starts with.
func DefaultPolicy() Policy {
	return Policy{ScriptTemplate: Template72, RequireOldPIN: true, DeliverOnDecline: true, AttemptsMax: 5}
}

// Validate reports the first switch that has no meaning.
func (p Policy) Validate() error {
	switch {
	case p.OnlinePINEffective > Immediate:
		return fmt.Errorf("check policy: online PIN effective: unknown value %d", p.OnlinePINEffective)
	case p.ScriptTemplate != Template71 && p.ScriptTemplate != Template72:
		return fmt.Errorf("check policy: script template %02X is neither 71 nor 72", uint8(p.ScriptTemplate))
	case p.AttemptsMax == 0:
		return errors.New("check policy: no attempt is allowed, set at least 1")
	}
	return nil
}
