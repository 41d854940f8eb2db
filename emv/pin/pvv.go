package pin

import (
	"crypto/subtle"
	"errors"
	"fmt"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/emv/secret"
)

// PVV is a Visa PIN verification value: four decimal digits (ASCII). It is a
// reference, not a secret by itself; one PIN in about ten thousand matches it.
type PVV [4]byte

// ParsePVV reads the four digits. The error wraps emv.ErrMalformed.
func ParsePVV(digits []byte) (PVV, error) {
	if len(digits) != len(PVV{}) || !emv.Decimal(digits) {
		return PVV{}, fmt.Errorf("parse PVV: want %d digits: %w", len(PVV{}), emv.ErrMalformed)
	}
	return PVV(digits), nil
}

// String returns the four digits.
func (v PVV) String() string { return string(v[:]) }

// pvkiMax is the highest PIN verification key index, which is one digit.
const pvkiMax = 9

// PVK is a PIN verification key, two-key TDES, with its index (PVKI), 0 to 9.
type PVK struct {
	Key   secret.Key
	Index uint8
}

// PVVResult is a PVV with how it came about.
type PVVResult struct {
	PVV         PVV
	Cryptogram  [8]byte // what the digits were taken from
	LettersUsed bool    // the cryptogram had fewer than four decimal digits
}

// PVV computes the PIN verification value of a PIN: the 11 rightmost digits of
// the PAN without its check digit, the key index and the first four digits of
// the PIN, enciphered under the key; the value is the first four decimal digits
// of that, and where there are fewer the letters A to F less 10 follow.
func (k PVK) PVV(pan account.PAN, p PIN) (PVVResult, error) {
	input, err := k.input(pan, p)
	if err != nil {
		return PVVResult{}, fmt.Errorf("compute PVV: %w", err)
	}
	defer secret.Wipe(input[:])
	var r PVVResult
	k.Key.Encrypt(r.Cryptogram[:], input[:])
	r.PVV, r.LettersUsed = takeDigits(r.Cryptogram)
	return r, nil
}

// Verify compares the PVV of a PIN with the one on record, in constant time. The
// error wraps emv.ErrWrongPIN where they differ.
func (k PVK) Verify(pan account.PAN, p PIN, recorded PVV) error {
	r, err := k.PVV(pan, p)
	if err != nil {
		return err
	}
	if subtle.ConstantTimeCompare(r.PVV[:], recorded[:]) != 1 {
		return fmt.Errorf("verify PVV: %w", emv.ErrWrongPIN)
	}
	return nil
}

// MatchIndexes returns the key indexes, 0 to 9, with which the PIN would give
// the PVV on record, to explain one that does not verify.
func (k PVK) MatchIndexes(pan account.PAN, p PIN, recorded PVV) []uint8 {
	var found []uint8
	for k.Index = 0; k.Index <= pvkiMax; k.Index++ {
		if k.Verify(pan, p, recorded) == nil {
			found = append(found, k.Index)
		}
	}
	return found
}

// pvvPANDigits and pvvPINDigits are the numbers of digits that go into a PVV.
const (
	pvvPANDigits = 11
	pvvPINDigits = 4
)

// input returns the block that is enciphered (transformed security parameter).
func (k PVK) input(pan account.PAN, p PIN) (block [8]byte, err error) {
	switch {
	case k.Key.Algorithm() != secret.TDES:
		return block, errors.New("the key is not a TDES key")
	case k.Index > pvkiMax:
		return block, fmt.Errorf("key index %d, want 0 to %d", k.Index, pvkiMax)
	case pan.Len() <= pvvPANDigits:
		return block, fmt.Errorf("PAN of %d digits, want more than %d", pan.Len(), pvvPANDigits)
	case p.IsZero():
		return block, errors.New("no PIN given")
	}
	pan.Open(func(digits []byte) {
		for i, d := range digits[len(digits)-1-pvvPANDigits : len(digits)-1] {
			emv.XorNibble(block[:], i, d-'0')
		}
	})
	emv.XorNibble(block[:], pvvPANDigits, k.Index)
	p.Open(func(digits []byte) {
		for i, d := range digits[:pvvPINDigits] {
			emv.XorNibble(block[:], pvvPANDigits+1+i, d-'0')
		}
	})
	return block, nil
}

// takeDigits returns the first four decimal digits of a cryptogram, and where it
// has fewer, first letters less 10 behind them.
func takeDigits(cryptogram [8]byte) (v PVV, letters bool) {
	taken := 0
	take := func(low, high byte) {
		for i := range 2 * len(cryptogram) {
			nibble := emv.Nibble(cryptogram[:], i)
			if nibble >= low && nibble <= high && taken < len(v) {
				v[taken] = '0' + nibble - low
				taken++
			}
		}
	}
	take(0x0, 0x9)
	letters = taken < len(v)
	take(0xA, 0xF)
	return v, letters
}
