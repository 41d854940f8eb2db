package notice

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	kitlog "github.com/go-kit/log"

	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/emv/clock"
	"github.com/f510b0cf/till/emv/durable"
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
	Position string        // file with the number of the last entry that was told
	Clock    clock.Clock   // nil is the system's
	Log      kitlog.Logger // nil is none
}

const (
	batchMax   = 100 // entries that are read at once
	retryAfter = time.Minute
	fileMode   = 0o600
)

// Runner sends what the journal says.
type Runner struct {
	config   Config
	position uint64
}

// New returns a runner. Where there is no position yet, it begins with what comes.
func New(ctx context.Context, c Config) (*Runner, error) {
	if c.Store == nil || c.Sender == nil || c.Position == "" {
		return nil, errors.New("make notices: they need a store, a sender and a place for their position")
	}
	if c.Log == nil {
		c.Log = kitlog.NewNopLogger()
	}
	c.Clock = clock.Or(c.Clock)
	r := &Runner{config: c}
	content, err := os.ReadFile(c.Position)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		for e, err := range c.Store.Journal(ctx, 0) {
			if err != nil {
				return nil, fmt.Errorf("read journal: %w", err)
			}
			r.position = e.Number
		}
		return r, r.keep()
	case err != nil:
		return nil, fmt.Errorf("read position of notices: %w", err)
	}
	if r.position, err = strconv.ParseUint(strings.TrimSpace(string(content)), 10, 64); err != nil {
		return nil, fmt.Errorf("read position of notices: %s holds no number: remove it, and notices begin with what comes", c.Position)
	}
	return r, nil
}

// keep writes the position, as a whole.
func (r *Runner) keep() error {
	next := r.config.Position + ".next"
	if err := os.WriteFile(next, []byte(strconv.FormatUint(r.position, 10)+"\n"), fileMode); err != nil {
		return fmt.Errorf("keep position of notices: %w", err)
	}
	if err := os.Rename(next, r.config.Position); err != nil {
		return fmt.Errorf("keep position of notices: %w", err)
	}
	return durable.Folder(filepath.Dir(r.config.Position))
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
			_ = r.config.Log.Log("event", "notice not sent", "err", err)
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
	var entries []store.Entry
	for e, err := range r.config.Store.Journal(ctx, r.position) {
		if err != nil {
			return false, fmt.Errorf("read journal: %w", err)
		}
		if entries = append(entries, e); len(entries) == batchMax {
			more = true
			break
		}
	}
	for _, e := range entries {
		if err := r.tell(ctx, e); err != nil {
			return false, err
		}
		r.position = e.Number
	}
	if len(entries) == 0 {
		return false, nil
	}
	return more, r.keep()
}

// tell sends what an entry says, where it says something.
func (r *Runner) tell(ctx context.Context, e store.Entry) error {
	w, ok := wordsOf(e)
	if !ok {
		return nil
	}
	var card store.Record
	err := r.config.Store.View(ctx, e.Ref, func(s store.Snapshot) error {
		card = *s.Card()
		return nil
	})
	if err != nil {
		return fmt.Errorf("read card: %w", err)
	}
	holder, err := r.config.Store.Members().Get(ctx, card.Holder)
	if err != nil {
		return fmt.Errorf("read holder: %w", err)
	}
	if holder.Login.Name == "" {
		return nil // there is no way to him yet
	}
	n := Notice{Number: e.Number, At: e.At, To: holder.Login.Name, Name: holder.Name, Subject: w.subject, Text: fmt.Sprintf(w.text, card.LastFour)}
	err = r.config.Sender.Send(ctx, n)
	if errors.Is(err, ErrUndeliverable) {
		_ = r.config.Log.Log("event", "notice left out", "ref", e.Ref, "member", card.Holder, "err", err)
		return nil
	}
	if err != nil {
		return err
	}
	_ = r.config.Log.Log("event", "notice sent", "ref", e.Ref, "member", card.Holder, "subject", w.subject)
	return nil
}
