package trace

import (
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/hardware"
)

// ErrMismatch says that what is asked of a Player is not what was recorded.
var ErrMismatch = errors.New("does not match the recording")

// defaultATR is the answer to reset of a recording that has none: T=0, and
// nothing more. ISO/IEC 7816-3.
var defaultATR = []byte{0x3B, 0x60, 0x00, 0x00}

// PlayerConfig is what a Player is made of.
type PlayerConfig struct {
	Recording Recording

	// MayDiffer are the data elements in commands whose values need not be
	// those of the recording, such as 9F37 (unpredictable number), 9A and 9F21;
	// 99 stands for the data of VERIFY. Commands with other lengths differ all
	// the same. Empty means that every byte must be that of the recording.
	MayDiffer []emv.Tag
}

// Player is a card that answers as the card of a recording did, as long as it
// hears the same commands.
type Player struct {
	steps     []step
	mayDiffer []emv.Tag

	mu       sync.Mutex
	next     int // index of the step to come
	dialogue dialogue
	session  *playedCard // the one that has power
	err      error       // the first mismatch
}

// NewPlayer returns a card without power that plays the recording.
func NewPlayer(c PlayerConfig) *Player {
	return &Player{steps: c.Recording.steps, mayDiffer: slices.Clone(c.MayDiffer)}
}

// PowerOn plays a cold reset. A recording that begins with a command has one
// before it with a plain ATR. The error wraps ErrMismatch where the recording
// does not go on with a reset.
func (p *Player) PowerOn(held hardware.Presentation) (hardware.Card, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	atr := defaultATR
	switch s, ok := p.upcoming(); {
	case ok && s.kind == coldReset:
		s.response.Open(func(b []byte) { atr = slices.Clone(b) })
		p.advance(s)
	case p.next > 0 || ok && s.kind == warmReset:
		return nil, p.mismatch("cold reset")
	}
	c := &playedCard{player: p, atr: atr, presentation: held}
	p.session = c
	return hardware.WithAbilities(c, p.resetter(c), p.verifier(c)), nil
}

// resetter returns c where the recording has a warm reset.
func (p *Player) resetter(c *playedCard) hardware.WarmResetter {
	if slices.ContainsFunc(p.steps, func(s step) bool { return s.kind == warmReset }) {
		return playedReset{c}
	}
	return nil
}

// verifier returns c where the recorded reader took the PIN itself.
func (p *Player) verifier(c *playedCard) hardware.PINVerifier {
	if slices.ContainsFunc(p.steps, func(s step) bool { return s.kind == pinPad }) {
		return playedPINPad{c}
	}
	return nil
}

// Close fails where something did not match, or where steps are left.
func (p *Player) Close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.err != nil {
		return p.err
	}
	if s, ok := p.upcoming(); ok {
		return fmt.Errorf("close player: %d of %d steps are left, next is step %d, %s: %w",
			len(p.steps)-p.next, len(p.steps), p.next+1, s.name(), ErrMismatch)
	}
	return nil
}

func (p *Player) upcoming() (step, bool) {
	if p.next == len(p.steps) {
		return step{}, false
	}
	return p.steps[p.next], true
}

func (p *Player) advance(s step) {
	p.dialogue.learn(s)
	p.next++
}

// mismatch ends the replay: what was asked for is not the step to come.
func (p *Player) mismatch(asked string) error {
	if s, ok := p.upcoming(); ok {
		return p.fail("%s instead of %s", asked, s.name())
	}
	return p.fail("%s after the last step", asked)
}

func (p *Player) fail(format string, a ...any) error {
	if p.err == nil {
		p.err = fmt.Errorf("play step %d: "+format+": %w", append(append([]any{p.next + 1}, a...), ErrMismatch)...)
	}
	return p.err
}

// play answers a command, or a warm reset, for a session.
func (p *Player) play(c *playedCard, k kind, command []byte) (answer []byte, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.session != c {
		return nil, fmt.Errorf("play recording: %w", hardware.ErrCardRemoved)
	}
	if p.err != nil {
		return nil, p.err
	}
	s, ok := p.upcoming()
	if !ok || s.kind != k {
		return nil, p.mismatch(step{kind: k, command: secret.New(command)}.name())
	}
	s.open(func(want, response []byte) {
		if err = p.compare(want, command); err == nil {
			answer = slices.Clone(response)
		}
	})
	if err != nil {
		return nil, err
	}
	p.advance(s)
	if s.failure != "" {
		return nil, fmt.Errorf("play recording: %w", s.failure.err())
	}
	return answer, nil
}

// compare fails at the first difference that is not allowed.
func (p *Player) compare(want, got []byte) error {
	if commandName(want) != commandName(got) {
		return p.mismatch(commandName(got))
	}
	for _, c := range commandChanges(&p.dialogue, want, &p.dialogue, got) {
		if c.tag == 0 || !slices.Contains(p.mayDiffer, c.tag) {
			return p.fail("%s differs in %s", commandName(want), c.what)
		}
	}
	return nil
}
