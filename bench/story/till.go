package story

import (
	"context"
	"errors"
	"time"

	kitlog "github.com/go-kit/log"

	"github.com/f510b0cf/till/bench/cast"
	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/terminal/journal"
	"github.com/f510b0cf/till/terminal/link"
	"github.com/f510b0cf/till/terminal/profile"
)

// till is the terminal at the merchant's, but for the reader, which is set up for
// each card.
type till struct {
	profile profile.Profile
	journal *journal.Journal
	line    *line
	link    *link.Link
}

// openTill sets the terminal up and loads its key for PIN blocks.
func (w *World) openTill(initial secret.Key) (err error) {
	t := &till{line: &line{address: w.issuer.issuer.Addresses().Host, dialect: w.dialect, timeline: w.timeline}}
	if t.profile, err = profile.Named("demo"); err != nil {
		return err
	}
	if t.journal, err = journal.Open(journal.Config{Path: w.path(terminalFolder, journalFile), Key: w.key}); err != nil {
		return err
	}
	w.till = t
	if err := link.LoadTDES(t.journal, initial, cast.TerminalKSN()); err != nil {
		return err
	}
	log, err := w.log("terminal.log")
	if err != nil {
		return err
	}
	t.link, err = link.New(link.Config{
		Dial: t.line.dial, Journal: t.journal, Profile: t.profile, Dialect: w.dialect, Clock: w.clock,
		Rand: w.config.Source.Stream("terminal/link"), Logger: kitlog.NewLogfmtLogger(kitlog.NewSyncWriter(log)),
	})
	return err
}

// CloseTerminal switches the terminal off. What it keeps is in its journal.
func (w *World) CloseTerminal() error {
	if w.till == nil {
		return nil
	}
	t := w.till
	w.till = nil
	var err error
	if t.link != nil {
		err = t.link.Close()
	}
	return errors.Join(err, t.journal.Close())
}

// drainMax bounds the wait until the host has all that the terminal owes it.
const drainMax = 20 * time.Second

var errNotDrained = errors.New("the terminal still owes the host a reversal or an advice")

// drained waits until the host has acknowledged what the terminal owes it.
func (t *till) drained(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, drainMax)
	defer cancel()
	if t.link.Settle(ctx) > 0 {
		return errNotDrained
	}
	return nil
}
