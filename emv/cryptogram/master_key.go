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

// DiversificationBlock returns the 8 bytes that are enciphered to give the left
// half of the ICC master key. It is a secret because it holds digits of the
// PAN: under option A the last 14 of them, or all where there are fewer. EMV
// Book 2, Annex A1.4.
func DiversificationBlock(pan account.PAN, n account.SequenceNumber, o Option) secret.Value {
	block := diversificationBlock(pan, n, o)
	defer secret.Wipe(block[:])
	return secret.New(block[:])
}

// MasterKey returns the ICC master key that imk, a TDES key, gives for the card
// with that PAN and sequence number, with odd parity: the left half is the
// diversification block enciphered, the right half its complement enciphered.
// EMV Book 2, Annex A1.4.
func MasterKey(imk secret.Key, pan account.PAN, n account.SequenceNumber, o Option) secret.Key {
	left := diversificationBlock(pan, n, o)
	defer secret.Wipe(left[:])
	right := left
	defer secret.Wipe(right[:])
	for i := range right {
		right[i] = ^right[i]
	}
	return imk.Derive(left, right)
}

func diversificationBlock(pan account.PAN, n account.SequenceNumber, o Option) (block [8]byte) {
	pan.Open(func(digits []byte) {
		if o == OptionB && len(digits) > blockDigits {
			block = hashedBlock(digits, n)
		} else {
			block = lastDigits(digits, n)
		}
	})
	return block
}

// lastDigits packs the last 16 digits of PAN and sequence number, with zeros on
// the left where there are fewer. A PAN of 15 digits or more loses its first.
func lastDigits(digits []byte, n account.SequenceNumber) (block [8]byte) {
	block[7] = n.BCD()
	nibble := blockDigits - 3 // the place of the last PAN digit
	for i := len(digits) - 1; i >= 0 && nibble >= 0; i-- {
		setNibble(&block, nibble, digits[i]-'0')
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
			if d := nibbleAt(hash[:], i); d >= pass.low && d <= pass.high {
				setNibble(&block, filled, d-pass.low)
				filled++
			}
		}
	}
	return block
}

// nibbleAt returns the half byte with index i, the left one of b[0] being 0.
func nibbleAt(b []byte, i int) byte {
	if i%2 == 0 {
		return b[i/2] >> 4
	}
	return b[i/2] & 0x0F
}

// setNibble sets a half byte that is still zero.
func setNibble(b *[8]byte, i int, v byte) {
	if i%2 == 0 {
		v <<= 4
	}
	b[i/2] |= v
}
