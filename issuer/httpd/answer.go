package httpd

import (
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"github.com/f510b0cf/till/issuer/channel"
)

// ErrorForm is what every failed request is answered with.
type ErrorForm struct {
	Error struct {
		Code string `json:"code"`
		Text string `json:"text"`
		Next string `json:"next,omitempty"` // what to do
	} `json:"error"`
}

// problem is an error of this package.
type problem struct {
	status           int
	code, text, next string
}

// Error returns the text.
func (p *problem) Error() string { return p.text }

// The problems that doors have of their own.
var (
	errNoLogin  = &problem{http.StatusUnauthorized, "login-needed", "you are not logged in, or the session has ended", "log in"}
	errLogin    = &problem{http.StatusUnauthorized, "login-refused", "name or password is wrong, or there were too many wrong ones", "check both; after several wrong passwords wait a minute, later longer"}
	errStepUp   = &problem{http.StatusForbidden, "password-needed", "a PIN is changed with the password of your login alone", "enter it again"}
	errConfirm  = &problem{http.StatusForbidden, "password-wrong", "the password is wrong, or there were too many wrong ones", "enter the password of your login again"}
	errPassword = &problem{http.StatusUnprocessableEntity, "bad-password", "a password has 8 to 256 characters", "choose another"}
	errDetails  = &problem{http.StatusUnprocessableEntity, "bad-details", "card number or expiry can not be read", "enter the digits of the card number, and the expiry as YYMM"}
	errStreams  = later{&problem{http.StatusTooManyRequests, "too-many", "there are too many pages open", "close one of them"}, heartbeat}
	errBody     = &problem{http.StatusBadRequest, "bad-request", "the request is not the JSON object that it should be", "look at docs/issuer.md"}
	errLarge    = &problem{http.StatusRequestEntityTooLarge, "too-large", "the request is too large", "look at docs/issuer.md"}
	errType     = &problem{http.StatusUnsupportedMediaType, "bad-type", "the request has a body that is not application/json", "set Content-Type"}
	errNoRoute  = &problem{http.StatusNotFound, "no-route", "there is nothing at this address", "look at docs/issuer.md"}
	errCardName = &problem{http.StatusNotFound, "no-card", "there is no such card", "look at the list of cards"}
	errBroken   = &problem{http.StatusInternalServerError, "broken", "the issuer could not do that", "try again; the issuer's log says why"}
	errFailed   = &problem{http.StatusServiceUnavailable, "store-failed", "the store failed to write, and takes nothing any more", "mend the disk, and start the issuer again"}
	errBusy     = later{&problem{http.StatusServiceUnavailable, "busy", "too many members log in at once", "try again"}, time.Second}
	errHost     = &problem{http.StatusMisdirectedRequest, "wrong-host", "the request is for another host than this one", "use the address that the issuer tells, or name yours to it with --host-name"}
	errOrigin   = &problem{http.StatusForbidden, "cross-origin", "the request came from a page of another site", "use the issuer's own pages"}
)

// refusalStatus is the HTTP status of refusals that are not a conflict with the
// state of the card.
var refusalStatus = map[channel.Code]int{
	channel.NotAllowed: http.StatusForbidden,
	channel.NotByPhone: http.StatusForbidden,
	channel.WeakPIN:    http.StatusUnprocessableEntity,
	channel.BadPIN:     http.StatusUnprocessableEntity,
	channel.KeyRefused: http.StatusUnprocessableEntity,
	channel.TooOften:   http.StatusTooManyRequests,
	channel.Busy:       http.StatusServiceUnavailable,
	channel.NoCard:     http.StatusNotFound,
	channel.NotKnown:   http.StatusForbidden,
	channel.NameTaken:  http.StatusUnprocessableEntity,
}

// asProblem turns an error into what the other side is told.
func asProblem(err error) *problem {
	var p *problem
	var r *channel.Refusal
	switch {
	case errors.As(err, &p):
		return p
	case errors.As(err, &r):
		status, ok := refusalStatus[r.Code]
		if !ok {
			status = http.StatusConflict
		}
		return &problem{status, string(r.Code), r.Text(), r.Next()}
	}
	return errBroken
}

// fail answers with an error.
func fail(w http.ResponseWriter, err error) {
	p := asProblem(err)
	var form ErrorForm
	form.Error.Code, form.Error.Text, form.Error.Next = p.code, p.text, p.next
	if p.status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", "Bearer")
	}
	setRetryAfter(w.Header(), err)
	answer(w, p.status, form)
}

// answer writes a value as JSON.
func answer(w http.ResponseWriter, status int, value any) {
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(value) // the other side has gone: nothing to be done
}
