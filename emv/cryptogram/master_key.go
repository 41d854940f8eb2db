package cryptogram

import (
	"crypto/sha1"
	"fmt"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/emv/secret"
)

// Option is the way in which a PAN and its sequence number become the block
// that diversifies an issuer master key. EMV Book 2, Annex A1.4.
type Option uint8

const (
	// OptionA takes the last 16 digits of PAN and sequence number. EMV Book 2,
	// Annex A1.4.1.
	OptionA Option = iota + 1
	// OptionB is option A for a PAN of up to 16 digits; a longer one is hashed,
	// so that all of its digits count. EMV Book 2, Annex A1.4.2.
	OptionB
)

// ParseOption reads "A" or "B".
func ParseOption(s string) (Option, error) {
	switch s {
	case "A":
		return OptionA, nil
	case "B":
		return OptionB, nil
	}
	return 0, fmt.Errorf("parse master key option: want A or B: %w", emv.ErrMalformed)
}

// String returns "A" or "B".
func (o Option) String() string {
	switch o {
	case OptionA:
		return "A"
	case OptionB:
		return "B"
	}
	return fmt.Sprintf("Option(%d)", uint8(o))
}

// blockDigits is the number of decimal digits in a diversification block.
const blockDigits = 16

// DiversificationBlocks returns the blocks whose encipherments are the halves of
// MasterKey, 8 bytes each: the right one is the complement of the left one. They
// are secrets because they hold digits of the PAN: under option A the last 14 of
// them, or all where there are fewer. It panics as MasterKey does. EMV Book 2,
// Annex A1.4.
func DiversificationBlocks(pan account.PAN, n account.SequenceNumber, o Option) (left, right secret.Value) {
	l, r := diversificationBlocks(pan, n, o)
	defer secret.Wipe(l[:])
	defer secret.Wipe(r[:])
	return secret.New(l[:]), secret.New(r[:])
}

// MasterKey returns the ICC master key that imk, a TDES key, gives for the card
// with that PAN and sequence number, with odd parity. It panics without a PAN or
// an option: all cards would have one key. EMV Book 2, Annex A1.4.
func MasterKey(imk secret.Key, pan account.PAN, n account.SequenceNumber, o Option) secret.Key {
	left, right := diversificationBlocks(pan, n, o)
	defer secret.Wipe(left[:])
	defer secret.Wipe(right[:])
	return imk.Derive(left, right)
}

func diversificationBlocks(pan account.PAN, n account.SequenceNumber, o Option) (left, right [8]byte) {
	if pan.IsZero() {
		panic("cryptogram: diversify a master key without a PAN")
	}
	if o != OptionA && o != OptionB {
		panic("cryptogram: diversify a master key by " + o.String())
	}
	pan.Open(func(digits []byte) {
		if o == OptionB && len(digits) > blockDigits {
			left = hashedBlock(digits, n)
		} else {
			left = lastDigits(digits, n)
		}
	})
	for i := range left {
		right[i] = ^left[i]
	}
	return left, right
}

// lastDigits packs the last 16 digits of PAN and sequence number, with zeros on
// the left where there are fewer. A PAN of 15 digits or more loses its first.
func lastDigits(digits []byte, n account.SequenceNumber) (block [8]byte) {
	block[7] = n.BCD()
	nibble := blockDigits - 3 // the place of the last PAN digit
	for i := len(digits) - 1; i >= 0 && nibble >= 0; i-- {
		emv.XorNibble(block[:], nibble, digits[i]-'0')
		nibble--
	}
	return block
}

// hashedBlock packs the first 16 decimal digits of the SHA-1 hash of PAN and
// sequence number, packed with a zero on the left where the count is odd. Where
// the hash has fewer, its letters follow as digits, A for 0 to F for 5.
func hashedBlock(digits []byte, n account.SequenceNumber) (block [8]byte) {
	padded := digits
	if len(digits)%2 == 1 {
		padded = append([]byte{'0'}, digits...)
		defer secret.Wipe(padded)
	}
	packed := append(account.Pack(padded), n.BCD())
	defer secret.Wipe(packed)
	hash := sha1.Sum(packed)
	filled := 0
	for _, pass := range [2]struct{ low, high byte }{{0x0, 0x9}, {0xA, 0xF}} {
		for i := 0; i < 2*len(hash) && filled < blockDigits; i++ {
			if d := emv.Nibble(hash[:], i); d >= pass.low && d <= pass.high {
				emv.XorNibble(block[:], filled, d-pass.low)
				filled++
			}
		}
	}
	return block
}
