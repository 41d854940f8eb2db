package message

import (
	"errors"
	"fmt"

	"github.com/moov-io/iso8583"

	"github.com/f510b0cf/till/emv"
)

// echoed are the elements that a refusal takes over from the request, where they
// could be read and the response may have them. Without those that it must have
// nobody could tell what it answers.
var echoed = elements(7, 11, 12, 13, 32, 33, 37, 41, 42)

// approvalCodeDigits is the length of DE 38, which has the number of the element
// at fault in a refusal.
const approvalCodeDigits = 6

// Refuse returns the response to a request that Unpack could not read: action
// code 904, format error, and in that of an authorization request the number of
// the element at fault in place of the approval code; or 916 where its message
// authentication code is at fault. cause is the error of Unpack or CheckMAC. The error wraps emv.ErrMalformed: what was read is no request or does
// not say which one.
func (d *Dialect) Refuse(request []byte, cause error) ([]byte, error) {
	w, _ := d.read(request) // what could be read
	response, err := d.refusal(&w, cause)
	if err != nil {
		return nil, fmt.Errorf("refuse message: %w", err)
	}
	b, err := response.Pack()
	if err != nil {
		return nil, fmt.Errorf("refuse message: %w", faultOf(err))
	}
	return b, nil
}

func (d *Dialect) refusal(w *wire, cause error) (*iso8583.Message, error) {
	if w.layout == nil || !w.layout.kind.IsRequest() {
		return nil, fault("no request")
	}
	l := d.layoutOf(w.layout.kind.Response(), w.layout.variant)
	if l == nil {
		return nil, fault("dialect " + d.name + " has no response to it")
	}
	response := iso8583.NewMessage(d.spec)
	response.MTI(l.mti)
	for n := range w.echoed().all() {
		if err := w.echo(response, l, n); err != nil {
			return nil, err
		}
	}
	return response, d.fillRefusal(response, l.kind, cause)
}

// echoed returns what is taken over. In 1987 time and date of the transaction are read
// together or not at all.
func (w *wire) echoed() elementSet {
	if together := elements(12, 13); w.dialect.known.has(13) && !(w.fine(12) && w.fine(13)) {
		return echoed.without(together)
	}
	return echoed
}

// fine reports whether an element is there and has its form.
func (w *wire) fine(n int) bool {
	return w.present.has(n) && w.dialect.elements[n].check(w.value(n)) == nil
}

// echo takes over an element if it is there and can be written.
func (w *wire) echo(response *iso8583.Message, l *layout, n int) error {
	if !l.all().has(n) {
		return nil
	}
	if w.fine(n) {
		return response.BinaryField(n, w.value(n))
	}
	if l.mandatory.has(n) {
		return w.dialect.fail(n, errMissing)
	}
	return nil
}

func (d *Dialect) fillRefusal(response *iso8583.Message, k Kind, cause error) error {
	var at *ElementError
	if k == KindAuthorizationResponse && errors.As(cause, &at) {
		if err := response.BinaryField(38, appendDigits(nil, uint64(at.Element), approvalCodeDigits)); err != nil {
			return fmt.Errorf("set element at fault: %w", emv.ErrMalformed)
		}
	}
	action := ActionFormatError
	if errors.Is(cause, ErrMAC) {
		action = ActionMACIncorrect
	}
	return response.BinaryField(39, []byte(d.rules.edition.refusal(action)))
}
