package cryptogram

import (
	"fmt"

	"github.com/f510b0cf/till/emv"
)

// Layout is the shape of issuer application data (tag 9F10): where it holds the
// cryptogram version and the CVR. A profile knows its layout and refuses data of
// another; emv.ParseIAD, which has no profile, goes by the form of the data.
type Layout uint8

// The layouts in use. All but Interac's are families of package emv, which says
// where their parts stand.
const (
	LayoutVisa0   Layout = iota + 1 // emv.IADVisaLayout: formats 0, 1 and 3; Amex-style too
	LayoutVisa2                     // emv.IADVisaFormat2: formats 2 and 4
	LayoutMChip                     // emv.IADMChip
	LayoutInterac                   // length, DKI, CVN; what follows is not taken apart. Read from a single public sample
	LayoutCCD                       // emv.IADCCD: format A
)

// layoutsMax is the number of layouts.
const layoutsMax = 5

// layouts gives each layout its name and its family; Interac has none.
var layouts = [layoutsMax + 1]struct {
	name   string
	family emv.IADFamily
}{
	LayoutVisa0:   {"Visa format 0", emv.IADVisaLayout},
	LayoutVisa2:   {"Visa format 2", emv.IADVisaFormat2},
	LayoutMChip:   {"M/Chip", emv.IADMChip},
	LayoutInterac: {name: "Interac"},
	LayoutCCD:     {"CCD format A", emv.IADCCD},
}

// known reports whether l is one of the constants.
func (l Layout) known() bool { return l >= 1 && l <= layoutsMax }

// String returns the name of the layout.
func (l Layout) String() string {
	if l.known() {
		return layouts[l].name
	}
	return fmt.Sprintf("Layout(%d)", uint8(l))
}

// Family returns the family of package emv that writes and reads the layout; ok is
// false where there is none.
func (l Layout) Family() (f emv.IADFamily, ok bool) {
	if !l.known() {
		return 0, false
	}
	f = layouts[l].family
	return f, f != 0
}

// interacVersionAt is the place of the CVN in LayoutInterac.
const interacVersionAt = 2

// Version returns the cryptogram version number (for LayoutCCD the common core
// identifier) of issuer application data. ok is false where the data can not
// have this layout, and for a layout that is none of the constants.
func (l Layout) Version(iad []byte) (version byte, ok bool) {
	if l == LayoutInterac {
		if len(iad) <= interacVersionAt {
			return 0, false
		}
		return iad[interacVersionAt], true
	}
	parts, err := l.parse(iad)
	return parts.CVN, err == nil
}

// parse takes issuer application data of this layout apart.
func (l Layout) parse(iad []byte) (emv.IAD, error) {
	if !l.known() {
		return emv.IAD{}, fmt.Errorf("no such layout: %w", emv.ErrMalformed)
	}
	return layouts[l].family.Parse(iad)
}

// Tail is the part of the issuer application data that a cryptogram covers
// behind the common data elements.
type Tail uint8

// The tails in use.
const (
	TailNone           Tail = iota + 1
	TailCVR                 // the CVR, in LayoutVisa0 with its length byte
	TailCVRAndCounters      // the CVR and the first countersCovered bytes of counters
	TailIAD                 // the whole value of 9F10
)

// tailNames are the names for people, in the order of the constants.
var tailNames = [...]string{"", "no tail", "CVR", "CVR and counters", "whole 9F10"}

// String returns the name for people.
func (t Tail) String() string {
	if t != 0 && int(t) < len(tailNames) {
		return tailNames[t]
	}
	return fmt.Sprintf("Tail(%d)", uint8(t))
}

// byLayout reports whether the layout has a say in what the tail is.
func (t Tail) byLayout() bool { return t == TailCVR || t == TailCVRAndCounters }

// countersCovered is the number of bytes of counters that TailCVRAndCounters has.
const countersCovered = 8

// appendTail appends the tail of issuer application data to dst. Its error
// wraps emv.ErrMalformed: the data is too short, or not of this layout.
func (l Layout) appendTail(dst []byte, t Tail, iad []byte) ([]byte, error) {
	switch {
	case t == TailNone:
		return dst, nil
	case len(iad) == 0 || len(iad) > emv.IADBytesMax:
		return nil, fmt.Errorf("select tail: %d bytes of issuer application data (9F10), want 1 to %d: %w", len(iad), emv.IADBytesMax, emv.ErrMalformed)
	case t == TailIAD:
		return append(dst, iad...), nil
	}
	parts, err := l.parse(iad)
	if err != nil {
		return nil, fmt.Errorf("select tail: issuer application data (9F10) is not of layout %s: %w", l, err)
	}
	if l == LayoutVisa0 {
		dst = append(dst, byte(len(parts.RawCVR)))
	}
	dst = append(dst, parts.RawCVR...)
	if t == TailCVR {
		return dst, nil
	}
	if len(parts.Counters) < countersCovered {
		return nil, fmt.Errorf("select tail: issuer application data (9F10) of layout %s has no counters: %w", l, emv.ErrMalformed)
	}
	return append(dst, parts.Counters[:countersCovered]...), nil
}
