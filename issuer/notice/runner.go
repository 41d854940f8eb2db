package notice

import (
	"context"
	"errors"
	"fmt"
	"time"

	kitlog "github.com/go-kit/log"

	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/emv/clock"
	"github.com/f510b0cf/till/issuer/store"
)

// ErrUndeliverable says that a notice can not be sent, now or later: it is left out.
var ErrUndeliverable = errors.New("the mail server does not take letters for this member")

// Sender carries a notice to a cardholder. The error wraps ErrUndeliverable where it
// is of no use to try again.
type Sender interface {
	Send(ctx context.Context, n Notice) error
}

// Store is a store that tells of commits; watched.Store is one.
type Store interface {
	store.Store
	Watch(refs ...account.Ref) (changed <-chan struct{}, stop func())
}

// Config is what a Runner works with. Store, Sender and Position are necessary.
type Config struct {
	Store    Store
	Sender   Sender
	Position Position
	Clock    clock.Clock   // nil is the system's
	Log      kitlog.Logger // nil is none
}

const (
	batchMax   = 100 // entries that are read at once
	retryAfter = time.Minute
)

// Runner sends what the journal says.
type Runner struct{ config Config }

// New returns a runner.
func New(ctx context.Context, c Config) (*Runner, error) {
	if c.Store == nil || c.Sender == nil || c.Position == nil {
		return nil, errors.New("make notices: they need a store, a sender and a position")
	}
	if c.Log == nil {
		c.Log = kitlog.NewNopLogger()
	}
	c.Clock = clock.Or(c.Clock)
	r := &Runner{config: c}
	if _, err := r.take(ctx); err != nil && !errors.Is(err, errElsewhere) {
		return nil, err
	}
	return r, nil
}

// errElsewhere says that another process sends.
var errElsewhere = errors.New("another process sends notices")

// take returns the number of the entry that was told last. Where there is none yet,
// notices begin with what comes.
func (r *Runner) take(ctx context.Context) (number uint64, err error) {
	number, there, mine, err := r.config.Position.Take(ctx)
	switch {
	case err != nil || there && mine:
		return number, err
	case !mine:
		return 0, errElsewhere
	}
	if number, _, err = r.config.Store.Newest(ctx); err != nil {
		return 0, fmt.Errorf("read journal: %w", err)
	}
	return number, r.config.Position.Keep(ctx, number)
}

// Run sends until ctx ends. What can not be sent is tried again later, and what comes
// after it waits.
func (r *Runner) Run(ctx context.Context) {
	changed, stop := r.config.Store.Watch()
	defer stop()
	for ctx.Err() == nil {
		more, err := r.Batch(ctx)
		again := make(chan struct{}, 1)
		if err != nil {
			if !errors.Is(err, errElsewhere) {
				_ = r.config.Log.Log("event", "notice not sent", "err", err)
			}
			timer := r.config.Clock.AfterFunc(retryAfter, func() { again <- struct{}{} })
			select {
			case <-again:
			case <-ctx.Done():
			}
			timer.Stop()
			continue
		}
		if more {
			continue
		}
		select {
		case <-changed:
		case <-ctx.Done():
		}
	}
}

// Batch sends what the next entries say, and reports whether there are more.
func (r *Runner) Batch(ctx context.Context) (more bool, err error) {
	position, err := r.take(ctx)
	if err != nil {
		return false, err
	}
	var entries []store.Entry
	for e, err := range r.config.Store.Journal(ctx, position) {
		if err != nil {
			return false, fmt.Errorf("read journal: %w", err)
		}
		if entries = append(entries, e); len(entries) == batchMax {
			more = true
			break
		}
	}
	for n, e := range entries {
		told, err := r.tell(ctx, e)
		if err == nil && (told || n == len(entries)-1) {
			err = r.config.Position.Keep(ctx, e.Number)
		}
		if err != nil {
			return false, err
		}
	}
	return more, nil
}

// tell sends what an entry says, and reports whether it says something.
func (r *Runner) tell(ctx context.Context, e store.Entry) (told bool, err error) {
	w, ok := wordsOf(e)
	if !ok {
		return false, nil
	}
	var card store.Record
	err = r.config.Store.View(ctx, e.Ref, func(s store.Snapshot) error {
		card = *s.Card()
		return nil
	})
	if err != nil {
		return false, fmt.Errorf("read card: %w", err)
	}
	holder, err := r.config.Store.Members().Get(ctx, card.Holder)
	if err != nil {
		return false, fmt.Errorf("read holder: %w", err)
	}
	if holder.Login.Name == "" {
		return false, nil // there is no way to him yet
	}
	n := Notice{Number: e.Number, At: e.At, To: holder.Login.Name, Name: holder.Name, Subject: w.subject, Text: fmt.Sprintf(w.text, card.LastFour)}
	err = r.config.Sender.Send(ctx, n)
	if errors.Is(err, ErrUndeliverable) {
		_ = r.config.Log.Log("event", "notice left out", "ref", e.Ref, "member", card.Holder, "err", err)
		return false, nil
	}
	if err != nil {
		return false, err
	}
	_ = r.config.Log.Log("event", "notice sent", "ref", e.Ref, "member", card.Holder, "subject", w.subject)
	return true, nil
}
