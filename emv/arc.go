package emv

import "fmt"

// ARC is the authorisation response code (tag 8A): two letters or digits, the
// first in the upper byte. The issuer chooses its codes, and which of them
// approve, by agreement with the acquirer; the four that a terminal makes itself
// are fixed. EMV Book 4, Annex A6.
type ARC uint16

// The codes that a terminal makes itself. EMV Book 4, Annex A6.
const (
	ARCOfflineApproved        ARC = 'Y'<<8 | '1'
	ARCOfflineDeclined        ARC = 'Z'<<8 | '1'
	ARCUnableToGoOnlineAccept ARC = 'Y'<<8 | '3' // unable to go online, offline approved
	ARCUnableToGoOnlineRefuse ARC = 'Z'<<8 | '3' // unable to go online, offline declined
)

// ParseARC reads the two characters of tag 8A.
func ParseARC(b []byte) (ARC, error) {
	if len(b) != 2 {
		return 0, fmt.Errorf("parse ARC: %d bytes, want 2: %w", len(b), ErrMalformed)
	}
	for _, c := range b {
		if (c < '0' || c > '9') && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') {
			return 0, fmt.Errorf("parse ARC: a character that is no letter or digit: %w", ErrMalformed)
		}
	}
	return ARC(b[0])<<8 | ARC(b[1]), nil
}

// Bytes returns the two characters of tag 8A.
func (a ARC) Bytes() [2]byte { return [2]byte{byte(a >> 8), byte(a)} }

// String returns the two characters.
func (a ARC) String() string {
	b := a.Bytes()
	return string(b[:])
}

// Terminal reports whether the terminal made the code, so that no issuer has
// answered.
func (a ARC) Terminal() bool {
	switch a {
	case ARCOfflineApproved, ARCOfflineDeclined, ARCUnableToGoOnlineAccept, ARCUnableToGoOnlineRefuse:
		return true
	}
	return false
}

// CommonApprovals returns the issuer's codes that approve by common use: 00, 10 and
// 11. Which codes approve is agreed between issuer and acquirer; EMV Book 4,
// Annex A6, leaves it to them. 08, honour with identification, is not among them:
// no terminal without an attendant can do what it asks for.
func CommonApprovals() []ARC { return []ARC{'0'<<8 | '0', '1'<<8 | '0', '1'<<8 | '1'} }

// Text returns the meaning of a code that the terminal made, or "Issuer's
// response".
func (a ARC) Text() string {
	switch a {
	case ARCOfflineApproved:
		return "Offline approved"
	case ARCOfflineDeclined:
		return "Offline declined"
	case ARCUnableToGoOnlineAccept:
		return "Unable to go online, offline approved"
	case ARCUnableToGoOnlineRefuse:
		return "Unable to go online, offline declined"
	}
	return "Issuer's response"
}
