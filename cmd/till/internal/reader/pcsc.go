package reader

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
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
	service := pcsc.New(pcsc.Config{})
	r, err := service.Open(name)
	if err != nil {
		return nil, cli.Failed{Err: err}
	}
	return &Reader{Reader: asking{r, service, c.Messages}, close: func() error { return nil }}, nil
}

// asking is a reader that asks a person for a card.
type asking struct {
	hardware.Reader
	service *pcsc.Service
	out     io.Writer
}

// WaitCard waits for a card, and asks for one where none is there.
func (a asking) WaitCard(ctx context.Context) (hardware.Card, error) {
	timer := time.AfterFunc(askAfter, a.ask)
	defer timer.Stop()
	return a.Reader.WaitCard(ctx)
}

// ask asks for a card, unless one is there and only slow.
func (a asking) ask() {
	infos, err := a.service.Readers()
	there := slices.ContainsFunc(infos, func(i pcsc.Info) bool { return i.Name == a.Name() && i.Card })
	if err == nil && !there {
		fmt.Fprintf(a.out, "till: insert a card into %s\n", a.Name())
	}
}
