package checkout

import (
	"context"
	"fmt"
	"io"

	"github.com/f510b0cf/till/cmd/till/internal/cli"
	"github.com/f510b0cf/till/cmd/till/internal/reader"
	"github.com/f510b0cf/till/terminal/kernel"
	"github.com/f510b0cf/till/terminal/pinpad"
)

// openReader opens the reader and presents the card.
func (c *Point) openReader(streams cli.Streams) (*reader.Reader, error) {
	return reader.Open(reader.Config{Name: c.Reader, Tap: c.Tap, Empty: c.Empty, Key: c.StorageKey, Messages: streams.Err})
}

// customer is a cardholder who removes the card when the terminal says so, with a
// display to read that on.
type customer struct {
	kernel.Cardholder
	reader  *reader.Reader
	display io.Writer
}

// Show displays a message and obeys it.
func (c customer) Show(_ context.Context, m kernel.Message) {
	fmt.Fprintln(c.display, pinpad.Text(m))
	if m == kernel.MessageRemoveCard {
		c.reader.Remove()
	}
}
