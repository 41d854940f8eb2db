package sim

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/hardware"
	"github.com/f510b0cf/till/issuer/channel"
)

// Act is one thing that people do, such as "insert 1" or "meanwhile change".
type Act struct {
	Verb      string
	Terminal  int           // of insert, tap, order and wrong: from 1
	Time      time.Duration // of wait
	Meanwhile bool          // the next act does not wait for its end
}

// The verbs.
const (
	verbActivate = "activate" // the holder activates the card
	verbChange   = "change"   // he creates his PIN, or changes it
	verbUnblock  = "unblock"  // he asks for new tries
	verbStranger = "stranger" // another member tries to change the PIN
	verbInsert   = "insert"   // a purchase with the card in a terminal
	verbWrong    = "wrong"    // likewise, with a wrong PIN first
	verbForge    = "forge"    // likewise, and a wedge sends each script again
	verbTap      = "tap"      // a purchase with the card held to a terminal
	verbOrder    = "order"    // a purchase without the card
	verbWait     = "wait"     // time passes
)

// String returns the act as ParseActs reads it.
func (a Act) String() string {
	text := a.Verb
	switch {
	case a.atTerminal():
		text += " " + strconv.Itoa(a.Terminal)
	case a.Verb == verbWait:
		text += " " + a.Time.String()
	}
	if a.Meanwhile {
		text = "meanwhile " + text
	}
	return text
}

func (a Act) atTerminal() bool {
	switch a.Verb {
	case verbInsert, verbWrong, verbForge, verbTap, verbOrder:
		return true
	}
	return false
}

// Acts is what people do, in order.
type Acts []Act

// String returns the acts as ParseActs reads them.
func (a Acts) String() string {
	all := make([]string, len(a))
	for i, one := range a {
		all[i] = one.String()
	}
	return strings.Join(all, "; ")
}

// actsMax bounds a story.
const actsMax = 200

// Verbs names all acts.
const Verbs = "activate, change, unblock, stranger, wait with a time, or insert, wrong, forge, tap or order with terminal 1 or 2"

var errAct = errors.New("want " + Verbs)

// ParseActs reads acts with semicolons between them.
func ParseActs(text string) (all Acts, err error) {
	for one := range strings.SplitSeq(text, ";") {
		words := strings.Fields(one)
		if len(words) == 0 {
			continue
		}
		a, err := parseAct(words)
		if err != nil {
			return nil, fmt.Errorf("parse act %q: %w", strings.TrimSpace(one), err)
		}
		if len(all) == actsMax {
			return nil, fmt.Errorf("parse acts: more than %d", actsMax)
		}
		all = append(all, a)
	}
	return all, nil
}

func parseAct(words []string) (a Act, err error) {
	if words[0] == "meanwhile" {
		a.Meanwhile, words = true, words[1:]
	}
	if len(words) == 0 {
		return a, errAct
	}
	a.Verb = words[0]
	switch a.Verb {
	case verbActivate, verbChange, verbUnblock, verbStranger:
		if len(words) == 1 {
			return a, nil
		}
	case verbWait:
		if len(words) == 2 {
			a.Time, err = time.ParseDuration(words[1])
			if err == nil && a.Time > 0 && a.Time <= timeMax {
				return a, nil
			}
		}
	default:
		if len(words) == 2 && a.atTerminal() {
			a.Terminal, err = strconv.Atoi(words[1])
			if err == nil && a.Terminal >= 1 && a.Terminal <= tillsMax {
				return a, nil
			}
		}
	}
	return a, errAct
}

// perform plays the acts, and returns when all have come to their end.
func (w *world) perform(acts Acts) {
	under := 0
	for _, a := range acts {
		if !a.Meanwhile {
			w.act(a)
			continue
		}
		under++
		w.people.Go(func() {
			w.act(a)
			under--
		})
	}
	w.people.wait(func() bool { return under == 0 })
}

func (w *world) act(a Act) {
	w.note("act", "%s", a)
	switch a.Verb {
	case verbActivate:
		_, _ = w.ask("activate", holderID, func(ctx context.Context, s *channel.Service, asked channel.Asked) (channel.Status, error) {
			return s.Activate(ctx, asked)
		})
	case verbChange:
		w.setPIN()
	case verbUnblock:
		w.unblock()
	case verbStranger:
		w.stranger()
	case verbInsert:
		w.buy(w.tills[a.Terminal-1], hardware.Contact, w.holder.choices()...)
	case verbForge:
		w.chip.wedge = true
		w.buy(w.tills[a.Terminal-1], hardware.Contact, w.holder.choices()...)
		w.chip.wedge = false
	case verbWrong:
		wrong := pinChoice{pin: mustPIN(wrongPIN), generation: unknown, sure: true}
		w.buy(w.tills[a.Terminal-1], hardware.Contact, append([]pinChoice{wrong}, w.holder.choices()...)...)
	case verbTap:
		w.buy(w.tills[a.Terminal-1], hardware.Contactless)
	case verbOrder:
		w.order(w.tills[a.Terminal-1])
	case verbWait:
		w.people.sleep(a.Time)
	}
}

func (w *world) unblock() {
	_, _ = w.ask("unblock", holderID, func(ctx context.Context, s *channel.Service, a channel.Asked) (channel.Status, error) {
		return s.Unblock(ctx, a)
	})
}

// stranger tries to take the card over. I11.
func (w *world) stranger() {
	for what, do := range w.takeovers() {
		_, err := w.ask(what, strangerID, do)
		var refusal *channel.Refusal
		if !errors.As(err, &refusal) && !errors.Is(err, errNoAnswer) {
			w.violated("I11", fmt.Errorf("another member was allowed to %s", what))
		}
	}
}

// takeovers are what only the holder may do.
func (w *world) takeovers() func(yield func(string, request) bool) {
	digits := func() secret.Value { return secret.New([]byte(wrongPIN)) }
	return func(yield func(string, request) bool) {
		_ = yield("change PIN", func(ctx context.Context, s *channel.Service, a channel.Asked) (channel.Status, error) {
			return s.ChangePIN(ctx, a, digits())
		}) && yield("unblock", func(ctx context.Context, s *channel.Service, a channel.Asked) (channel.Status, error) {
			return s.Unblock(ctx, a)
		})
	}
}
