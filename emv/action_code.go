package emv

import "fmt"

// ActionCode is an issuer action code (tags 9F0D, 9F0E and 9F0F) or a terminal
// action code: the bits of the TVR upon which the terminal acts. EMV Book 3,
// 10.7.
type ActionCode [5]byte

// ParseActionCode reads the five bytes of an action code.
func ParseActionCode(b []byte) (ActionCode, error) {
	if len(b) != len(ActionCode{}) {
		return ActionCode{}, fmt.Errorf("parse action code: %d bytes, want %d: %w", len(b), len(ActionCode{}), ErrMalformed)
	}
	return ActionCode(b), nil
}

// Matches reports whether a bit is set in both, so that the action is due.
func (a ActionCode) Matches(t TVR) bool {
	for i := range a {
		if a[i]&t[i] != 0 {
			return true
		}
	}
	return false
}

// String returns the code as hexadecimal digits.
func (a ActionCode) String() string { return upperHex(a[:]) }
