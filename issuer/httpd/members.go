package httpd

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	kitlog "github.com/go-kit/log"

	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/emv/clock"
	"github.com/f510b0cf/till/emv/hostname"
	"github.com/f510b0cf/till/issuer/admission"
	"github.com/f510b0cf/till/issuer/channel"
	"github.com/f510b0cf/till/issuer/channel/app"
	"github.com/f510b0cf/till/issuer/channel/web"
	"github.com/f510b0cf/till/issuer/member"
	"github.com/f510b0cf/till/issuer/store"
)

// Config is what the doors work with.
type Config struct {
	Channel   *channel.Service
	Store     store.Store
	Passwords *member.Passwords
	Rand      io.Reader     // for session tokens; safe for concurrent use
	Clock     clock.Clock   // nil is the system's
	Log       kitlog.Logger // nil is none
	// SessionLife is how long a login lasts; 0 is SessionLifeDefault.
	SessionLife time.Duration
	Logins      Logins // bounds of passwords; zero is DefaultLogins
	// HostNames are names of the members' door beside the address that it listens on,
	// with whatever port.
	HostNames []string
	// Pages are handlers beside the members' requests, by the patterns of their routes.
	Pages map[string]http.Handler
	// Count is told of each request by the pattern of its route; nil is nobody.
	Count func(route string, status int)
	// StoreFailed reports whether the store takes no update any more; nil is never.
	StoreFailed func() bool

	Watch Watch // of committed cards, for live notices; nil is none
}

// Watch tells that cards were committed; watched.Store does.
type Watch interface {
	Watch(refs ...account.Ref) (changed <-chan struct{}, stop func())
}

// SessionLifeDefault is how long a login lasts.
const SessionLifeDefault = time.Hour

// Doors are the HTTP doors of an issuer.
type Doors struct {
	Config
	logins   limiter
	requests limiter
	names    *names
	turns    chan struct{} // one for each login that is worked on
	streams  streams
}

// New returns the doors.
func New(c Config) (*Doors, error) {
	if c.Channel == nil || c.Store == nil || c.Passwords == nil || c.Rand == nil {
		return nil, errors.New("make doors: they need channel, store, passwords and randomness")
	}
	if c.Log == nil {
		c.Log = kitlog.NewNopLogger()
	}
	if c.Count == nil {
		c.Count = func(string, int) {}
	}
	if c.StoreFailed == nil {
		c.StoreFailed = func() bool { return false }
	}
	if c.SessionLife == 0 {
		c.SessionLife = SessionLifeDefault
	}
	if c.Logins == (Logins{}) {
		c.Logins = DefaultLogins()
	}
	var err error
	if c.HostNames, err = hostname.Check(c.HostNames); err != nil {
		return nil, fmt.Errorf("make doors: %w", err)
	}
	c.Clock = clock.Or(c.Clock)
	return &Doors{
		Config: c, logins: limiter{most: c.Logins.OfAddress}, requests: limiter{most: requestsMax},
		names: newNames(c.Logins.OfName), turns: make(chan struct{}, loginsAtOnceMax),
	}, nil
}

