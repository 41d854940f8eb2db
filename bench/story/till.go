package story

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	kitlog "github.com/go-kit/log"

	"github.com/f510b0cf/till/bench/cast"
	"github.com/f510b0cf/till/emv/dukpt"
	"github.com/f510b0cf/till/issuer/message"
	"github.com/f510b0cf/till/terminal/journal"
	"github.com/f510b0cf/till/terminal/link"
	"github.com/f510b0cf/till/terminal/profile"
)

// tillsMax is how many terminals a story may have: as many keys are handed out.
const tillsMax = 4

// till is a terminal at a merchant's, but for the reader, which is set up for each
// card.
type till struct {
	name    string // of its profile
	number  int    // from 0
	profile profile.Profile
	journal *journal.Journal
	line    *line
	link    *link.Link
	die     powerCut
}

// terminalKSN returns the key serial number of a terminal: those behind the first
// differ in the number of the device. ANSI X9.24-1, from memory.
func terminalKSN(number int) dukpt.TDESKSN {
	ksn := cast.TerminalKSN()
	ksn[6] += byte(number)
	return ksn
}

// useTill goes to the terminal of a profile, which is set up where there is none.
func (w *World) useTill(name string) error {
	i := slices.IndexFunc(w.tills, func(t *till) bool { return t.name == name })
	if i >= 0 {
		w.till = w.tills[i]
		return nil
	}
	if len(w.tills) == tillsMax {
		return fmt.Errorf("a story has at most %d terminals", tillsMax)
	}
	t := &till{name: name, number: len(w.tills)}
	var err error
	if t.profile, err = w.terminalProfile(name); err != nil {
		return err
	}
	t.die.strike = func() error { return w.cutPower(t) }
	t.line = &line{
		address: w.issuer.issuer.Addresses().Host, timeline: w.timeline, died: make(chan struct{}),
		timers: &timers{Clock: w.clock, real: w.config.RealTime}, dialect: w.dialect, framing: w.dialect.Framing(),
	}
	w.till, w.tills = t, append(w.tills, t)
	w.secrets.AddKey("initial key of terminal "+name, w.initial[t.number])
	return w.startTill(t)
}

// journalName is the file of a terminal's journal.
func (t *till) journalName() string {
	if t.number == 0 {
		return journalFile
	}
	return fmt.Sprintf("%s-%d", journalFile, t.number+1)
}

// startTill switches a terminal on and loads its key for PIN blocks.
func (w *World) startTill(t *till) (err error) {
	if t.journal, err = journal.Open(journal.Config{Path: w.path(terminalFolder, t.journalName()), Key: w.key, Committed: t.die.wrote}); err != nil {
		return err
	}
	if err := w.loadKey(t); err != nil {
		return err
	}
	log, err := w.log("terminal.log")
	if err != nil {
		return err
	}
	stream := "terminal/link"
	if t.number > 0 {
		stream = fmt.Sprintf("terminal/link/%d", t.number+1)
	}
	t.link, err = link.New(link.Config{
		Unmatched: t.line.unmatched,
		Dial:      t.line.dial, Journal: t.journal, Profile: t.profile, Dialect: w.dialect, Clock: t.line.timers,
		Rand: w.config.Source.Stream(stream), Logger: kitlog.NewLogfmtLogger(kitlog.NewSyncWriter(log)),
	})
	return err
}

// loadKey loads the terminal's initial key, for the kind of PIN blocks that its
// dialect has room for.
func (w *World) loadKey(t *till) error {
	if w.aes() {
		return link.LoadAES(t.journal, w.initial[t.number], terminalKeyID(t.number))
	}
	return link.LoadTDES(t.journal, w.initial[t.number], terminalKSN(t.number))
}

// aes reports whether the dialect has PIN blocks of format 4, under AES DUKPT.
func (w *World) aes() bool { return w.dialect.Name() == message.ISO93AES().Name() }

// terminalKeyID names the AES key of a terminal.
func terminalKeyID(number int) dukpt.InitialKeyID {
	return dukpt.InitialKeyID{0x12, 0x34, 0x56, 0x78, 0x90, 0x12, 0x34, byte(number)}
}

// stop switches the terminal off. What it keeps is in its journal.
func (t *till) stop() (err error) {
	if t.link != nil {
		err = t.link.Close()
		t.link = nil
	}
	if t.journal != nil {
		err = errors.Join(err, t.journal.Close())
		t.journal = nil
	}
	return err
}

// CloseTerminal switches all terminals off.
func (w *World) CloseTerminal() (err error) {
	for _, t := range w.tills {
		err = errors.Join(err, t.stop())
	}
	w.till, w.tills = nil, nil
	return err
}

// drainMax bounds the wait until the host has all that the terminal owes it.
const drainMax = 20 * time.Second

var errNotDrained = errors.New("the terminal still owes the host a reversal or an advice")

// drained waits until the host has acknowledged what the terminal owes it. It reports
// false where the line died meanwhile; one that is down is not waited for.
func (t *till) drained(ctx context.Context) (settled bool, err error) {
	outer := ctx
	ctx, cancel := context.WithTimeout(ctx, drainMax)
	defer cancel()
	struck := t.line.struck()
	over := make(chan struct{})
	defer close(over)
	go func() {
		select {
		case <-struck:
			cancel()
		case <-over:
		}
	}()
	if t.line.isDown() || t.link.Settle(ctx) == 0 {
		return true, nil
	}
	select {
	case <-struck:
		return t.line.isDown(), outer.Err()
	default:
		return false, errors.Join(errNotDrained, outer.Err())
	}
}

// terminalKeys hands out the keys of the terminals.
func (w *World) terminalKeys() error {
	if _, err := w.cast.Terminal(); err != nil {
		return err
	}
	for n := range tillsMax {
		initial, err := w.draft.Module().InitialKeyTDES(terminalKSN(n))
		if w.aes() {
			initial, err = w.draft.Module().InitialKeyAES(terminalKeyID(n))
		}
		if err != nil {
			return err
		}
		w.initial = append(w.initial, initial)
	}
	return nil
}
