// Package reader opens the readers that commands name, and card files.
package reader

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/f510b0cf/till/cmd/till/internal/cli"
	"github.com/f510b0cf/till/hardware"
)

// Reader is a reader with what is in it.
type Reader struct {
	hardware.Reader
	emulated bool            // it holds cards of this program alone
	insert   func()          // puts an emulated card in; nil where a person does
	remove   func()          // takes it out; likewise
	notes    func() []string // on a recorded card; nil for others
	close    func() error
}

// Config says which reader is wanted, and how.
type Config struct {
	Name string // as on the command line: image:FILE, pcsc:NAME or trace:FILE
	Tap  bool   // hold the card to the contactless side
	// Empty has an emulated card wait outside until Insert.
	Empty bool
	// Copy has an emulated card run from a copy of its file, which stays as it is.
	Copy bool
	Key  cli.StorageKey // that card files are sealed under
	// Messages is where a person is asked for a card.
	Messages io.Writer
}

// kinds are the kinds of reader, by what stands before the colon of a name.
var kinds = map[string]func(Config, string) (*Reader, error){
	"image": openImage,
	"pcsc":  openPCSC,
	"trace": openTrace, "trace-exact": openExactTrace,
}

// Open opens a reader and presents the card in it, where it is an emulated one and
// Config does not keep it outside.
func Open(c Config) (*Reader, error) {
	kind, rest, _ := strings.Cut(c.Name, ":")
	open, ok := kinds[kind]
	if !ok || rest == "" {
		return nil, errors.New("--reader: want image:FILE with a card file, pcsc:NAME with a name that `till readers` lists, or a part of it, or trace:FILE with a recorded dialogue")
	}
	r, err := open(c, rest)
	switch {
	case err != nil:
		return nil, err
	case c.Empty && r.insert == nil:
		return nil, errors.Join(errors.New("--hand: is for an emulated card, such as image:FILE; people insert the cards of other readers"), r.Close())
	case !c.Empty && r.insert != nil:
		r.insert()
	}
	return r, nil
}

// Insert puts an emulated card in. One that is there is taken out first.
func (r *Reader) Insert() {
	if r.insert != nil {
		r.insert()
	}
}

// Remove removes the card when the terminal says so, where no person can.
func (r *Reader) Remove() {
	if r.remove != nil {
		r.remove()
	}
}

// Close takes the card's power, and closes the reader and the card's file.
func (r *Reader) Close() error {
	if err := errors.Join(r.Reader.Close(), r.close()); err != nil {
		return fmt.Errorf("close reader: %w", err)
	}
	return nil
}
