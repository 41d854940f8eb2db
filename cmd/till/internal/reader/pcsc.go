package reader

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/f510b0cf/till/cmd/till/internal/cli"
	"github.com/f510b0cf/till/hardware"
	"github.com/f510b0cf/till/hardware/pcsc"
)

// askAfter is how long a reader may be without a card until the user is asked for
// one.
const askAfter = 700 * time.Millisecond

// openPCSC opens a PC/SC reader, real or virtual.
func openPCSC(c Config, name string) (*Reader, error) {
	if c.Tap {
		return nil, errors.New("--tap: is for image:FILE; a card in a PC/SC reader is taken as inserted")
	}
	r, err := pcsc.New(pcsc.Config{}).Open(name)
	if err != nil {
		return nil, cli.Failed{Err: err}
	}
	return &Reader{Reader: asking{r, c.Messages}, close: func() error { return nil }}, nil
}

// asking is a reader that asks a person for a card.
type asking struct {
	hardware.Reader
	out io.Writer
}

// WaitCard waits for a card, and asks for one where none is there.
func (a asking) WaitCard(ctx context.Context) (hardware.Card, error) {
	timer := time.AfterFunc(askAfter, func() { fmt.Fprintf(a.out, "till: insert a card into %s\n", a.Name()) })
	defer timer.Stop()
	return a.Reader.WaitCard(ctx)
}
