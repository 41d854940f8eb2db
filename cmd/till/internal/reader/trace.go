package reader

import (
	"os"

	"github.com/f510b0cf/till/cmd/till/internal/tracefile"
	"github.com/f510b0cf/till/hardware"
	"github.com/f510b0cf/till/hardware/trace"
)

// openTrace puts a card into a slot that answers as a recorded one did, as far as the
// recording goes.
func openTrace(c Config, path string) (*Reader, error) {
	recording, err := tracefile.Read(path, os.Stdin)
	if err != nil {
		return nil, err
	}
	card := trace.NewStandIn(recording)
	return recorded(c, card, card.Deviations), nil
}

// openExactTrace puts a card into a slot that plays a recording and nothing else.
// What differs in every transaction may differ from it.
func openExactTrace(c Config, path string) (*Reader, error) {
	recording, err := tracefile.Read(path, os.Stdin)
	if err != nil {
		return nil, err
	}
	player := trace.NewPlayer(trace.PlayerConfig{Recording: recording, MayDiffer: trace.VolatileCommandData()})
	return recorded(c, player, func() []string {
		if err := player.Close(); err != nil {
			return []string{err.Error()}
		}
		return nil
	}), nil
}

func recorded(c Config, chip hardware.Chip, notes func() []string) *Reader {
	r := inSlot(c, chip)
	r.notes = notes
	return r
}

// Notes returns what there is to say of a recorded card: what was asked otherwise than
// in the recording, or what of it was left over.
func (r *Reader) Notes() []string {
	if r.notes == nil {
		return nil
	}
	return r.notes()
}
