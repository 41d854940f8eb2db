package httpd

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/f510b0cf/till/terminal/desk"
)

// Problem is what every failed request is answered with. RFC 9457.
type Problem struct {
	Status  int    `json:"status"`
	Code    string `json:"code"`
	Title   string `json:"title"`
	Next    string `json:"next"`              // what to do
	Payment uint64 `json:"payment,omitempty"` // the one that runs
}

// Error returns the title.
func (p *Problem) Error() string { return p.Title }

func problem(status int, code, title, next string) *Problem {
	return &Problem{Status: status, Code: code, Title: title, Next: next}
}

// The problems.
var (
	errToken    = problem(http.StatusUnauthorized, "token-needed", "the request shows no token, or a wrong one", "send the token of the terminal's --token-file as Authorization: Bearer")
	errHost     = problem(http.StatusMisdirectedRequest, "wrong-host", "the request is for another host than this one", "use the address that the terminal tells, or name yours to it with --host-name")
	errOrigin   = problem(http.StatusForbidden, "cross-origin", "the request came from a page of another site", "use the terminal's own page, or a program")
	errNoRoute  = problem(http.StatusNotFound, "no-route", "there is nothing at this address", "look at /openapi.yaml")
	errBody     = problem(http.StatusBadRequest, "bad-request", "the request is not the JSON object that it should be", "look at /openapi.yaml; a PIN or an account number has no place in a request")
	errKey      = problem(http.StatusBadRequest, "key-needed", "the request has no Idempotency-Key of 1 to 64 printable characters", "send one that no other payment of this terminal has, and the same one again where no answer came")
	errLarge    = problem(http.StatusRequestEntityTooLarge, "too-large", "the request is too large", "look at /openapi.yaml")
	errType     = problem(http.StatusUnsupportedMediaType, "bad-type", "the request has a body that is not application/json", "set Content-Type")
	errCurrency = problem(http.StatusUnprocessableEntity, "bad-currency", "the terminal has another currency", "leave the currency out, or take the one that /v1/terminal tells")
	errReused   = problem(http.StatusUnprocessableEntity, "key-reused", "the Idempotency-Key belongs to another request", "take a new key for a new payment")
	errTooLate  = problem(http.StatusConflict, "too-late", "the card has been asked for its cryptogram: the payment goes on to its end", "wait for the outcome; what was approved is paid back by a refund")
	errEnded    = problem(http.StatusConflict, "ended", "the payment has ended", "look at its result; what was approved is paid back by a refund")
	errPayment  = problem(http.StatusNotFound, "no-payment", "there is no such payment", "use the id of the answer that began it")
	errReceipt  = problem(http.StatusNotFound, "no-receipt", "there is no such receipt", "use the receipt of a payment, or last")
	errText     = problem(http.StatusNotAcceptable, "no-text", "the receipt was kept without its text", "ask for application/json")
	errStreams  = problem(http.StatusTooManyRequests, "too-many", "there are too many streams of events open", "close one of them")
	errClosed   = problem(http.StatusServiceUnavailable, "stopping", "the terminal is being stopped", "start it again, and ask again with the same Idempotency-Key")
	errHand     = problem(http.StatusNotFound, "no-hand", "nobody but a person moves the card of this terminal", "start it with --hand and an emulated card")
	errBroken   = problem(http.StatusInternalServerError, "broken", "the terminal could not do that", "look at the disk of its journal, then ask again with the same Idempotency-Key")
)

// asProblem turns an error into what the other side is told.
func asProblem(err error) *Problem {
	var p *Problem
	var busy *desk.BusyError
	switch {
	case errors.As(err, &p):
		return p
	case errors.As(err, &busy):
		p = problem(http.StatusConflict, "busy", fmt.Sprintf("payment %d runs", busy.ID), "wait for its end, or cancel it")
		p.Payment = busy.ID
		return p
	case errors.Is(err, desk.ErrNoPayment):
		return errPayment
	case errors.Is(err, desk.ErrKeyReused):
		return errReused
	case errors.Is(err, desk.ErrTooLate):
		return errTooLate
	case errors.Is(err, desk.ErrEnded):
		return errEnded
	case errors.Is(err, desk.ErrClosed):
		return errClosed
	}
	return errBroken
}

// fail answers with an error.
func fail(w http.ResponseWriter, err error) {
	p := asProblem(err)
	write(w, p.Status, "application/problem+json", p)
}

// answer writes a value as JSON.
func answer(w http.ResponseWriter, status int, value any) {
	write(w, status, "application/json", value)
}

func write(w http.ResponseWriter, status int, kind string, value any) {
	h := w.Header()
	h.Set("Content-Type", kind)
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(value) // the other side has gone: nothing to be done
}
