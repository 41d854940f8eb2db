package image

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"

	"github.com/f510b0cf/till/emv"
)

// coder writes or reads the fields of an image, one after the other: numbers as
// one byte, byte strings behind their length in two bytes, lists behind their
// count in one. After the first error it does nothing more.
type coder struct {
	reading bool
	read    uint8  // schema version that is read
	b       []byte // what was written, or what is left to read
	err     error
}

// encode returns the encoded image. The caller wipes it, whether there is an
// error or not. It has its final capacity from the start, so that growing leaves
// no copy of a secret behind.
func encode(i Image) ([]byte, error) {
	c := coder{b: make([]byte, 0, encodedBytesMax)}
	c.image(&i)
	return c.b, c.err
}

// decode reads an encoded image. It is strict: there is one encoding of an
// image in each version, and bytes that are left over are an error.
func decode(b []byte) (Image, error) {
	c := coder{reading: true, b: b}
	var i Image
	c.image(&i)
	if c.err == nil && len(c.b) > 0 {
		c.fail("%d bytes left over", len(c.b))
	}
	if c.err != nil {
		return Image{}, c.err
	}
	return i, nil
}

// fail keeps the first error.
func (c *coder) fail(format string, args ...any) {
	if c.err == nil {
		c.err = fmt.Errorf(format+": %w", append(args, emv.ErrMalformed)...)
	}
}

// put appends bytes, within the size of an image.
func (c *coder) put(b ...byte) {
	if c.err == nil && len(c.b)+len(b) > cap(c.b) {
		c.fail("image of more than %d bytes", cap(c.b))
	}
	if c.err == nil {
		c.b = append(c.b, b...)
	}
}

// take returns the next n bytes; after an error that many zeros.
func (c *coder) take(n int) []byte {
	if c.err == nil && n > len(c.b) {
		c.err = fmt.Errorf("image ends early: %w", io.ErrUnexpectedEOF)
	}
	if c.err != nil {
		return make([]byte, n)
	}
	taken := c.b[:n]
	c.b = c.b[n:]
	return taken
}

// version writes the schema version, or checks it.
func (c *coder) version() {
	if !c.reading {
		c.put(schemaVersion)
		return
	}
	c.read = c.take(1)[0]
	if c.err == nil && (c.read < schemaOldest || c.read > schemaVersion) {
		c.err = fmt.Errorf("version %d, this till reads %d to %d: %w", c.read, schemaOldest, schemaVersion, ErrVersion)
	}
}

// has reports whether the encoding has the fields that came with a version.
func (c *coder) has(version uint8) bool { return !c.reading || c.read >= version }

// number is a number of one byte up to most.
func (c *coder) number(name string, n *uint8, most uint8) {
	if c.reading {
		*n = c.take(1)[0]
	}
	if *n > most {
		c.fail("%s: %d, at most %d", name, *n, most)
	}
	if !c.reading {
		c.put(*n)
	}
}

// boolean is 0 or 1.
func (c *coder) boolean(name string, v *bool) {
	var n uint8
	if *v {
		n = 1
	}
	c.number(name, &n, 1)
	*v = n == 1
}

// fixed is bytes whose number is known.
func (c *coder) fixed(b []byte) {
	if c.reading {
		copy(b, c.take(len(b)))
		return
	}
	c.put(b...)
}

// lengthBytes is the size of the length of a byte string.
const lengthBytes = 2

// value is a byte string of at most that many bytes. get calls use with the
// bytes that are written; set takes those that were read, which it does not
// keep.
func (c *coder) value(name string, most int, get func(use func(b []byte)), set func(b []byte) error) {
	if c.reading {
		c.readValue(name, most, set)
		return
	}
	get(func(b []byte) {
		if len(b) > most {
			c.fail("%s: %d bytes, at most %d", name, len(b), most)
			return
		}
		c.put(binary.BigEndian.AppendUint16(nil, uint16(len(b)))...)
		c.put(b...)
	})
}

func (c *coder) readValue(name string, most int, set func(b []byte) error) {
	length := int(binary.BigEndian.Uint16(c.take(lengthBytes)))
	if length > most {
		c.fail("%s: %d bytes, at most %d", name, length, most)
	}
	b := c.take(length)
	if c.err != nil {
		return
	}
	if err := set(b); err != nil {
		c.err = fmt.Errorf("%s: %w", name, err)
	}
}

// bytes is a byte string; an empty one is read as nil.
func (c *coder) bytes(name string, b *[]byte, most int) {
	c.value(name, most,
		func(use func([]byte)) { use(*b) },
		func(read []byte) error {
			if len(read) > 0 {
				*b = bytes.Clone(read)
			}
			return nil
		})
}

// text is a byte string that is held as characters.
func (c *coder) text(name string, s *string, most int) {
	c.value(name, most,
		func(use func([]byte)) { use([]byte(*s)) },
		func(read []byte) error { *s = string(read); return nil })
}

// list is a count and that many items; none are read as nil.
func list[T any](c *coder, name string, items *[]T, most uint8, each func(*coder, *T)) {
	if len(*items) > int(most) {
		c.fail("%s: %d, at most %d", name, len(*items), most)
		return
	}
	count := uint8(len(*items))
	c.number(name, &count, most)
	if c.reading && c.err == nil && count > 0 {
		*items = make([]T, count)
	}
	for i := range *items {
		each(c, &(*items)[i])
	}
}

// optional is a flag and, where it is set, the item.
func optional[T any](c *coder, name string, item **T, walk func(*coder, *T)) {
	there := *item != nil
	c.boolean(name, &there)
	if !there || c.err != nil {
		return
	}
	if c.reading {
		*item = new(T)
	}
	walk(c, *item)
}
