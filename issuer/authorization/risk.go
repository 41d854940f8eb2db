package authorization

import (
	"fmt"
	"slices"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/issuer/pinlife"
	"github.com/f510b0cf/till/issuer/store"
)

// Treatment is what is done about something that is suspicious and no proof.
type Treatment uint8

// The treatments.
const (
	Note    Treatment = iota // a line of audit in the journal
	Decline                  // and the request is declined
	Ignore
)

var treatmentNames = [...]string{"note", "decline", "ignore"}

// String returns the name in the issuer's configuration.
func (t Treatment) String() string {
	if int(t) < len(treatmentNames) {
		return treatmentNames[t]
	}
	return fmt.Sprintf("Treatment(%d)", uint8(t))
}

// ParseTreatment reads a name in the issuer's configuration.
func ParseTreatment(name string) (Treatment, error) {
	n := slices.Index(treatmentNames[:], name)
	if n < 0 {
		return 0, fmt.Errorf("read treatment: %q is none of %q", name, treatmentNames)
	}
	return Treatment(n), nil
}

// Risk holds the issuer's switches for requests that are in order but suspicious. The
// zero Risk notes both and asks for no digits.
type Risk struct {
	// DataAuthenticationFailed is for a TVR that says that SDA, DDA or CDA failed
	// though the cryptogram is right.
	DataAuthenticationFailed Treatment
	// NumberRepeated is for an unpredictable number that is one of the last
	// store.NumbersMax of the card: its terminal, or somebody in its place, knows
	// before which number it will ask the card to sign.
	NumberRepeated Treatment
	// RequireCID declines orders without card identification digits. Those that are
	// given have to be right in any case.
	RequireCID bool
	// AcceptAnyAEVV takes any verification value of an authentication for right: for
	// orders whose values another makes.
	AcceptAnyAEVV bool
}

// Validate reports the first switch that has no meaning.
func (r Risk) Validate() error {
	if r.DataAuthenticationFailed > Ignore || r.NumberRepeated > Ignore {
		return fmt.Errorf("check risk: unknown treatment %d", max(r.DataAuthenticationFailed, r.NumberRepeated))
	}
	return nil
}

// risk looks at what the terminal verification results and the unpredictable number
// tell, where a cryptogram that is right and new covers them. EMV Book 3, Annex C5.
func (d *decision) risk() reason {
	if !d.arqcValid || uint16(d.input().ATC) <= d.record.PIN.HighestATC {
		return approved
	}
	// The number is noted whatever else the request comes to.
	repeated := !d.record.SeeNumber(store.SeenUN(d.input().UnpredictableNumber))
	tvr := emv.TVR(d.input().TVR)
	failed := tvr.Has(emv.TVRSDAFailed) || tvr.Has(emv.TVRDDAFailed) || tvr.Has(emv.TVRCDAFailed)
	found := approved
	if tvr.Has(emv.TVROnlinePINEntered) && !d.hasPINBlock() && d.channel == pinlife.Contact {
		found = onlinePINMissing
	}
	for _, s := range []struct {
		there bool
		what  reason
		do    Treatment
	}{
		{failed, dataAuthenticationFailed, d.config.Risk.DataAuthenticationFailed},
		{repeated, numberRepeated, d.config.Risk.NumberRepeated},
	} {
		if !s.there || s.do == Ignore {
			continue
		}
		d.notes = append(d.notes, note{"audit", s.what.String()})
		if s.do == Decline && found == approved {
			found = s.what
		}
	}
	return found
}
