package account

import (
	"bytes"
	"fmt"
	"io"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/secret"
)

// track2DigitsMax is the longest track 2, in characters between the sentinels:
// ISO/IEC 7813 allows 40 with sentinels and check character, 37 of data.
const track2DigitsMax = 37

// Track2 is track 2 equivalent data (tag 57) or a magnetic stripe's track 2
// without sentinels: PAN, separator, expiry, service code, discretionary data.
// It prints as the masked PAN and nothing else.
type Track2 struct {
	pan  PAN
	data secret.Value // the whole, with "=" as separator
}

// ParseTrack2 reads track 2 from characters, with "=" or "D" as the separator.
// ISO/IEC 7813.
func ParseTrack2(text []byte) (Track2, error) {
	if len(text) > track2DigitsMax {
		return Track2{}, fmt.Errorf("parse track 2: %d characters, at most %d: %w", len(text), track2DigitsMax, emv.ErrMalformed)
	}
	text = bytes.ReplaceAll(text, []byte("D"), []byte("="))
	defer secret.Wipe(text)
	number, rest, found := bytes.Cut(text, []byte("="))
	if !found {
		return Track2{}, fmt.Errorf("parse track 2: no field separator: %w", emv.ErrMalformed)
	}
	if len(rest) < 7 || !emv.Decimal(rest) {
		return Track2{}, fmt.Errorf("parse track 2: want expiry and service code in digits behind the separator: %w", emv.ErrMalformed)
	}
	pan, err := ParsePAN(number)
	if err != nil {
		return Track2{}, fmt.Errorf("parse track 2: %w", err)
	}
	if _, err := ParseExpiry(rest[:4]); err != nil {
		return Track2{}, fmt.Errorf("parse track 2: %w", err)
	}
	return Track2{pan: pan, data: secret.New(text)}, nil
}

// DecodeTrack2 reads tag 57: digits two to a byte, D as the separator, F on the
// right where the count is odd. EMV Book 3, Annex A.
func DecodeTrack2(b []byte) (Track2, error) {
	text := Unpack(b)
	defer secret.Wipe(text)
	return ParseTrack2(text)
}

// PAN returns the account number.
func (t Track2) PAN() PAN { return t.pan }

// Expiry returns the expiration date.
func (t Track2) Expiry() (e Expiry) {
	t.behindSeparator(func(rest []byte) { e, _ = ParseExpiry(rest[:4]) }) // ParseTrack2 has seen that it is one
	return e
}

// ServiceCode returns the three digits of the service code.
func (t Track2) ServiceCode() (code string) {
	t.behindSeparator(func(rest []byte) { code = string(rest[4:7]) })
	return code
}

// behindSeparator calls use with what follows the separator, unless t holds
// nothing.
func (t Track2) behindSeparator(use func(rest []byte)) {
	t.Open(func(text []byte) {
		if _, rest, found := bytes.Cut(text, []byte("=")); found {
			use(rest)
		}
	})
}

// IsZero reports whether t holds nothing.
func (t Track2) IsZero() bool { return t.data.IsZero() }

// Equal compares two tracks in constant time.
func (t Track2) Equal(o Track2) bool { return t.data.Equal(o.data) }

// Open calls use with a copy of the characters, "=" as separator, and wipes it
// when use returns.
func (t Track2) Open(use func(text []byte)) { t.data.Open(use) }

// String returns the masked PAN.
func (t Track2) String() string { return t.pan.masked }

// Format prints the masked PAN for every verb of package fmt. (Under %T and %p,
// which do not ask a value how it prints, there are the type and, with the masked
// PAN, addresses.)
func (t Track2) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, t.pan.masked) }

// MarshalText returns the masked PAN; it serves encoding/json and others.
func (t Track2) MarshalText() ([]byte, error) { return []byte(t.pan.masked), nil }

// GobEncode refuses, as secret.Value does.
func (t Track2) GobEncode() ([]byte, error) { return t.data.GobEncode() }
