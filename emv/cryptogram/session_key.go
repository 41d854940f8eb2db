package cryptogram

import (
	"fmt"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/secret"
)

// CSK returns the EMV common session key of the master key mk for the
// diversifier r, with odd parity: r with its third byte F0 enciphered, then r
// with its third byte 0F enciphered. For application cryptograms r is
// CSKDiversifier(atc); for secure messaging it is an application cryptogram.
// EMV Book 2, Annex A1.3.1.
func CSK(mk secret.Key, r [8]byte) secret.Key {
	return mk.Derive(CSKBlocks(r))
}

// CSKBlocks returns the blocks whose encipherments are the halves of CSK. EMV
// Book 2, Annex A1.3.1.
func CSKBlocks(r [8]byte) (left, right [8]byte) {
	left, right = r, r
	left[2], right[2] = 0xF0, 0x0F
	return left, right
}

// CSKDiversifier returns the diversifier of the common session key for
// application cryptograms: the ATC and six zero bytes. EMV Book 2, Annex
// A1.3.1.
func CSKDiversifier(atc emv.ATC) (r [8]byte) {
	counter := atc.Bytes()
	copy(r[:], counter[:])
	return r
}

// MastercardSKD returns the session key by the Mastercard method, with odd
// parity: that of CSK, with ATC, two zero bytes and unpredictable number as the
// diversifier.
func MastercardSKD(mk secret.Key, atc emv.ATC, un emv.UnpredictableNumber) secret.Key {
	return CSK(mk, MastercardDiversifier(atc, un))
}

// MastercardDiversifier returns the diversifier of the Mastercard method: ATC,
// two zero bytes and unpredictable number.
func MastercardDiversifier(atc emv.ATC, un emv.UnpredictableNumber) [8]byte {
	r := CSKDiversifier(atc)
	copy(r[4:], un[:])
	return r
}

// VisaSM returns the session key by the Visa method, which serves secure
// messaging: the last two bytes of the left half of mk are combined by
// exclusive or with the ATC, those of the right half with its complement. The
// parity is left as it comes out; keys that differ in parity alone are equal.
func VisaSM(mk secret.Key, atc emv.ATC) secret.Key {
	mask := VisaSMMask(atc)
	return mk.Xor(mask[:])
}

// VisaSMMask returns what VisaSM combines a master key with.
func VisaSMMask(atc emv.ATC) (mask [16]byte) {
	counter := atc.Bytes()
	mask[6], mask[7] = counter[0], counter[1]
	mask[14], mask[15] = ^counter[0], ^counter[1]
	return mask
}

// SessionKeyMethod is a way from an ICC master key to the key of a transaction.
// Derive has its form for application cryptograms; in secure messaging, see
// package script, MethodCSK is diversified by the application cryptogram.
type SessionKeyMethod uint8

// The methods, each named after the function that it stands for.
const (
	MethodNone          SessionKeyMethod = iota + 1 // the master key itself
	MethodCSK                                       // CSK; for application cryptograms that of CSKDiversifier
	MethodMastercardSKD                             // MastercardSKD
	MethodVisaSM                                    // VisaSM; no row of the table uses it
)

// sessionKeyMethodNames are the short names, in the order of the constants.
var sessionKeyMethodNames = [...]string{"", "none", "csk", "skd", "visa-sm"}

// ParseSessionKeyMethod reads one of "none", "csk", "skd", "visa-sm".
func ParseSessionKeyMethod(s string) (SessionKeyMethod, error) {
	for i, name := range sessionKeyMethodNames {
		if name == s && i != 0 {
			return SessionKeyMethod(i), nil
		}
	}
	return 0, fmt.Errorf("parse session key method: want none, csk, skd or visa-sm: %w", emv.ErrMalformed)
}

// String returns the short name.
func (m SessionKeyMethod) String() string {
	if m != 0 && int(m) < len(sessionKeyMethodNames) {
		return sessionKeyMethodNames[m]
	}
	return fmt.Sprintf("SessionKeyMethod(%d)", uint8(m))
}

// Derive returns the session key for application cryptograms of the ICC master
// key mk. A
// method that does not use the unpredictable number ignores it. It panics for
// a value that is none of the constants.
func (m SessionKeyMethod) Derive(mk secret.Key, atc emv.ATC, un emv.UnpredictableNumber) secret.Key {
	switch m {
	case MethodNone:
		return mk
	case MethodCSK:
		return CSK(mk, CSKDiversifier(atc))
	case MethodMastercardSKD:
		return MastercardSKD(mk, atc, un)
	case MethodVisaSM:
		return VisaSM(mk, atc)
	}
	panic("cryptogram: derive by " + m.String())
}
