package checkout

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"

	"github.com/f510b0cf/till/cmd/till/internal/cardcmd"
	"github.com/f510b0cf/till/cmd/till/internal/cli"
	"github.com/f510b0cf/till/hardware/card"
	"github.com/f510b0cf/till/hardware/slot"
	"github.com/f510b0cf/till/terminal/kernel"
	"github.com/f510b0cf/till/terminal/pinpad"
)

// imagePrefix begins the name of a reader with an emulated card.
const imagePrefix = "image:"

// counter is where the card lies: a slot with an emulated card in it.
type counter struct {
	slot *slot.Slot
	file *card.File
}

// openCounter opens the card file and presents the card.
func (c *Command) openCounter() (*counter, error) {
	path, ok := strings.CutPrefix(c.Reader, imagePrefix)
	if !ok || path == "" {
		return nil, errors.New("--reader: want image:FILE with a card file; other readers are not there yet")
	}
	file, err := card.OpenFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("%w: make a card with `till card issue --profile amex --out %s`", err, path)
	case err != nil:
		return nil, cli.Failed{Err: err}
	}
	icc, err := c.openCard(path, file)
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	s := slot.New(c.Reader)
	if c.Tap {
		s.Tap(icc)
	} else {
		s.Insert(icc)
	}
	return &counter{slot: s, file: file}, nil
}

// openCard opens the card in a file.
func (c *Command) openCard(path string, file *card.File) (*card.ICC, error) {
	key, err := c.Read()
	if err != nil {
		return nil, err
	}
	icc, err := card.Open(card.Config{Medium: file, Key: key})
	return icc, cardcmd.ExplainOpening(path, err)
}

// Close takes the card's power and closes its file.
func (c *counter) Close() { _ = errors.Join(c.slot.Close(), c.file.Close()) }

// customer returns a cardholder who removes the card when the terminal says so,
// and a display on w.
func (c *counter) customer(person kernel.Cardholder, w io.Writer) kernel.Cardholder {
	return customer{person, c.slot, w}
}

type customer struct {
	kernel.Cardholder
	slot    *slot.Slot
	display io.Writer
}

// Show displays a message and obeys it.
func (c customer) Show(_ context.Context, m kernel.Message) {
	fmt.Fprintln(c.display, pinpad.Text(m))
	if m == kernel.MessageRemoveCard {
		c.slot.Pull()
	}
}
