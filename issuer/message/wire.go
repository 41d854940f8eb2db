package message

import (
	stdbinary "encoding/binary"
	"errors"
	"fmt"
	"strconv"

	"github.com/moov-io/iso8583"
	libraryerrors "github.com/moov-io/iso8583/errors"
)

// BytesMax is the longest message, in bytes, that is packed or unpacked.
const BytesMax = 4096

// wire is a message as it was read, its elements not yet understood.
type wire struct {
	dialect *Dialect
	message *iso8583.Message
	layout  *layout // nil where the message type is unknown
	repeat  bool
	present elementSet // elements that were read
}

// read splits a message into its elements. Where an error comes, the wire holds
// what was read before.
func (d *Dialect) read(b []byte) (wire, error) {
	w := wire{dialect: d, message: iso8583.NewMessage(d.spec)}
	if len(b) > BytesMax {
		return w, fault(fmt.Sprintf("message of %d bytes, at most %d", len(b), BytesMax))
	}
	err := w.message.Unpack(b)
	mti := w.value(0)
	if w.layout, w.repeat = d.layoutByMTI(string(mti)); w.layout == nil {
		return w, d.fail(0, fault("unknown message type"))
	}
	if err != nil {
		return w.stopped(err)
	}
	if err := w.readBitmap(elementsMax); err != nil {
		return w, err
	}
	if left := len(b) - w.size(); left != 0 {
		return w, fault(fmt.Sprintf("%d bytes behind the last element", left))
	}
	return w, nil
}

// stopped takes the elements before the one that could not be read.
func (w wire) stopped(err error) (wire, error) {
	var at *libraryerrors.UnpackError
	if !errors.As(err, &at) {
		return w, faultOf(err)
	}
	number, _ := strconv.Atoi(at.FieldID) // the library writes it with Itoa
	if number < 2 {
		return w, w.dialect.fail(number, faultOf(err))
	}
	if err := w.readBitmap(number - 1); err != nil {
		return w, err
	}
	if number > elementsMax || w.dialect.elements[number] == nil {
		return w, w.dialect.fail(number, fault("no element of dialect "+w.dialect.name))
	}
	return w, w.dialect.fail(number, faultOf(err))
}

// readBitmap notes the elements up to last that are there.
func (w *wire) readBitmap(last int) error {
	bitmap, err := w.message.Bitmap().Bytes()
	if err != nil {
		return w.dialect.fail(1, faultOf(err))
	}
	var set elementSet
	for i := range min(len(bitmap)/8, len(set)) {
		set[i] = stdbinary.BigEndian.Uint64(bitmap[8*i:])
	}
	if set.has(65) {
		return w.dialect.fail(1, fault("third bitmap"))
	}
	if set.has(1) && set[1] == 0 {
		return w.dialect.fail(1, fault("second bitmap without an element"))
	}
	for n := range set.without(elements(1)).all() {
		if n <= last {
			w.present.add(n)
		}
	}
	return nil
}

// value returns the characters of an element that is there.
func (w *wire) value(number int) []byte {
	value, err := w.message.GetBytes(number)
	if err != nil {
		panic("message: element that is not in the dialect: " + strconv.Itoa(number))
	}
	return value
}

// size returns the length of all that was read, in bytes.
func (w *wire) size() int {
	alphabet := w.dialect.rules.alphabet
	n := alphabet.digits.size(mtiDigits) + alphabet.bitmap.size(bitmapBytes)
	if w.present[1] != 0 {
		n += alphabet.bitmap.size(bitmapBytes)
	}
	for number := range w.present.all() {
		e := w.dialect.elements[number]
		n += alphabet.digits.size(e.prefix) + alphabet.of(e.format).size(len(w.value(number)))
	}
	return n
}

// checkUnread checks the form of elements that no struct reads: those that a file has
// added to a message.
func (w *wire) checkUnread() error {
	for n := range w.present.without(w.dialect.known).all() {
		if err := w.dialect.elements[n].check(w.value(n)); err != nil {
			return w.dialect.fail(n, err)
		}
	}
	return nil
}

// checkElements checks that the message has the elements of its kind.
func (w *wire) checkElements() error {
	if n := w.layout.mandatory.without(w.present).first(); n != 0 {
		return w.dialect.fail(n, errMissing)
	}
	if n := w.present.without(w.layout.mandatory).without(w.layout.optional).first(); n != 0 {
		return w.dialect.fail(n, errUnknown)
	}
	return nil
}
