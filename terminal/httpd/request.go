package httpd

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/f510b0cf/till/terminal"
	"github.com/f510b0cf/till/terminal/profile"
)

// bodyMax bounds the body of a request, in bytes.
const bodyMax = 4096

// keyMax bounds an Idempotency-Key, in characters.
const keyMax = 64

// paymentForm is what a cash register asks for.
type paymentForm struct {
	Type        string `json:"type"`   // purchase where it is left out
	Amount      string `json:"amount"` // in major units
	Cashback    string `json:"cashback"`
	Currency    string `json:"currency"`
	ForceOnline bool   `json:"force_online"`
}

// paymentTypes are those of POST /v1/payments.
var paymentTypes = []terminal.Type{
	terminal.TypePurchase, terminal.TypeCash, terminal.TypeBalance, terminal.TypePINChange, terminal.TypePINUnblock,
}

// readBody reads the one JSON object of a request. Members that are not known are
// refused: who sends a PIN or an account number learns at once that they are not
// wanted.
func readBody(w http.ResponseWriter, r *http.Request, v any) error {
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		return errType
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, bodyMax))
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return errLarge
	case err != nil:
		return errBody
	}
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.DisallowUnknownFields()
	if decoder.Decode(v) != nil { // its error may quote the body
		return errBody
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return errBody
	}
	return nil
}

// keyOf returns the Idempotency-Key of a request.
func keyOf(r *http.Request) (string, error) {
	key := r.Header.Get("Idempotency-Key")
	if key == "" || len(key) > keyMax || strings.ContainsFunc(key, func(c rune) bool { return c <= ' ' || c > '~' }) {
		return "", errKey
	}
	return key, nil
}

// idOf returns the number in the path of a request; 0 is none.
func idOf(r *http.Request) uint64 {
	id, err := strconv.ParseUint(r.PathValue("id"), 10, 64)
	if err != nil {
		return 0
	}
	return id
}

// request reads a payment.
func (d *Door) request(f paymentForm) (q terminal.Request, err error) {
	q = terminal.Request{Type: terminal.Type(f.Type), ForceOnline: f.ForceOnline}
	if q.Type == "" {
		q.Type = terminal.TypePurchase
	}
	if !slices.Contains(paymentTypes, q.Type) {
		return q, unfit("bad-kind", "there is no such type of payment", "take one of /openapi.yaml; refunds have an address of their own")
	}
	return d.complete(q, f)
}

// complete checks what goes with a type, and reads the amounts.
func (d *Door) complete(q terminal.Request, f paymentForm) (terminal.Request, error) {
	if f.Currency != "" && f.Currency != currency(d.Profile) && f.Currency != profile.FormatCurrency(d.Profile.CurrencyCode) {
		return q, errCurrency
	}
	if err := d.amounts(&q, f); err != nil {
		return q, err
	}
	if err := d.Profile.CheckOffer(q.Kind()); err != nil {
		return q, unfit("not-offered", err.Error(), "start the terminal with another profile")
	}
	return q, nil
}

// amounts reads the amounts of a payment.
func (d *Door) amounts(q *terminal.Request, f paymentForm) (err error) {
	purchase := q.Type == terminal.TypePurchase
	switch {
	case f.Cashback != "" && !purchase, f.ForceOnline && (!purchase || f.Cashback != ""):
		return unfit("bad-amount", "a cashback goes with a purchase, force_online with one without cashback", "leave it out")
	case q.Kind().IssuerOnly() && f.Amount != "":
		return unfit("bad-amount", "this type has no amount", "leave it out")
	case q.Kind().IssuerOnly():
		return nil
	}
	if q.Amount, err = d.amount(f.Amount); err != nil || f.Cashback == "" {
		return err
	}
	q.Cashback, err = d.amount(f.Cashback)
	return err
}

// amount reads an amount of more than nothing.
func (d *Door) amount(text string) (uint64, error) {
	amount, err := profile.ParseAmount(text, d.Profile.CurrencyExponent)
	if err == nil && amount == 0 {
		err = errors.New("want more than nothing")
	}
	if err != nil {
		return 0, unfit("bad-amount", "the amount can not be read: "+err.Error(), "write it in major units, as text")
	}
	return amount, nil
}

func unfit(code, title, next string) *Problem {
	return problem(http.StatusUnprocessableEntity, code, title, next)
}
