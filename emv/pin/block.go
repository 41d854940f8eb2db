package pin

import (
	"crypto/des"
	"errors"
	"fmt"
	"io"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/emv/secret"
)

// blockSize is the length in bytes of a PIN block of formats 0 to 3, and of the
// part of a format 4 PIN field that is not random.
const blockSize = des.BlockSize

// errBlock is the one answer to every block that can not be read.
var errBlock = fmt.Errorf("not a PIN block of this format and account: %w", emv.ErrBadPINBlock)

// Block is a clear PIN block of format 0, 1, 2 or 3. The zero Block is none.
type Block struct {
	secret.Opaque
	clear secret.Value
}

// ParseBlock takes the 8 bytes of a clear PIN block, of whatever format. The
// error wraps emv.ErrBadPINBlock.
func ParseBlock(clear []byte) (Block, error) {
	if len(clear) != blockSize {
		return Block{}, fmt.Errorf("parse PIN block: %d bytes, want %d: %w", len(clear), blockSize, emv.ErrBadPINBlock)
	}
	return Block{clear: secret.New(clear)}, nil
}

// Encode returns the PIN block of a PIN in format 0, 1, 2 or 3; see Encipher4
// for format 4. pan is needed by formats 0 and 3, random by formats 1 and 3; the
// others do not look at them.
func Encode(f Format, p PIN, pan account.PAN, random io.Reader) (Block, error) {
	if f < Format0 || f > Format3 {
		return Block{}, fmt.Errorf("encode PIN block: format %v has no clear block", f)
	}
	block, err := f.lay(p, random)
	defer secret.Wipe(block[:])
	if err != nil {
		return Block{}, fmt.Errorf("encode PIN block: %w", err)
	}
	if f.bindsPAN() {
		if err := combine(&block, pan); err != nil {
			return Block{}, fmt.Errorf("encode PIN block: %w", err)
		}
	}
	return Block{clear: secret.New(block[:])}, nil
}

// Decode returns the PIN of a block. It is strict: control nibble, length 4 to
// 12, decimal digits and the format's filler must all be right, or the error
// wraps emv.ErrBadPINBlock and does not tell which was not. With a format 0 or
// 3 block of another PAN the digits or the filler are wrong, most of the time:
// the first two digits of the PIN are not bound to the PAN.
func Decode(f Format, b Block, pan account.PAN) (p PIN, err error) {
	if f < Format0 || f > Format3 {
		return PIN{}, fmt.Errorf("decode PIN block: format %v has no clear block", f)
	}
	if b.IsZero() {
		return PIN{}, errors.New("decode PIN block: no block given")
	}
	var block [blockSize]byte
	defer secret.Wipe(block[:])
	b.Open(func(clear []byte) { copy(block[:], clear) })
	if f.bindsPAN() {
		if err := combine(&block, pan); err != nil {
			return PIN{}, fmt.Errorf("decode PIN block: %w", err)
		}
	}
	p, err = f.read(block)
	if err != nil {
		return PIN{}, fmt.Errorf("decode PIN block: %w", err)
	}
	return p, nil
}

// Formats returns those of the formats 0 to 3 in which Decode reads the block,
// to explain a block that does not decode. Formats 0 and 3 are left out where
// no PAN is given.
func Formats(b Block, pan account.PAN) []Format {
	var found []Format
	for f := Format0; f <= Format3; f++ {
		if _, err := Decode(f, b, pan); err == nil {
			found = append(found, f)
		}
	}
	return found
}

// Open calls use with a copy of the 8 bytes and wipes it when use returns.
func (b Block) Open(use func(clear []byte)) { b.clear.Open(use) }

// IsZero reports whether b is no block.
func (b Block) IsZero() bool { return b.clear.IsZero() }

// Equal compares two blocks in constant time.
func (b Block) Equal(o Block) bool { return b.clear.Equal(o.clear) }

// Encipher returns the block enciphered under a TDES key, in ECB mode. It panics
// where the key is of another algorithm or there is no block.
func (b Block) Encipher(key secret.Key) (enciphered [8]byte) {
	wantTDES(key)
	b.Open(func(clear []byte) { key.Encrypt(enciphered[:], clear) })
	return enciphered
}

// DecipherBlock returns the block that was enciphered under a TDES key. Whether
// it was the right key shows when the block is decoded. It panics where the key
// is of another algorithm.
func DecipherBlock(key secret.Key, enciphered [8]byte) Block {
	wantTDES(key)
	key.Decrypt(enciphered[:], enciphered[:])
	defer secret.Wipe(enciphered[:])
	return Block{clear: secret.New(enciphered[:])}
}

// wantTDES panics where a key is not a TDES key.
func wantTDES(key secret.Key) {
	if key.Algorithm() != secret.TDES {
		panic("pin: PIN block of 8 bytes under a key that is not TDES")
	}
}

// panDigits is the number of PAN digits that formats 0 and 3 are bound to.
const panDigits = 12

// combine combines the block with the 12 rightmost digits of the PAN without
// its check digit, by exclusive or. A PAN with fewer digits counts as one with
// zeros on the left.
func combine(block *[blockSize]byte, pan account.PAN) error {
	if pan.IsZero() {
		return errors.New("the format needs a PAN")
	}
	pan.Open(func(digits []byte) {
		digits = digits[max(0, len(digits)-1-panDigits) : len(digits)-1]
		for i, d := range digits {
			emv.XorNibble(block[:], 2*blockSize-len(digits)+i, d-'0')
		}
	})
	return nil
}
