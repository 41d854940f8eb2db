package message

import (
	"crypto/subtle"
	"errors"
	"fmt"
	"slices"

	"github.com/f510b0cf/till/emv/secret"
)

// MACBytes is the length of a message authentication code (DE 64 or 128).
const MACBytes = 8

// ErrMAC says that a message has no message authentication code, or a wrong one.
var ErrMAC = errors.New("message authentication code is missing or wrong")

// elementMAC is the element that is the last of a message with one bitmap; that of a
// message with two is elementMAC2.
const (
	elementMAC  = 64
	elementMAC2 = 128
)

// mac is the message authentication code: DE 128 where a message has elements behind
// DE 64, of which it is the last.
func mac(c *coder, v *[]byte) {
	number := elementMAC
	if c.second || c.present.has(elementMAC2) {
		number = elementMAC2
	}
	raw(c, number, v)
}

// Authenticate returns a packed message with its message authentication code, which
// covers all bytes before it. The key tells the algorithm: under TDES the retail MAC
// of ANSI X9.19, under AES the first 8 bytes of CMAC (RFC 4493).
func (d *Dialect) Authenticate(b []byte, key secret.Key) ([]byte, error) {
	at, bitmap, err := d.lastBitmap(b)
	if err == nil && bitmap[bitmapBytes-1]&1 != 0 {
		err = fault("message has a message authentication code already")
	}
	if err != nil {
		return nil, fmt.Errorf("authenticate message: %w", err)
	}
	bitmap[bitmapBytes-1] |= 1
	code := d.rules.alphabet.bitmap
	written, err := code.Encode(bitmap)
	if err != nil {
		return nil, fmt.Errorf("authenticate message: %w", faultOf(err))
	}
	covered := slices.Clone(b)
	copy(covered[at:], written)
	sum := macOf(covered, key)
	value, err := d.rules.alphabet.bytes.Encode(sum[:])
	if err != nil {
		return nil, fmt.Errorf("authenticate message: %w", faultOf(err))
	}
	if len(covered)+len(value) > BytesMax {
		return nil, fmt.Errorf("authenticate message: %w", fault(fmt.Sprintf("message of %d bytes, at most %d", len(covered)+len(value), BytesMax)))
	}
	return append(covered, value...), nil
}

// CheckMAC checks the message authentication code of a packed message, whether the
// message can be read or not. The error is ErrMAC.
func (d *Dialect) CheckMAC(b []byte, key secret.Key) error {
	_, bitmap, err := d.lastBitmap(b)
	bytes := d.rules.alphabet.bytes
	end := len(b) - bytes.size(MACBytes)
	if err != nil || bitmap[bitmapBytes-1]&1 == 0 || end < 0 {
		return ErrMAC
	}
	given, _, err := bytes.Decode(b[end:], MACBytes)
	if want := macOf(b[:end], key); err != nil || subtle.ConstantTimeCompare(given, want[:]) != 1 {
		return ErrMAC
	}
	return nil
}

// macOf returns the code over these bytes.
func macOf(covered []byte, key secret.Key) (sum [MACBytes]byte) {
	if key.Algorithm() == secret.AES {
		whole := key.CMAC(covered)
		copy(sum[:], whole[:])
		return sum
	}
	return key.MAC(secret.Padding1, covered)
}

// lastBitmap returns the last bitmap of a packed message, and where it lies: its last
// bit is that of the message authentication code.
func (d *Dialect) lastBitmap(b []byte) (at int, bitmap []byte, err error) {
	a := d.rules.alphabet
	at = a.digits.size(mtiDigits)
	for range 2 {
		if len(b) < at {
			return 0, nil, errShort
		}
		var n int
		if bitmap, n, err = a.bitmap.Decode(b[at:], bitmapBytes); err != nil {
			return 0, nil, err
		}
		if bitmap[0]&0x80 == 0 {
			break
		}
		at += n
	}
	return at, bitmap, nil
}

// TakesMAC reports an error where a kind of message has no place for a message
// authentication code in the dialect.
func (d *Dialect) TakesMAC() error {
	for _, l := range d.layouts {
		all := l.all()
		if !all.has(elementMAC) {
			return fmt.Errorf("dialect %s has no DE %d in %s, for the message authentication code", d.name, elementMAC, l.mti)
		}
		if second := all[1] &^ elements(elementMAC2)[1]; second != 0 && !all.has(elementMAC2) {
			return fmt.Errorf("dialect %s has no DE %d in %s, for the message authentication code", d.name, elementMAC2, l.mti)
		}
	}
	return nil
}
