package trace

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/f510b0cf/till/emv/clock"
	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/hardware"
)

// Recorder listens to the readers and cards that it wraps.
type Recorder struct {
	clock clock.Clock // nil for no times

	mu        sync.Mutex
	recording Recording
	start     time.Time // of the first step
	observe   func(n int)
}

// NewRecorder returns a Recorder. With a clock each step has its time, relative
// to the first one; a recording without times (clock nil) repeats to the byte.
func NewRecorder(c clock.Clock) *Recorder { return &Recorder{clock: c} }

// Observe has f called with the number of each step that is recorded from now on,
// as Recording.Explained counts them from 0, before the terminal learns of it. It
// returns r.
func (r *Recorder) Observe(f func(n int)) *Recorder {
	r.observe = f
	return r
}

// Recording returns what was recorded so far.
func (r *Recorder) Recording() Recording {
	r.mu.Lock()
	defer r.mu.Unlock()
	snapshot := r.recording
	snapshot.steps = slices.Clone(snapshot.steps)
	return snapshot
}

// Reader returns a reader whose sessions are recorded.
func (r *Recorder) Reader(inner hardware.Reader) hardware.Reader { return reader{inner, r} }

// Card returns a card that is recorded, beginning with a cold reset and its
// ATR.
func (r *Recorder) Card(inner hardware.Card) hardware.Card {
	r.keep(r.now(), step{kind: coldReset, response: secret.New(inner.ATR())})
	c := card{inner, r}
	var reset hardware.WarmResetter
	if w, ok := inner.(hardware.WarmResetter); ok {
		reset = warmResetter{w, r}
	}
	var pad hardware.PINVerifier
	if v, ok := inner.(hardware.PINVerifier); ok {
		pad = pinVerifier{v, r}
	}
	return hardware.WithAbilities(c, reset, pad)
}

// now returns the time, zero without a clock.
func (r *Recorder) now() time.Time {
	if r.clock == nil {
		return time.Time{}
	}
	return r.clock.Now()
}

// keep adds a step that began at the time.
func (r *Recorder) keep(began time.Time, s step) {
	n, kept := r.add(began, s)
	if kept && r.observe != nil {
		r.observe(n)
	}
}

// add adds a step and returns its number, where there is room for it.
func (r *Recorder) add(began time.Time, s step) (n int, kept bool) {
	ended := r.now()
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.recording.steps) == stepsMax {
		r.recording.dropped++
		return 0, false
	}
	if r.clock != nil {
		if len(r.recording.steps) == 0 {
			r.start = began
		}
		s.timed, s.at, s.took = true, began.Sub(r.start), ended.Sub(began)
	}
	r.recording.steps = append(r.recording.steps, s)
	return len(r.recording.steps) - 1, true
}

// exchange sends a command and records it with what comes back.
func (r *Recorder) exchange(k kind, command []byte, send func() ([]byte, error)) ([]byte, error) {
	s := step{kind: k, command: secret.New(command)}
	began := r.now()
	response, err := send()
	if err == nil {
		s.response = secret.New(response)
	}
	s.failure = failureOf(err)
	r.keep(began, s)
	return response, err
}

// reader is a reader that is recorded.
type reader struct {
	hardware.Reader
	recorder *Recorder
}

// WaitCard records the reset.
func (r reader) WaitCard(ctx context.Context) (hardware.Card, error) {
	c, err := r.Reader.WaitCard(ctx)
	if err != nil {
		return nil, err
	}
	return r.recorder.Card(c), nil
}

// card is a card that is recorded.
type card struct {
	hardware.Card
	recorder *Recorder
}

// Presentation returns that of the card inside.
func (c card) Presentation() hardware.Presentation { return hardware.PresentationOf(c.Card) }

// Transmit records the command and the answer.
func (c card) Transmit(ctx context.Context, command []byte) ([]byte, error) {
	return c.recorder.exchange(exchange, command, func() ([]byte, error) { return c.Card.Transmit(ctx, command) })
}

// warmResetter is the ability to reset the card inside.
type warmResetter struct {
	inner    hardware.WarmResetter
	recorder *Recorder
}

// WarmReset records the reset.
func (w warmResetter) WarmReset(ctx context.Context) ([]byte, error) {
	return w.recorder.exchange(warmReset, nil, func() ([]byte, error) { return w.inner.WarmReset(ctx) })
}

// pinVerifier is the ability of a reader to have the PIN entered.
type pinVerifier struct {
	inner    hardware.PINVerifier
	recorder *Recorder
}

// VerifyPIN records the template, which has no PIN, and the answer.
func (p pinVerifier) VerifyPIN(ctx context.Context, template []byte) ([]byte, error) {
	return p.recorder.exchange(pinPad, template, func() ([]byte, error) { return p.inner.VerifyPIN(ctx, template) })
}
