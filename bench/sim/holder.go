package sim

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/f510b0cf/till/emv/pin"
	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/issuer/channel"
	"github.com/f510b0cf/till/issuer/member"
	"github.com/f510b0cf/till/issuer/pinlife"
)

// holder is who has the card: what he chose, and what he knows.
type holder struct {
	pins    map[pinlife.Generation]pin.PIN // that he was ever asked to remember
	next    int                            // numbers the PINs that he thinks of
	asking  pin.PIN                        // in a request that is under way; zero for none
	acked   pinlife.Generation             // the newest one that he was told is taken
	working pinlife.Generation             // that he takes for the card's
	asked   int                            // numbers his requests
}

// pinChoice is a PIN that somebody enters.
type pinChoice struct {
	pin        pin.PIN
	generation pinlife.Generation // unknown for one that is nobody's
	sure       bool
}

// String tells which it is, without its digits.
func (c pinChoice) String() string {
	if c.generation == unknown {
		return "that is wrong"
	}
	return fmt.Sprintf("of generation %d", c.generation)
}

func newHolder(personal pin.PIN) *holder {
	h := &holder{pins: map[pinlife.Generation]pin.PIN{}}
	if !personal.IsZero() {
		h.working, h.acked = 1, 1
		h.pins[1] = personal
	}
	return h
}

// choices returns what he enters at a terminal: the PIN that he takes for the card's,
// then those that he chose since, in their order, and those of before.
func (h *holder) choices() (all []pinChoice) {
	add := func(g pinlife.Generation) {
		if p, ok := h.pins[g]; ok && !slices.ContainsFunc(all, func(c pinChoice) bool { return c.generation == g }) {
			all = append(all, pinChoice{pin: p, generation: g})
		}
	}
	add(h.working)
	for g := h.working + 1; g <= h.acked; g++ {
		add(g)
	}
	for g := h.working; g > pinlife.NoPIN; g-- {
		add(g)
	}
	return all
}

// mustPIN makes a PIN of digits that are in order.
func mustPIN(digits string) pin.PIN {
	p, err := pin.Parse([]byte(digits))
	if err != nil {
		panic("sim: " + err.Error())
	}
	return p
}

// firstPIN and step give PINs of which none is weak and none comes twice.
const (
	firstPIN = 8013
	pinStep  = 7
)

// wrongPIN is nobody's.
const wrongPIN = "9276"

// request is what a member asks for.
type request func(ctx context.Context, s *channel.Service, a channel.Asked) (channel.Status, error)

// The bounds of a request that brings no answer.
const (
	requestTries = 5
	requestPause = 4 * time.Second
)

// ask has a member ask the issuer for something, and ask again, for the same, while
// the issuer does not answer. The error is a refusal, or says that no answer came.
func (w *world) ask(what string, who member.ID, do request) (status channel.Status, err error) {
	w.holder.asked++
	asked := channel.Asked{Member: who, Door: member.Web, Card: w.template.ref, Key: fmt.Sprintf("request-%d", w.holder.asked)}
	for range requestTries {
		done := false
		h := w.host
		h.process.Go(func() {
			status, err = do(context.Background(), h.service, asked)
			done = true
		})
		w.people.wait(func() bool { return done || h.process.dead })
		var refusal *channel.Refusal
		if done && (err == nil || errors.As(err, &refusal)) {
			w.note("member "+who.String(), "%s: %s", what, told(status, err))
			return status, err
		}
		w.note("member "+who.String(), "%s: no answer", what)
		w.people.sleep(requestPause)
	}
	return status, errNoAnswer
}

var errNoAnswer = errors.New("the issuer does not answer")

func told(s channel.Status, err error) string {
	if err != nil {
		return err.Error()
	}
	return string(s.PIN)
}

// setPIN has the holder create or change his PIN.
func (w *world) setPIN() {
	h := w.holder
	w.people.wait(func() bool { return h.asking.IsZero() })
	digits := fmt.Sprint(firstPIN + pinStep*h.next)
	h.next++
	h.asking = mustPIN(digits)
	what, do := "change PIN", (*channel.Service).ChangePIN
	if w.record.PIN.Newest == pinlife.NoPIN {
		what, do = "create PIN", (*channel.Service).CreatePIN
	}
	_, err := w.ask(what, holderID, func(ctx context.Context, s *channel.Service, a channel.Asked) (channel.Status, error) {
		return do(s, ctx, a, secret.New([]byte(digits)))
	})
	if err == nil {
		w.acknowledged(h.asking)
	}
	h.asking = pin.PIN{}
}

// acknowledged notes that the holder was told that his PIN is taken.
func (w *world) acknowledged(p pin.PIN) {
	for g, known := range w.holder.pins {
		if known.Equal(p) {
			w.holder.acked = max(w.holder.acked, g)
			return
		}
	}
	w.violated("I4", errors.New("the holder was told that his PIN is taken, and no commit has it"))
}
