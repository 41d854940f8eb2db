package trace

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/f510b0cf/till/emv/apdu"
	"github.com/f510b0cf/till/hardware"
)

// StandIn is a card that answers as the card of a recording did, as far as the
// recording goes: in whatever order it is asked, with the recorded answer where a
// terminal fills a command with other data, and with a status word that says "not
// found" where nothing of the kind was recorded. What it made up is told by
// Deviations. A Player is the strict one.
type StandIn struct {
	steps []step

	mu         sync.Mutex
	next       int // the step behind the one that was played last
	dialogue   dialogue
	session    *standInCard
	deviations []string
}

// NewStandIn returns a card without power that stands in for the one of a recording.
func NewStandIn(r Recording) *StandIn { return &StandIn{steps: r.steps} }

// PowerOn plays a cold reset, with the first recorded ATR or a plain one.
func (s *StandIn) PowerOn(held hardware.Presentation) (hardware.Card, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := &standInCard{standIn: s, atr: defaultATR, presentation: held}
	if i := slices.IndexFunc(s.steps, func(r step) bool { return r.kind == coldReset }); i >= 0 {
		s.steps[i].response.Open(func(b []byte) { c.atr = slices.Clone(b) })
	}
	s.session, s.next, s.dialogue = c, 0, dialogue{}
	return c, nil
}

// Deviations returns what was asked otherwise than in the recording, each once, in
// the order in which it came.
func (s *StandIn) Deviations() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.deviations)
}

// standInCard is a session with a StandIn.
type standInCard struct {
	standIn      *StandIn
	atr          []byte
	presentation hardware.Presentation
}

// ATR returns the recorded answer to reset.
func (c *standInCard) ATR() []byte { return slices.Clone(c.atr) }

// Presentation returns how the card is held now.
func (c *standInCard) Presentation() hardware.Presentation { return c.presentation }

// PowerOff ends the session.
func (c *standInCard) PowerOff() error {
	c.standIn.mu.Lock()
	defer c.standIn.mu.Unlock()
	if c.standIn.session == c {
		c.standIn.session = nil
	}
	return nil
}

// Transmit returns a recorded answer or one that says that there is none. The error
// is of the kind that was recorded.
func (c *standInCard) Transmit(ctx context.Context, command []byte) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	c.standIn.mu.Lock()
	defer c.standIn.mu.Unlock()
	if c.standIn.session != c {
		return nil, fmt.Errorf("stand in: %w", hardware.ErrCardRemoved)
	}
	return c.standIn.answer(command)
}

// answer finds the recorded step for a command.
func (s *StandIn) answer(command []byte) (answer []byte, err error) {
	asked, err := apdu.ParseCommand(command)
	if err != nil {
		return apdu.Response{SW: apdu.SWWrongLength}.Encode(), nil
	}
	i, ok := s.find(asked)
	if !ok {
		s.deviate(fmt.Sprintf("%s %X is not in the recording", asked.Name(), asked.Header()))
		return apdu.Response{SW: notFound(asked.INS)}.Encode(), nil
	}
	found := s.steps[i]
	found.open(func(recorded, response []byte) {
		s.compare(asked.Name(), recorded, command)
		answer = slices.Clone(response)
	})
	s.dialogue.learn(found)
	s.next = i + 1
	if found.failure != "" {
		return nil, fmt.Errorf("stand in: %w", found.failure.err())
	}
	return answer, nil
}

// compare notes where a command is not the recorded one, but for what differs in
// every transaction.
func (s *StandIn) compare(name string, recorded, command []byte) {
	volatile := VolatileCommandData()
	var what []string
	for _, c := range commandChanges(&s.dialogue, recorded, &s.dialogue, command) {
		if (c.tag == 0 || !slices.Contains(volatile, c.tag)) && c.what != "Le" {
			what = append(what, c.what)
		}
	}
	if len(what) > 0 {
		s.deviate(name + " differs in " + strings.Join(what, ", "))
	}
}

func (s *StandIn) deviate(how string) {
	if !slices.Contains(s.deviations, how) {
		s.deviations = append(s.deviations, how)
	}
}

// find returns the step that is played for a command: the same command, from the
// present place on or else from the beginning; for SELECT also one whose name begins
// like that (partial selection, EMV Book 1, 12.3.3); for a command that a terminal fills with data of its
// own also one with other data, or with other parameters.
func (s *StandIn) find(asked apdu.Command) (int, bool) {
	like := []func(apdu.Command) bool{
		func(c apdu.Command) bool { return c.Header() == asked.Header() && bytes.Equal(c.Data, asked.Data) },
	}
	switch {
	case asked.INS == insSelect: // by the beginning of a name
		like = append(like, func(c apdu.Command) bool { return c.Header() == asked.Header() && bytes.HasPrefix(c.Data, asked.Data) })
	case slices.Contains(filledByTerminal, asked.INS):
		like = append(like,
			func(c apdu.Command) bool { return c.Header() == asked.Header() },
			func(c apdu.Command) bool { return c.CLA == asked.CLA && c.INS == asked.INS })
	}
	for _, is := range like {
		for _, from := range []int{s.next, 0} {
			if i := slices.IndexFunc(s.steps[from:], func(r step) bool { return r.isLike(is) }); i >= 0 {
				return from + i, true
			}
		}
	}
	return 0, false
}

// filledByTerminal are the commands whose data a terminal makes.
var filledByTerminal = []byte{insGetProcessingOptions, insGenerateAC, insInternalAuthenticate, insExternalAuthenticate, insVerify}

func (s step) isLike(is func(apdu.Command) bool) (like bool) {
	if !s.isCommand() {
		return false
	}
	s.command.Open(func(command []byte) {
		c, err := apdu.ParseCommand(command)
		like = err == nil && is(c)
	})
	return like
}

// notFound is the status word of a card that does not have what a command asks for.
func notFound(ins byte) apdu.SW {
	switch ins {
	case insSelect:
		return apdu.SWFileNotFound
	case insReadRecord:
		return apdu.SWRecordNotFound
	case insGetData:
		return apdu.SWReferencedDataNotFound
	}
	return apdu.SWInstructionUnknown
}
