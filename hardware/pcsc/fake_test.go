package pcsc

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/f510b0cf/till/emv/atr"
	"github.com/f510b0cf/till/hardware"
)

// fakeLibrary is a PC/SC daemon with one reader, in memory. It behaves as the notes in
// scard.go say of the real one: a torn card gives an empty answer, a transmission can
// not be called off, an exclusive connection keeps others out.
type fakeLibrary struct {
	name     string
	absent   error // what establish says
	answer   []byte
	speaks   atr.Protocol
	features map[byte]uint32
	control  func(code uint32, in []byte) ([]byte, error)

	mu       sync.Mutex
	changed  chan struct{}
	chip     hardware.Chip
	inserted context.Context // ends when the card is pulled
	pull     context.CancelFunc
	mute     bool
	unplug   bool
	events   uint32
	held     bool
	broken   error // what transmit says
	sent     [][]byte
}

func newFake() *fakeLibrary {
	return &fakeLibrary{name: "fake 00", changed: make(chan struct{}), answer: []byte{0x3B, 0x60, 0x00, 0x00}}
}

// alter changes the fake and wakes all who wait.
func (f *fakeLibrary) alter(change func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	change()
	f.events++
	close(f.changed)
	f.changed = make(chan struct{})
}

// Insert puts a card in.
func (f *fakeLibrary) Insert(chip hardware.Chip) {
	f.Pull()
	f.alter(func() { f.chip = chip; f.inserted, f.pull = context.WithCancel(context.Background()) })
}

// Pull takes it out.
func (f *fakeLibrary) Pull() {
	f.alter(func() {
		if f.pull != nil {
			f.pull()
		}
		f.chip, f.pull = nil, nil
	})
}

func (f *fakeLibrary) establish() (resources, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.absent != nil {
		return nil, f.absent
	}
	return &fakeResources{fakeLibrary: f, cancelled: make(chan struct{}, 1)}, nil
}

type fakeResources struct {
	*fakeLibrary
	cancelled chan struct{}
}

func (r *fakeResources) readers() ([]string, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.unplug {
		return nil, nil
	}
	return []string{r.name}, nil
}

func (r *fakeResources) change(reader string, known state, timeout time.Duration) (state, error) {
	end := time.After(timeout)
	for {
		r.mu.Lock()
		now := state{seen: r.events + 1, there: !r.unplug, card: r.chip != nil, mute: r.mute, inUse: r.held, atr: r.answer}
		changed, gone, absent := r.changed, r.unplug || reader != r.name, r.absent
		r.mu.Unlock()
		switch {
		case absent != nil:
			return known, errStale
		case gone:
			return known, ErrNoReader
		case now.seen != known.seen:
			return now, nil
		}
		select {
		case <-changed:
		case <-r.cancelled:
			return known, errCancelled
		case <-end:
			return known, errTimeout
		}
	}
}

func (r *fakeResources) cancel() error {
	select {
	case r.cancelled <- struct{}{}:
	default:
	}
	return nil
}

func (r *fakeResources) release() error { return nil }

func (r *fakeResources) connect(string) (link, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case r.held:
		return nil, ErrInUse
	case r.chip == nil:
		return nil, errRemoved
	}
	r.held = true
	return &fakeLink{fakeLibrary: r.fakeLibrary, chip: r.chip, inserted: r.inserted}, nil
}

// fakeLink is a connection to the card.
type fakeLink struct {
	*fakeLibrary
	chip     hardware.Chip
	inserted context.Context
	card     hardware.Card
}

func (l *fakeLink) protocol() atr.Protocol { return l.speaks }
func (l *fakeLink) atr() ([]byte, error)   { return l.answer, nil }

func (l *fakeLink) reset(cold bool) (err error) {
	if l.inserted.Err() != nil {
		return errRemoved
	}
	if resetter, ok := l.card.(hardware.WarmResetter); ok && !cold {
		_, err = resetter.WarmReset(l.inserted)
		return err
	}
	l.powerOff()
	l.card, err = l.chip.PowerOn(hardware.Contact)
	return err
}

func (l *fakeLink) powerOff() {
	if l.card != nil {
		_ = l.card.PowerOff()
	}
	l.card = nil
}

func (l *fakeLink) transmit(command []byte) ([]byte, error) {
	l.mu.Lock()
	l.sent = append(l.sent, slices.Clone(command))
	broken := l.broken
	l.mu.Unlock()
	if broken != nil {
		return nil, broken
	}
	answer, err := l.card.Transmit(l.inserted, command)
	if err != nil || l.inserted.Err() != nil {
		return nil, nil // torn: no error and no answer
	}
	return answer, nil
}

func (l *fakeLink) disconnect() error {
	l.powerOff()
	l.alter(func() { l.held = false })
	return nil
}

// control is the control endpoint: the list of features, and then what the test says.
func (l *fakeLink) control(code uint32, in []byte) ([]byte, error) {
	if code != controlCode(getFeatureRequest) {
		return l.fakeLibrary.control(code, in)
	}
	if l.features == nil {
		return nil, errNoPad
	}
	var list []byte
	for tag, code := range l.features {
		list = append(list, tag, 4, byte(code>>24), byte(code>>16), byte(code>>8), byte(code))
	}
	return append(list, 0x12, 2, 0, 0), nil // and a row of another kind
}
