package httpd

import (
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"

	"github.com/f510b0cf/till/emv/hostname"
	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/terminal/desk"
	"github.com/f510b0cf/till/terminal/journal"
	"github.com/f510b0cf/till/terminal/profile"
)

// Config is what the door works with.
type Config struct {
	Desk    *desk.Desk
	Journal *journal.Journal
	Profile profile.Profile
	Reader  string // as it is named to people
	Host    string // address of the issuer; empty is none
	// Token is what clients show as a bearer; zero lets everybody in.
	Token secret.Value
	// HostNames are names of the door beside the address that it listens on, with
	// whatever port.
	HostNames []string
	// Hand inserts and pulls an emulated card; nil leaves that to people.
	Hand Hand
}

// Hand moves the emulated card of the payment that runs. An error says why it can not.
type Hand interface {
	Insert() error
	Pull() error
}

// Door is what cash registers reach a terminal by.
type Door struct {
	Config
	streams atomic.Int32
}

// New returns a door.
func New(c Config) (*Door, error) {
	if c.Desk == nil || c.Journal == nil {
		return nil, errors.New("make door: Config wants a Desk and a Journal")
	}
	var err error
	if c.HostNames, err = hostname.Check(c.HostNames); err != nil {
		return nil, fmt.Errorf("make door: %w", err)
	}
	return &Door{Config: c}, nil
}

// Handler returns the door. docs/register.md lists what it takes.
func (d *Door) Handler() http.Handler {
	mux := http.NewServeMux()
	d.handle(mux, "POST /v1/payments", d.pay)
	d.handle(mux, "GET /v1/payments/{id}", d.payment)
	mux.Handle("GET /v1/payments/{id}/events", d.known(http.HandlerFunc(d.events)))
	d.handle(mux, "POST /v1/payments/{id}/cancel", d.cancel)
	d.handle(mux, "POST /v1/refunds", d.refund)
	mux.Handle("GET /v1/receipts/{id}", d.known(http.HandlerFunc(d.receipt)))
	d.handle(mux, "GET /v1/terminal", d.terminal)
	d.handle(mux, "POST /v1/card/insert", d.insert)
	d.handle(mux, "POST /v1/card/pull", d.pull)
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, http.StatusOK, health{Status: "ok"})
	})
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { fail(w, errNoRoute) })
	addPages(mux)
	guard := http.NewCrossOriginProtection()
	guard.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fail(w, errOrigin) }))
	return d.addressed(guard.Handler(mux))
}

// health says that the process serves.
type health struct {
	Status string `json:"status"`
}

// route answers a request with a status and a value, or with an error.
type route func(w http.ResponseWriter, r *http.Request) (status int, value any, err error)

// handle adds a route for those who are known.
func (d *Door) handle(mux *http.ServeMux, pattern string, do route) {
	mux.Handle(pattern, d.known(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		status, value, err := do(w, r)
		if err != nil {
			fail(w, err)
			return
		}
		answer(w, status, value)
	})))
}

// addressed lets requests through that are meant for this door.
func (d *Door) addressed(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !hostname.Meant(r, d.HostNames) {
			fail(w, errHost)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// known lets requests through that show the token.
func (d *Door) known(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !d.shown(r) {
			w.Header().Set("WWW-Authenticate", "Bearer")
			fail(w, errToken)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// shown reports whether a request shows the token, in a time that does not depend on
// what it shows.
func (d *Door) shown(r *http.Request) (ok bool) {
	if d.Token.IsZero() {
		return true
	}
	given, bearer := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	hash := sha256.Sum256([]byte(given))
	d.Token.Open(func(token []byte) {
		want := sha256.Sum256(token)
		ok = subtle.ConstantTimeCompare(hash[:], want[:]) == 1 && bearer
	})
	return ok
}
