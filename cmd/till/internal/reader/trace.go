package reader

import (
	"errors"
	"os"

	"github.com/f510b0cf/till/cmd/till/internal/tracefile"
	"github.com/f510b0cf/till/hardware/slot"
	"github.com/f510b0cf/till/hardware/trace"
)

// openTrace puts a card into a slot that answers as a recorded one did. What differs
// in every transaction may differ from the recording, and the recorded answers stand.
func openTrace(c Config, path string) (*Reader, error) {
	recording, err := tracefile.Read(path, os.Stdin)
	if err != nil {
		return nil, err
	}
	player := trace.NewPlayer(trace.PlayerConfig{Recording: recording, MayDiffer: trace.VolatileCommandData()})
	s := slot.New(c.Name)
	if c.Tap {
		s.Tap(player)
	} else {
		s.Insert(player)
	}
	return &Reader{Reader: s, emulated: true, remove: s.Pull, left: player.Close, close: func() error { return nil }}, nil
}

// Left returns what is left of a recorded card that was not played to its end, or at
// which command it ended; nil for all other readers.
func (r *Reader) Left() error {
	if r.left == nil {
		return nil
	}
	err := r.left()
	if errors.Is(err, trace.ErrMismatch) {
		return err
	}
	return nil
}
