package message

import (
	"slices"

	"github.com/moov-io/iso8583"

	"github.com/f510b0cf/till/emv/secret"
)

// Faults of elements that are there or not.
const (
	errMissing fault = "missing"
	errUnknown fault = "not an element of this message"
)

// scratchBytes is room for the values of all elements of a message. Where they
// need more, copies that are not wiped stay behind.
const scratchBytes = 1024

// coder writes the elements of a message or reads them, one after the other.
// After the first error it does nothing more.
type coder struct {
	dialect   *Dialect
	layout    *layout
	message   *iso8583.Message
	unpacking bool
	present   elementSet // what is there to read
	skip      elementSet // what is not written
	second    bool       // an element behind DE 64 was written
	scratch   []byte     // values that were written, wiped in the end
	err       error
}

// codec says how a type of value is written as the characters of an element.
type codec[T any] struct {
	isZero func(v T) bool
	// zeroCounts says that the zero value is written where the element is
	// mandatory; else it means that there is none.
	zeroCounts bool
	append     func(dst []byte, v T, e *element) []byte
	parse      func(value []byte, e *element) (T, error) // does not keep value
}

// edition is that of the dialect.
func (c *coder) edition() edition { return c.dialect.rules.edition }

// fail keeps the first error.
func (c *coder) fail(number int, cause error) {
	if c.err == nil {
		c.err = c.dialect.fail(number, cause)
	}
}

// transfer writes or reads an element that is absent where v is zero.
func transfer[T any](c *coder, number int, v *T, k codec[T]) {
	has := !c.unpacking && (!k.isZero(*v) || k.zeroCounts && c.layout.mandatory.has(number))
	flagged(c, number, v, &has, k)
}

// flagged writes or reads an element that is there if has is true.
func flagged[T any](c *coder, number int, v *T, has *bool, k codec[T]) {
	switch {
	case c.err != nil:
	case c.unpacking:
		*has = c.present.has(number)
		if *has {
			read(c, number, v, k)
		}
	case c.skip.has(number):
	case *has:
		write(c, number, *v, k)
	case c.layout.mandatory.has(number):
		c.fail(number, errMissing)
	}
}

// read parses an element that is there.
func read[T any](c *coder, number int, v *T, k codec[T]) {
	e := c.dialect.elements[number]
	value, err := c.message.GetBytes(number)
	if err == nil {
		err = e.check(value)
	}
	if err == nil {
		*v, err = k.parse(value, e)
	}
	secret.Wipe(value)
	if err != nil {
		c.fail(number, err)
	}
}

// dispensable elements are left out of messages that have no place for them: what
// they say is said elsewhere, or can be done without.
var dispensable = elements(12, 13, 14, 18, 19, 26, 27, 32, 33, 37, 38, 42, 43)

// repeated elements of an authorization response say again what the request said, or
// are balances. The amount is not among them: it may be less than what was asked for.
var repeated = elements(2, 3, 49, 54)

// write hands an element to the library. What is written must read back, so that
// neither end sends what the other refuses.
func write[T any](c *coder, number int, v T, k codec[T]) {
	if !c.layout.all().has(number) {
		if !dispensable.has(number) && !(c.layout.kind == KindAuthorizationResponse && repeated.has(number)) {
			c.fail(number, errUnknown)
		}
		return
	}
	c.second = c.second || number > elementMAC
	e, start := c.dialect.elements[number], len(c.scratch)
	c.scratch = k.append(c.scratch, v, e)
	value := slices.Clip(c.scratch[start:])
	err := e.check(value)
	if err == nil {
		_, err = k.parse(value, e)
	}
	if err == nil {
		err = c.message.BinaryField(number, value)
	}
	if err != nil {
		c.fail(number, err)
	}
}
