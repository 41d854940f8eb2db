package pcsc

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// Config is how readers are used. Its zero value is right for real ones.
type Config struct {
	// Timeout is how long a card may take for one answer, 30 seconds by default.
	Timeout time.Duration

	library library // nil is that of the machine
}

// The default of Config, and bounds of a Service.
const (
	defaultTimeout = 30 * time.Second
	watchSlice     = 500 * time.Millisecond // of one wait for a change
	retryPause     = 100 * time.Millisecond
	returnMax      = 10 * time.Second // for a daemon that is being restarted
	inUseMax       = 3 * time.Second  // for another program to let go of a reader
	letGoMax       = 5 * time.Second  // for a reader to let go of a card
)

// Service is the PC/SC service of the machine.
type Service struct {
	library library
	timeout time.Duration
}

// New returns the service of the machine. It asks nothing of it yet.
func New(c Config) *Service {
	s := &Service{library: c.library, timeout: c.Timeout}
	if s.library == nil {
		s.library = system()
	}
	if s.timeout == 0 {
		s.timeout = defaultTimeout
	}
	return s
}

// Info is what the daemon knows of a reader.
type Info struct {
	Name  string
	Card  bool
	Mute  bool // the card does not answer its reset
	InUse bool // by a program that lets no other in
	ATR   []byte
}

// Readers lists the readers that are there, and whether a card is in them. No reader
// is no error.
func (s *Service) Readers() ([]Info, error) {
	infos, err := s.list()
	if err != nil {
		return nil, fmt.Errorf("list readers: %w", err)
	}
	return infos, nil
}

func (s *Service) list() ([]Info, error) {
	r, err := s.library.establish()
	if err != nil {
		return nil, err
	}
	defer func() { _ = r.release() }() // all is known
	names, err := r.readers()
	if err != nil {
		return nil, err
	}
	infos := make([]Info, 0, len(names))
	for _, name := range names {
		now, err := r.change(name, state{}, watchSlice)
		if err != nil || !now.there {
			continue // unplugged meanwhile
		}
		infos = append(infos, Info{Name: name, Card: now.card, Mute: now.mute, InUse: now.inUse, ATR: now.atr})
	}
	return infos, nil
}

// Open returns the reader of that name, or the one whose name alone has it as a
// part. The error wraps ErrNoReader where there is none.
func (s *Service) Open(name string) (*Reader, error) {
	infos, err := s.list()
	if err != nil {
		return nil, fmt.Errorf("open reader: %w", err)
	}
	var found, names []string
	for _, i := range infos {
		if i.Name == name {
			return newReader(s, name), nil
		}
		names = append(names, i.Name)
		if name != "" && strings.Contains(i.Name, name) {
			found = append(found, i.Name)
		}
	}
	switch {
	case len(found) == 1:
		return newReader(s, found[0]), nil
	case len(found) > 1:
		return nil, fmt.Errorf("open reader: several have that name in theirs: %s: name one of them in full", strings.Join(found, ", "))
	case len(names) == 0:
		return nil, fmt.Errorf("open reader: %w", ErrNoReader)
	}
	return nil, fmt.Errorf("open reader: %w: %s", ErrNoReader, strings.Join(names, ", "))
}

// pause waits a moment, and returns an error where ctx has ended.
func pause(ctx context.Context) error {
	select {
	case <-time.After(retryPause):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
