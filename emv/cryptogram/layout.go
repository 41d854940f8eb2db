package cryptogram

import (
	"fmt"

	"github.com/f510b0cf/till/emv"
)

// Layout is the shape of issuer application data (tag 9F10): where it holds the
// cryptogram version and the CVR. A profile knows its layout and refuses data of
// another; emv.ParseIAD, which has no profile, goes by the form of the data.
type Layout uint8

// The layouts in use, with the bytes of 9F10 in order.
const (
	LayoutVisa0   Layout = iota + 1 // 06, DKI, CVN, 03, CVR (3); issuer's own data may follow. Formats 0, 1 and 3; Amex-style too
	LayoutVisa2                     // 1F, CVN, DKI, CVR (5), issuer's own data up to 32 bytes. Formats 2 and 4
	LayoutMChip                     // DKI, CVN, CVR (6), DAC (2), counters (8 or more)
	LayoutInterac                   // length, DKI, CVN; what follows is not taken apart. Read from a single public sample
	LayoutCCD                       // 0F, CCI, DKI, CVR (5), counters (8), 0F, issuer's own data (15). Format A
)

// layoutsMax is the number of layouts.
const layoutsMax = 5

// span is a range of bytes, as in a slice expression. The zero span is absent.
type span struct{ from, to int }

// layout says where the parts of a Layout stand.
type layout struct {
	name     string
	marks    []mark // fixed bytes by which the layout is known
	version  int    // index of CVN or CCI
	cvr      span   // what the cryptogram covers as CVR: a length byte included where there is one
	counters span
}

// mark is a byte that has one value in all data of a layout.
type mark struct {
	at    int
	value byte
}

var layouts = [layoutsMax + 1]layout{
	LayoutVisa0:   {name: "Visa format 0", marks: []mark{{0, 0x06}, {3, 0x03}}, version: 2, cvr: span{3, 7}},
	LayoutVisa2:   {name: "Visa format 2", marks: []mark{{0, 0x1F}}, version: 1, cvr: span{3, 8}},
	LayoutMChip:   {name: "M/Chip", version: 1, cvr: span{2, 8}, counters: span{10, 18}},
	LayoutInterac: {name: "Interac", version: 2},
	LayoutCCD:     {name: "CCD format A", marks: []mark{{0, 0x0F}, {16, 0x0F}}, version: 1, cvr: span{3, 8}},
}

// String returns the name of the layout.
func (l Layout) String() string {
	if l != 0 && int(l) < len(layouts) {
		return layouts[l].name
	}
	return fmt.Sprintf("Layout(%d)", uint8(l))
}

// Version returns the cryptogram version number (for LayoutCCD the common core
// identifier) of issuer application data. ok is false where the data can not
// have this layout.
func (l Layout) Version(iad []byte) (version byte, ok bool) {
	at := layouts[l].version
	if !layouts[l].fits(iad) || at >= len(iad) {
		return 0, false
	}
	return iad[at], true
}

// fits reports whether the fixed bytes of the layout are in place.
func (l *layout) fits(iad []byte) bool {
	for _, m := range l.marks {
		if m.at >= len(iad) || iad[m.at] != m.value {
			return false
		}
	}
	return true
}

// Tail is the part of the issuer application data that a cryptogram covers
// behind the common data elements.
type Tail uint8

// The tails in use.
const (
	TailNone           Tail = iota + 1
	TailCVR                 // the CVR, in LayoutVisa0 with its length byte
	TailCVRAndCounters      // the CVR and the first eight bytes of counters
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

// appendTail appends the tail of issuer application data to dst. Its error
// wraps emv.ErrMalformed: the data is too short, or not of this layout.
func (l Layout) appendTail(dst []byte, t Tail, iad []byte) ([]byte, error) {
	switch {
	case t == TailNone:
		return dst, nil
	case len(iad) == 0 || len(iad) > iadBytesMax:
		return nil, fmt.Errorf("select tail: %d bytes of issuer application data (9F10), want 1 to %d: %w", len(iad), iadBytesMax, emv.ErrMalformed)
	case t == TailIAD:
		return append(dst, iad...), nil
	}
	shape := &layouts[l]
	if !shape.fits(iad) {
		return nil, fmt.Errorf("select tail: issuer application data (9F10) is not of layout %s: %w", l, emv.ErrMalformed)
	}
	dst, err := appendSpan(dst, shape.cvr, iad)
	if err == nil && t == TailCVRAndCounters {
		dst, err = appendSpan(dst, shape.counters, iad)
	}
	return dst, err
}

func appendSpan(dst []byte, s span, iad []byte) ([]byte, error) {
	if s.to == 0 {
		return nil, fmt.Errorf("select tail: the layout of the issuer application data (9F10) has no such part: %w", emv.ErrMalformed)
	}
	if s.to > len(iad) {
		return nil, fmt.Errorf("select tail: issuer application data (9F10) has %d bytes, want %d or more: %w", len(iad), s.to, emv.ErrMalformed)
	}
	return append(dst, iad[s.from:s.to]...), nil
}
