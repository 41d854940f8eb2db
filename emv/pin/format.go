package pin

import (
	"errors"
	"fmt"
	"io"

	"github.com/f510b0cf/till/emv"
)

// Format is a PIN block format of ISO 9564-1. The zero Format is none.
type Format uint8

// The formats. All are 8 bytes but format 4, which is 16 and exists outside a
// secure device in enciphered form only.
const (
	Format0 Format = iota + 1 // PIN and filler F, combined with the PAN
	Format1                   // PIN and random digits, where there is no PAN
	Format2                   // PIN and filler F, for VERIFY to a chip card and nowhere else
	Format3                   // as format 0 with random filler A to F
	Format4                   // for AES: PIN and random bytes, bound to the PAN by encipherment
)

// String returns the number of the format.
func (f Format) String() string {
	if f < Format0 || f > Format4 {
		return fmt.Sprintf("Format(%d)", uint8(f))
	}
	return string('0' + f.control())
}

// ParseFormat reads the number of a format, "0" to "4".
func ParseFormat(s string) (Format, error) {
	for f := Format0; f <= Format4; f++ {
		if f.String() == s {
			return f, nil
		}
	}
	return 0, fmt.Errorf("parse PIN block format: want 0 to 4: %w", emv.ErrMalformed)
}

// control returns the control nibble, which is the number of the format.
func (f Format) control() byte { return byte(f - Format0) }

// bindsPAN reports whether a block of this format can be read only together
// with its PAN.
func (f Format) bindsPAN() bool { return f == Format0 || f == Format3 || f == Format4 }

// fillNibbles is the number of nibbles behind control and length, which PIN
// digits and filler share.
const fillNibbles = 14

// fill returns the filler for the whole of the PIN's place; the PIN covers its
// start.
func (f Format) fill(random io.Reader) (fill [fillNibbles]byte, err error) {
	switch f {
	case Format1:
		err = fillRandom(&fill, random)
	case Format3:
		err = fillLetters(&fill, random)
	case Format4:
		fillWith(&fill, 0xA)
	default:
		fillWith(&fill, 0xF)
	}
	return fill, err
}

// isFill reports whether a nibble may stand behind the PIN.
func (f Format) isFill(nibble byte) bool {
	switch f {
	case Format1:
		return true
	case Format3:
		return nibble >= 0xA
	case Format4:
		return nibble == 0xA
	}
	return nibble == 0xF
}

func fillWith(fill *[fillNibbles]byte, nibble byte) {
	for i := range fill {
		fill[i] = nibble
	}
}

// fillRandom draws nibbles 0 to F.
func fillRandom(fill *[fillNibbles]byte, random io.Reader) error {
	var drawn [fillNibbles]byte
	if _, err := io.ReadFull(random, drawn[:]); err != nil {
		return fmt.Errorf("draw filler: %w", err)
	}
	for i, b := range drawn {
		fill[i] = b & 0x0F
	}
	return nil
}

// letterDrawsMax bounds how often fillLetters draws; a good source needs a
// second draw once in five times and a fifth one never.
const letterDrawsMax = 32

// fillLetters draws nibbles A to F. Bytes from 252 up are drawn again, since
// 256 is no multiple of 6 and the first four letters would come too often.
func fillLetters(fill *[fillNibbles]byte, random io.Reader) error {
	filled := 0
	for range letterDrawsMax {
		var drawn [fillNibbles]byte
		if _, err := io.ReadFull(random, drawn[:]); err != nil {
			return fmt.Errorf("draw filler: %w", err)
		}
		for _, b := range drawn {
			if b >= 252 || filled == len(fill) {
				continue
			}
			fill[filled] = 0xA + b%6
			filled++
		}
		if filled == len(fill) {
			return nil
		}
	}
	return errors.New("draw filler: the random source gives no usable bytes")
}
