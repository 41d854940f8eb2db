package pin

import (
	"crypto/subtle"
	"errors"
	"fmt"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/emv/secret"
)

// validationDigits is the length of the validation data of the IBM 3624 method,
// in digits: one block.
const validationDigits = 16

// Decimalisation is a decimalisation table: the decimal digit (ASCII) that
// stands for each hexadecimal digit, 0 to F.
type Decimalisation [16]byte

// ParseDecimalisation reads the sixteen digits of a table. The error wraps
// emv.ErrMalformed. Whether the table is balanced is not examined.
func ParseDecimalisation(digits []byte) (Decimalisation, error) {
	if len(digits) != len(Decimalisation{}) || !emv.Decimal(digits) {
		return Decimalisation{}, fmt.Errorf("parse decimalisation table: want %d decimal digits: %w", len(Decimalisation{}), emv.ErrMalformed)
	}
	return Decimalisation(digits), nil
}

// IBM3624 is the IBM 3624 method with its parameters: validation data are
// Length digits of the PAN from the one at Start (counted from 0 on the left),
// filled up with Pad on the right to 16 digits.
type IBM3624 struct {
	PVK    secret.Key // two-key TDES
	Table  Decimalisation
	Start  int
	Length int  // 1 to 16
	Pad    byte // 0x0 to 0xF
}

// NaturalPIN returns the PIN of that many digits, 4 to 12, that the method
// assigns to an account: the leftmost decimalised digits of the enciphered
// validation data.
func (m IBM3624) NaturalPIN(pan account.PAN, digits int) (PIN, error) {
	natural, err := m.natural(pan, digits)
	defer secret.Wipe(natural)
	if err != nil {
		return PIN{}, fmt.Errorf("compute natural PIN: %w", err)
	}
	return Parse(natural)
}

// Offset returns the offset of a PIN: PIN less natural PIN, digit by digit
// modulo 10. It is as long as the PIN and not secret.
func (m IBM3624) Offset(pan account.PAN, p PIN) (string, error) {
	if p.IsZero() {
		return "", errors.New("compute offset: no PIN given")
	}
	offset, err := m.natural(pan, p.Len())
	if err != nil {
		return "", fmt.Errorf("compute offset: %w", err)
	}
	p.Open(func(digits []byte) {
		for i, d := range digits {
			offset[i] = '0' + (d-offset[i]+10)%10
		}
	})
	return string(offset), nil
}

// PIN returns the PIN that belongs to an offset.
func (m IBM3624) PIN(pan account.PAN, offset string) (PIN, error) {
	if err := checkOffset(offset); err != nil {
		return PIN{}, fmt.Errorf("compute PIN: %w", err)
	}
	digits, err := m.natural(pan, len(offset))
	defer secret.Wipe(digits)
	if err != nil {
		return PIN{}, fmt.Errorf("compute PIN: %w", err)
	}
	for i := range digits {
		digits[i] = '0' + (digits[i]-'0'+offset[i]-'0')%10
	}
	return Parse(digits)
}

// Verify compares the offset of a PIN with the one on record, in constant time.
// The error wraps emv.ErrWrongPIN where they differ, in length too.
func (m IBM3624) Verify(pan account.PAN, p PIN, recorded string) error {
	if err := checkOffset(recorded); err != nil {
		return fmt.Errorf("verify offset: %w", err)
	}
	offset, err := m.Offset(pan, p)
	if err != nil {
		return fmt.Errorf("verify offset: %w", err)
	}
	if subtle.ConstantTimeCompare([]byte(offset), []byte(recorded)) != 1 {
		return fmt.Errorf("verify offset: %w", emv.ErrWrongPIN)
	}
	return nil
}

// checkOffset refuses what is no offset.
func checkOffset(offset string) error {
	if len(offset) < DigitsMin || len(offset) > DigitsMax || !emv.Decimal([]byte(offset)) {
		return fmt.Errorf("offset: want %d to %d digits: %w", DigitsMin, DigitsMax, emv.ErrMalformed)
	}
	return nil
}

// natural returns that many digits (ASCII) of the natural PIN.
func (m IBM3624) natural(pan account.PAN, digits int) ([]byte, error) {
	if digits < DigitsMin || digits > DigitsMax {
		return nil, fmt.Errorf("%d digits, want %d to %d", digits, DigitsMin, DigitsMax)
	}
	if err := m.check(pan); err != nil {
		return nil, err
	}
	block := m.validationData(pan)
	defer secret.Wipe(block[:])
	m.PVK.Encrypt(block[:], block[:])
	natural := make([]byte, digits)
	for i := range natural {
		natural[i] = m.Table[emv.Nibble(block[:], i)]
	}
	return natural, nil
}

// check refuses parameters that do not fit together.
func (m IBM3624) check(pan account.PAN) error {
	switch {
	case m.PVK.Algorithm() != secret.TDES:
		return errors.New("the key is not a TDES key")
	case !emv.Decimal(m.Table[:]):
		return errors.New("the decimalisation table is not set")
	case m.Length < 1 || m.Length > validationDigits:
		return fmt.Errorf("validation digits: want 1 to %d", validationDigits)
	case m.Start < 0 || m.Start > pan.Len()-m.Length:
		return fmt.Errorf("validation digits beyond the PAN: the PAN has %d digits", pan.Len())
	case m.Pad > 0x0F:
		return errors.New("the pad is no hexadecimal digit")
	}
	return nil
}

// validationData returns the block of PAN digits and padding.
func (m IBM3624) validationData(pan account.PAN) (block [validationDigits / 2]byte) {
	pan.Open(func(digits []byte) {
		for i := range validationDigits {
			nibble := m.Pad
			if i < m.Length {
				nibble = digits[m.Start+i] - '0'
			}
			emv.XorNibble(block[:], i, nibble)
		}
	})
	return block
}
