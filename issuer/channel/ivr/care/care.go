// Package care is the page of customer care. An agent logs in, sees which callers wait,
// identifies them by what they answer, and hands them back to the keypad. Nothing here
// shows, plays or takes a PIN: what callers press while an agent has the call is
// dropped, and once they are back at the keypad the call is no longer on the page.
package care

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	kitlog "github.com/go-kit/log"

	"github.com/f510b0cf/till/emv/clock"
	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/issuer/channel/ivr"
	"github.com/f510b0cf/till/issuer/member"
	"github.com/f510b0cf/till/issuer/store"
)

// Path is where the page is; the others of the package lie below it.
const Path = "/care"

// Agent is somebody of customer care.
type Agent struct {
	Name     string // as member.LoginName writes it
	Password secret.Value
}

// Config is what the page works with. Clock and Log may be nil.
type Config struct {
	Line      *ivr.Line
	Agents    []Agent
	Sessions  store.Sessions
	Passwords *member.Passwords
	Rand      io.Reader // for session tokens; safe for concurrent use
	Clock     clock.Clock
	Log       kitlog.Logger
}

// Bounds of agents and their logins.
const (
	SessionLife  = 8 * time.Hour
	loginsAtOnce = 8
	agentsMax    = 100
	agentNameMax = 40 // bytes, so that the journal has room for it
)

// Desk is customer care.
type Desk struct {
	config Config
	turns  chan struct{} // one for each login that is worked on

	lock   sync.Mutex
	agents map[string]*agent
}

// agent is an agent as the desk knows him.
type agent struct {
	password member.Hash
	failures member.Failures
	wrong    time.Time // of answers, as member.Pace counts

	answering sync.Mutex // held while answers are looked at, so that many at once are counted
}

// New returns the desk; it hashes the agents' passwords.
func New(ctx context.Context, c Config) (*Desk, error) {
	if c.Line == nil || c.Sessions == nil || c.Passwords == nil || c.Rand == nil {
		return nil, errors.New("make customer care: it needs line, sessions, passwords and randomness")
	}
	if len(c.Agents) == 0 || len(c.Agents) > agentsMax {
		return nil, fmt.Errorf("make customer care: %d agents, want 1 to %d", len(c.Agents), agentsMax)
	}
	if c.Log == nil {
		c.Log = kitlog.NewNopLogger()
	}
	c.Clock = clock.Or(c.Clock)
	d := &Desk{config: c, turns: make(chan struct{}, loginsAtOnce), agents: map[string]*agent{}}
	for _, a := range c.Agents {
		name, err := member.LoginName(a.Name)
		if err != nil || name != a.Name || len(name) > agentNameMax || d.agents[name] != nil {
			return nil, fmt.Errorf("make customer care: agent's name %q: want another of 1 to %d small letters, digits and signs out of .-_@+", a.Name, agentNameMax)
		}
		hash, err := c.Passwords.Hash(ctx, a.Password)
		if err != nil {
			return nil, fmt.Errorf("make customer care: agent %s: %w", name, err)
		}
		d.agents[name] = &agent{password: hash}
	}
	return d, nil
}

// Handler returns the pages.
func (d *Desk) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+Path, d.page)
	mux.HandleFunc("POST "+Path+"/login", d.login)
	mux.HandleFunc("POST "+Path+"/logout", d.logout)
	mux.HandleFunc("POST "+Path+"/identify", d.identify)
	mux.HandleFunc("POST "+Path+"/return", d.forCall(d.config.Line.HandBack, "handed-back"))
	mux.HandleFunc("POST "+Path+"/end", d.forCall(d.config.Line.Dismiss, "ended"))
	return mux
}