// Members returns the members' door. docs/issuer.md lists what it takes.
func (d *Doors) Members() http.Handler {
	mux := http.NewServeMux()
	handle(mux, d.Log, "POST /v1/login", d.login)
	handle(mux, d.Log, "POST /v1/logout", d.logout)
	handle(mux, d.Log, "POST "+refreshPath, d.refresh)
	handle(mux, d.Log, "POST /v1/register", d.register)
	mux.HandleFunc("GET /v1/events", d.events)
	handle(mux, d.Log, "GET /v1/cards", d.cards)
	handle(mux, d.Log, "GET /v1/cards/{ref}/history", d.cardHistory)
	handle(mux, d.Log, "GET /v1/cards/{ref}/pin/key", d.pinKey)
	handle(mux, d.Log, "POST /v1/cards/{ref}/activate", d.verb((*channel.Service).Activate))
	handle(mux, d.Log, "GET /v1/cards/{ref}/pin", d.verb((*channel.Service).Status))
	handle(mux, d.Log, "POST /v1/cards/{ref}/pin", d.createPIN)
	handle(mux, d.Log, "PUT /v1/cards/{ref}/pin", d.changePIN)
	handle(mux, d.Log, "POST /v1/cards/{ref}/pin/unblock", d.verb((*channel.Service).Unblock))
	handle(mux, d.Log, "GET /healthz", d.healthy)
	handle(mux, d.Log, "/", noRoute)
	web.Add(mux, d.Channel, d)
	app.Add(mux)
	for pattern, page := range d.Pages {
		mux.Handle(pattern, page)
	}
	guard := http.NewCrossOriginProtection()
	guard.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fail(w, errOrigin) }))
	return d.logged(d.addressed(d.bounded(guard.Handler(mux))))
}

// bounded refuses more requests of one address than a person or a program of his has.
func (d *Doors) bounded(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if wait := d.requests.allow(admission.AddressOf(r.RemoteAddr), d.Clock.Now()); wait > 0 {
			fail(w, tooMany("requests from your address", wait))
			return
		}
		next.ServeHTTP(w, r)
	})
}

// route answers a request with a value, or with an error in the one form.
type route func(w http.ResponseWriter, r *http.Request) (any, error)

// handle adds a route. What breaks is logged.
func handle(mux *http.ServeMux, log kitlog.Logger, pattern string, do route) {
	mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		value, err := do(w, r)
		if err == nil {
			answer(w, http.StatusOK, value)
			return
		}
		if asProblem(err) == errBroken {
			_ = log.Log("event", "broken", "route", r.Pattern, "err", err)
		}
		fail(w, err)
	})
}

func (d *Doors) healthy(http.ResponseWriter, *http.Request) (any, error) {
	if d.StoreFailed() {
		return nil, errFailed
	}
	return map[string]bool{"ok": true}, nil
}

func noRoute(http.ResponseWriter, *http.Request) (any, error) { return nil, errNoRoute }

func (d *Doors) cards(_ http.ResponseWriter, r *http.Request) (any, error) {
	s, err := d.session(r)
	if err != nil {
		return nil, err
	}
	cards, err := d.Channel.Cards(r.Context(), s.Member)
	if err != nil {
		return nil, err
	}
	list := make([]Card, len(cards))
	for i, c := range cards {
		list[i] = cardOf(c)
	}
	return list, nil
}

// verb is a route that asks the channel for something on a card.
func (d *Doors) verb(do func(*channel.Service, ctx, channel.Asked) (channel.Status, error)) route {
	return func(_ http.ResponseWriter, r *http.Request) (any, error) {
		a, err := d.asked(r)
		if err != nil {
			return nil, err
		}
		st, err := do(d.Channel, r.Context(), a)
		return statusOf(st), err
	}
}

// cardHistory tells what happened to a card.
func (d *Doors) cardHistory(_ http.ResponseWriter, r *http.Request) (any, error) {
	a, err := d.asked(r)
	if err != nil {
		return nil, err
	}
	h, err := d.Channel.History(r.Context(), a)
	return historyOf(h), err
}

// asked reads who asks for which card.
func (d *Doors) asked(r *http.Request) (channel.Asked, error) {
	s, err := d.session(r)
	if err != nil {
		return channel.Asked{}, err
	}
	ref, err := cardRef(r)
	return channel.Asked{Member: s.Member, Door: s.Door, Card: ref, Key: r.Header.Get("Idempotency-Key")}, err
}

// cardRef reads the reference of a card from the path.
func cardRef(r *http.Request) (ref account.Ref, err error) {
	raw, err := hex.DecodeString(r.PathValue("ref"))
	if err != nil || len(raw) != len(ref) {
		return ref, errCardName
	}
	return account.Ref(raw), nil
}
