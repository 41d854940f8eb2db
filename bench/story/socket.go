package story

import (
	"github.com/f510b0cf/till/hardware"
	"github.com/f510b0cf/till/hardware/slot"
)

// Socket is a reader whose cards are inserted and pulled by call. After Close the card
// has no power.
type Socket interface {
	hardware.Reader
	Insert(chip hardware.Chip)
	Pull()
}

// inReader puts a card into the reader of one insertion. A card is tapped at a slot of
// its own where the reader has no contactless side.
func (w *World) inReader(chip hardware.Chip, tap bool) (Socket, error) {
	if tap || w.config.Socket == nil {
		s := slot.New("slot")
		if tap {
			s.Tap(chip)
		} else {
			s.Insert(chip)
		}
		return s, nil
	}
	s, err := w.config.Socket()
	if err != nil {
		return nil, err
	}
	s.Insert(chip)
	return s, nil
}
