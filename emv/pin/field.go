package pin

import (
	"errors"
	"io"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/secret"
)

// lay returns control nibble, length, digits and filler: the whole block of
// formats 1 and 2, and the PIN's part of the others.
func (f Format) lay(p PIN, random io.Reader) (field [blockSize]byte, err error) {
	if p.IsZero() {
		return field, errors.New("no PIN given")
	}
	fill, err := f.fill(random)
	if err != nil {
		return field, err
	}
	field[0] = f.control()<<4 | byte(p.Len())
	p.Open(func(digits []byte) {
		for i, nibble := range fill {
			if i < len(digits) {
				nibble = digits[i] - '0'
			}
			emv.XorNibble(field[:], 2+i, nibble)
		}
	})
	return field, nil
}

// read takes apart what lay made. It looks at every nibble whatever it finds
// and has one error.
func (f Format) read(field [blockSize]byte) (PIN, error) {
	n := int(field[0] & 0x0F)
	good := field[0]>>4 == f.control() && n >= DigitsMin && n <= DigitsMax
	var digits [fillNibbles]byte
	defer secret.Wipe(digits[:])
	for i := range digits {
		nibble := emv.Nibble(field[:], 2+i)
		digits[i] = '0' + nibble
		fits := nibble <= 9
		if i >= n {
			fits = f.isFill(nibble)
		}
		good = good && fits
	}
	if !good {
		return PIN{}, errBlock
	}
	return PIN{digits: secret.New(digits[:n])}, nil
}
