package tables

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"
	"time"

	"github.com/f510b0cf/till/issuer/store"
)

// coder writes or reads the fields of a row, one after the other: numbers as
// varints, byte strings behind their length, lists behind their count. After the
// first error it reads zeros.
type coder struct {
	reading bool
	b       []byte // what was written, or what is left to read
	err     error
}

// encode returns the bytes of what walk writes.
func encode(capacity int, walk func(*coder)) []byte {
	c := coder{b: make([]byte, 0, capacity)}
	walk(&c)
	return c.b
}

// decode reads a row; byte strings share the memory of a copy of it. Bytes that are
// left over are an error, which wraps store.ErrRecord.
func decode(row []byte, walk func(*coder)) error {
	c := coder{reading: true, b: bytes.Clone(row)}
	walk(&c)
	if len(c.b) > 0 {
		c.fail("bytes left over")
	}
	return c.err
}

// fail keeps the first error and leaves nothing to read.
func (c *coder) fail(cause string) {
	if c.err == nil {
		c.err = fmt.Errorf("read row: %s: %w", cause, store.ErrRecord)
	}
	c.b = nil
}

// unsigned are the types of numbers without a sign.
type unsigned interface {
	~uint8 | ~uint16 | ~uint32 | ~uint64
}

// number is a number without a sign.
func number[T unsigned](c *coder, v *T) {
	if !c.reading {
		c.b = binary.AppendUvarint(c.b, uint64(*v))
		return
	}
	if len(c.b) > 0 && c.b[0] < 0x80 { // most numbers are small
		*v, c.b = T(c.b[0]), c.b[1:]
		return
	}
	n, size := binary.Uvarint(c.b)
	if size <= 0 || uint64(T(n)) != n {
		c.fail("number out of range")
		return
	}
	*v, c.b = T(n), c.b[size:]
}

// signed is a number with a sign.
func (c *coder) signed(v *int64) {
	if !c.reading {
		c.b = binary.AppendVarint(c.b, *v)
		return
	}
	n, size := binary.Varint(c.b)
	if size <= 0 {
		c.fail("number out of range")
		return
	}
	*v, c.b = n, c.b[size:]
}

// boolean is 0 or 1.
func (c *coder) boolean(v *bool) {
	var n uint8
	if *v {
		n = 1
	}
	number(c, &n)
	if n > 1 {
		c.fail("neither 0 nor 1")
	}
	*v = n == 1
}

// second is a moment to the second.
func (c *coder) second(t *time.Time) {
	n := t.Unix()
	c.signed(&n)
	if c.reading {
		*t = time.Unix(n, 0).UTC()
	}
}

// millisecond is a moment to the millisecond.
func (c *coder) millisecond(t *time.Time) {
	n := t.UnixMilli()
	c.signed(&n)
	if c.reading {
		*t = time.UnixMilli(n).UTC()
	}
}

// fixed is bytes whose number is known.
func (c *coder) fixed(b []byte) {
	if !c.reading {
		c.b = append(c.b, b...)
		return
	}
	copy(b, c.take(len(b)))
}

// take returns the next n bytes, nil where there are fewer.
func (c *coder) take(n int) []byte {
	if n > len(c.b) {
		c.fail("row ends early")
		return nil
	}
	taken := c.b[:n]
	c.b = c.b[n:]
	return taken
}

// length is the length of what follows; it can not be more than what is left.
func (c *coder) length(n int) int {
	v := uint64(n)
	number(c, &v)
	if c.reading && v > uint64(len(c.b)) {
		c.fail("row ends early")
		return 0
	}
	return int(v)
}

// bytes is a byte string; an empty one is read as nil.
func (c *coder) bytes(b *[]byte) {
	n := c.length(len(*b))
	if c.reading {
		if *b = slices.Clip(c.take(n)); n == 0 {
			*b = nil
		}
		return
	}
	c.b = append(c.b, *b...)
}

// text is a byte string that is held as characters.
func (c *coder) text(s *string) {
	n := c.length(len(*s))
	if c.reading {
		*s = string(c.take(n))
		return
	}
	c.b = append(c.b, *s...)
}

// list is a count and that many items of at least one byte each; none are read as
// nil.
func list[T any](c *coder, items *[]T, each func(*coder, *T)) {
	n := c.length(len(*items))
	if c.reading {
		*items = nil
		if n > 0 {
			*items = make([]T, n, n+1) // most often one is added
		}
	}
	for i := range *items {
		each(c, &(*items)[i])
	}
}
