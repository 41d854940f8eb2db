package load

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// File is what a load needs to know of the cards of an issuer. It holds test keys in
// clear.
type File struct {
	Keys  json.RawMessage `json:"keys"`  // as issuer.Init takes them
	Cards int             `json:"cards"` // how many there are
	ATC   uint16          `json:"atc"`   // highest number of a transaction that a card has used
}

// ReadFile reads what Write has written.
func ReadFile(r io.Reader) (f File, err error) {
	decoder := json.NewDecoder(io.LimitReader(r, keysMax))
	decoder.DisallowUnknownFields()
	if decoder.Decode(&f) != nil || f.Cards < 1 || f.Cards > CardsMax {
		return File{}, errors.New("read cards: it is no file that `till load prepare` has written")
	}
	return f, nil
}

// Write writes the file.
func (f File) Write(w io.Writer) error {
	if err := json.NewEncoder(w).Encode(f); err != nil {
		return fmt.Errorf("write cards: %w", err)
	}
	return nil
}

// Fleet returns the cards, held to so many terminals.
func (f File) Fleet(terminals int) (*Fleet, error) {
	return NewFleet(bytes.NewReader(f.Keys), f.Cards, terminals, f.ATC)
}
