package ivr

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	kitlog "github.com/go-kit/log"

	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/emv/clock"
	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/issuer/channel"
	"github.com/f510b0cf/till/issuer/store"
)

// Service is what the phone asks the issuer for; channel.Service is one.
type Service interface {
	IdentifyCaller(ctx context.Context, pan account.PAN, code secret.Value) (channel.Caller, error)
	IdentifyByAgent(ctx context.Context, agent string, a channel.Answers) (channel.Caller, error)
	Status(ctx context.Context, a channel.Asked) (channel.Status, error)
	Activate(ctx context.Context, a channel.Asked) (channel.Status, error)
	CreatePIN(ctx context.Context, a channel.Asked, digits secret.Value) (channel.Status, error)
	Unblock(ctx context.Context, a channel.Asked) (channel.Status, error)
}

// Config is what a line works with.
type Config struct {
	Service Service
	Care    bool          // agents can take calls
	Clock   clock.Clock   // nil is the system's
	Log     kitlog.Logger // nil is none
	Count   Counter       // nil is nobody
}

// Counter is told of calls, with the name of the adapter by which they came.
type Counter interface {
	Began(adapter string)
	Ended(adapter string, why End)
}

// nobody counts nothing.
type nobody struct{}

func (nobody) Began(string)      {}
func (nobody) Ended(string, End) {}

// Bounds of a line.
const (
	CallsMax = 64               // at once
	CallMax  = 15 * time.Minute // of one call
)

// ErrBusy says that there are as many calls as there may be.
var ErrBusy = errors.New("begin call: all lines are busy")

// Line is a number that callers ring up. It is safe for concurrent use.
type Line struct {
	config Config

	lock  sync.Mutex
	last  int
	calls map[int]*Call
}

// NewLine returns a line.
func NewLine(c Config) (*Line, error) {
	if c.Service == nil {
		return nil, errors.New("make phone line: it needs a service")
	}
	if c.Log == nil {
		c.Log = kitlog.NewNopLogger()
	}
	if c.Count == nil {
		c.Count = nobody{}
	}
	c.Clock = clock.Or(c.Clock)
	return &Line{config: c, calls: map[int]*Call{}}, nil
}

// Begin begins a call that came by an adapter, "sip" or "voice". The error is ErrBusy.
// A call that lasts longer than CallMax ends.
func (l *Line) Begin(ctx context.Context, adapter string) (*Call, Turn, error) {
	c := &Call{line: l, by: adapter, Began: l.config.Clock.Now(), state: State{Care: l.config.Care}, keys: newCollector(), ready: make(chan struct{}, 1)}
	l.config.Count.Began(adapter)
	if !l.add(c) {
		l.config.Count.Ended(adapter, Turned)
		_ = l.config.Log.Log("event", "call refused", "by", adapter, "why", "busy")
		return nil, Turn{}, ErrBusy
	}
	_ = l.config.Log.Log("event", "call", "number", c.Number, "by", adapter)
	c.lock.Lock()
	defer c.lock.Unlock()
	c.ending = l.config.Clock.AfterFunc(CallMax, c.expire)
	return c, c.run(ctx, Began{}), nil
}

// add gives a call a number; false where there are as many calls as there may be.
func (l *Line) add(c *Call) bool {
	l.lock.Lock()
	defer l.lock.Unlock()
	if len(l.calls) >= CallsMax {
		return false
	}
	l.last++
	c.Number = l.last
	l.calls[c.Number] = c
	return true
}

// drop forgets a call that has ended.
func (l *Line) drop(c *Call) {
	l.lock.Lock()
	defer l.lock.Unlock()
	delete(l.calls, c.Number)
}

// Waiting is a call that waits for an agent.
type Waiting struct {
	Number     int
	Since      time.Time
	Identified bool // by card number and code, before
}

// Waiting returns the calls that wait for an agent, the longest waiting first.
func (l *Line) Waiting() (all []Waiting) {
	l.lock.Lock()
	calls := slices.Collect(maps.Values(l.calls)) // their locks come before the line's
	l.lock.Unlock()
	for _, c := range calls {
		if w, ok := c.waiting(); ok {
			all = append(all, w)
		}
	}
	slices.SortFunc(all, func(a, b Waiting) int {
		return cmp.Or(a.Since.Compare(b.Since), cmp.Compare(a.Number, b.Number))
	})
	return all
}

// ErrNotWaiting says that a call does not wait for an agent: it has ended, or the
// caller is at the keypad.
var ErrNotWaiting = errors.New("the call does not wait for an agent: it has ended, or was handed back")

// find returns a call by its number.
func (l *Line) find(number int) (*Call, error) {
	l.lock.Lock()
	defer l.lock.Unlock()
	if c := l.calls[number]; c != nil {
		return c, nil
	}
	return nil, ErrNotWaiting
}

// IdentifyBy has an agent identify the caller of a call by what he answers, and hands
// him back to the keypad. A caller whose answers are wrong stays with the agent; too
// many wrong ones end the call.
func (l *Line) IdentifyBy(ctx context.Context, agent string, number int, a channel.Answers) error {
	c, err := l.find(number)
	if err != nil {
		return err
	}
	return c.identifyBy(ctx, agent, a)
}

// HandBack hands a caller who had identified himself back to the keypad.
func (l *Line) HandBack(ctx context.Context, agent string, number int) error {
	c, err := l.find(number)
	if err != nil {
		return err
	}
	return c.handBack(ctx, agent)
}

// Dismiss has an agent end a call.
func (l *Line) Dismiss(ctx context.Context, agent string, number int) error {
	c, err := l.find(number)
	if err != nil {
		return err
	}
	return c.dismiss(ctx, agent)
}

// standing is what the menu needs to know of a card.
func standing(st channel.Status) Standing {
	return Standing{
		Active: st.Card.Status == store.Active,
		HasPIN: st.PIN != channel.None && st.PIN != channel.ToBeSetAgain,
	}
}

// refusal returns the code of a refusal, or false where the service broke.
func refusal(err error) (channel.Code, bool) {
	var r *channel.Refusal
	if errors.As(err, &r) {
		return r.Code, true
	}
	return "", false
}

// broke logs what broke.
func (l *Line) broke(c *Call, err error) {
	_ = l.config.Log.Log("event", "broken", "call", c.Number, "err", fmt.Errorf("answer call: %w", err))
}
