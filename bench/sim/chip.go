package sim

import (
	"context"
	"io"

	"github.com/f510b0cf/till/emv/apdu"
	"github.com/f510b0cf/till/hardware"
	"github.com/f510b0cf/till/hardware/card"
	"github.com/f510b0cf/till/issuer/pinlife"
)

// chip is the card, with an eye on what it remembers. It is a hardware.Chip.
type chip struct {
	world  *world
	memory *card.Memory
	icc    *card.ICC
	rand   io.Reader // one stream for its whole life
	writes []card.Write
	wedge  bool // something between terminal and chip sends each script again
}

// remembered is what a chip remembers.
type remembered struct {
	card.Status
	PIN pinlife.Generation // NoPIN where it has none; unknown where nobody ever chose it
}

// unknown is a PIN that nobody ever chose.
const unknown pinlife.Generation = 1 << 31

// open reads the chip from its memory, where that was torn.
func (c *chip) open() error {
	var err error
	c.icc, err = card.Open(card.Config{Medium: c.memory, Key: c.world.template.storage, Rand: c.rand, Cut: c.cut})
	return err
}

// cut notes a write, and reports whether the power goes.
func (c *chip) cut(at card.Point) bool {
	if at.Moment == card.Before {
		c.writes = append(c.writes, at.Write)
	}
	return c.world.faults.cut(at)
}

// look returns what the first application remembers.
func (c *chip) look() remembered {
	r := remembered{Status: c.icc.Status()[0]}
	if !r.PINSet {
		return r
	}
	r.PIN = unknown
	for g, p := range c.world.holder.pins {
		if c.icc.HasPIN(0, p) {
			r.PIN = g
		}
	}
	return r
}

// PowerOn resets the chip.
func (c *chip) PowerOn(p hardware.Presentation) (hardware.Card, error) {
	inner, err := c.icc.PowerOn(p)
	if err != nil {
		return nil, err
	}
	s := &chipSession{Card: inner, chip: c, held: p}
	if r, ok := inner.(hardware.WarmResetter); ok {
		return hardware.WithAbilities(s, r, nil), nil
	}
	return s, nil
}

// chipSession is the chip with power.
type chipSession struct {
	hardware.Card
	chip *chip
	held hardware.Presentation
}

// Presentation returns how the card is held.
func (s *chipSession) Presentation() hardware.Presentation { return s.held }

// Transmit lets others go on, and then has the command carried out.
func (s *chipSession) Transmit(ctx context.Context, command []byte) ([]byte, error) {
	answer, err := s.carryOut(ctx, command)
	if p, parsed := apdu.ParseCommand(command); s.chip.wedge && err == nil && parsed == nil && p.INS == apdu.INSPINChange {
		_, err = s.carryOut(ctx, command)
	}
	return answer, err
}

func (s *chipSession) carryOut(ctx context.Context, command []byte) ([]byte, error) {
	c, w := s.chip, s.chip.world
	w.scheduler.running.process.yield()
	before := c.look()
	c.writes = nil
	answer, err := s.Card.Transmit(ctx, command)
	w.carriedOut(before, command, answer, err)
	return answer, err
}

// reader is where the card is put in. It is a hardware.Reader.
type reader struct {
	chip *chip
	held hardware.Presentation
}

// Name names it.
func (r *reader) Name() string { return "sim" }

// WaitCard resets the card, which is there.
func (r *reader) WaitCard(context.Context) (hardware.Card, error) { return r.chip.PowerOn(r.held) }

// WaitRemoval returns: the card is taken out.
func (r *reader) WaitRemoval(context.Context) error { return nil }

// Close does nothing.
func (r *reader) Close() error { return nil }

// reset takes the power off the chip.
func (c *chip) reset() {
	if s, err := c.icc.PowerOn(hardware.Contact); err == nil {
		_ = s.PowerOff()
	}
}
