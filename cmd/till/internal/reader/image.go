package reader

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/f510b0cf/till/cmd/till/internal/cli"
	"github.com/f510b0cf/till/emv/image"
	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/hardware"
	"github.com/f510b0cf/till/hardware/card"
	"github.com/f510b0cf/till/hardware/slot"
)

// openImage puts the emulated card in a file into a slot.
func openImage(c Config, path string) (*Reader, error) {
	icc, closer, err := openCard(c, path)
	if err != nil {
		return nil, err
	}
	r := inSlot(c, icc)
	r.close = closer
	return r, nil
}

// inSlot returns a slot for an emulated card.
func inSlot(c Config, chip hardware.Chip) *Reader {
	s := slot.New(c.Name)
	insert := func() { s.Insert(chip) }
	if c.Tap {
		insert = func() { s.Tap(chip) }
	}
	return &Reader{Reader: s, emulated: true, insert: insert, remove: s.Pull, close: func() error { return nil }}
}

// openCard opens the card in a file or in a copy of it, and returns what closes it.
func openCard(c Config, path string) (*card.ICC, func() error, error) {
	if !c.Copy {
		return OpenCard(path, c.Key)
	}
	key, err := c.Key.Read()
	if err != nil {
		return nil, nil, err
	}
	icc, err := OpenCopy(path, key)
	return icc, func() error { return nil }, err
}

// OpenCard opens the card in a file, for it alone until it is closed.
func OpenCard(path string, key cli.StorageKey) (icc *card.ICC, closer func() error, err error) {
	if err := notFolder(path); err != nil {
		return nil, nil, err
	}
	file, err := card.OpenFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil, missing(path, err)
	case errors.Is(err, card.ErrInUse):
		return nil, nil, cli.Failed{Err: fmt.Errorf("%s: %w: wait until the command that uses it has ended", path, err)}
	case err != nil:
		return nil, nil, cli.Failed{Err: err}
	}
	if icc, err = openFile(path, file, key); err != nil {
		return nil, nil, errors.Join(err, file.Close())
	}
	return icc, file.Close, nil
}

func openFile(path string, file *card.File, key cli.StorageKey) (*card.ICC, error) {
	k, err := key.Read()
	if err != nil {
		return nil, err
	}
	icc, err := card.Open(card.Config{Medium: file, Key: k})
	return icc, ExplainOpening(path, err)
}

// notFolder refuses a folder, which opens like a file.
func notFolder(path string) error {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return fmt.Errorf("open card file: %s is a folder: name the file of a card", path)
	}
	return nil
}

func missing(path string, err error) error {
	return fmt.Errorf("%w: make a card with `till card issue --profile amex --out %s`", err, path)
}

// cardBytesMax is the longest card file, in bytes, that is read. A card that was
// used a million times is shorter.
const cardBytesMax = 1 << 30

// OpenCopy opens a card from a copy of its file in memory, so that looking at a
// card changes nothing, not even a torn end.
func OpenCopy(path string, key secret.Key) (*card.ICC, error) {
	if err := notFolder(path); err != nil {
		return nil, err
	}
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, missing(path, fmt.Errorf("open card file: %w", err))
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	content, err := io.ReadAll(io.LimitReader(f, cardBytesMax))
	if err != nil {
		return nil, fmt.Errorf("open card file: %w", err)
	}
	memory := card.NewMemory()
	if err := memory.Append(content); err != nil {
		return nil, err
	}
	icc, err := card.Open(card.Config{Medium: memory, Key: key})
	return icc, ExplainOpening(path, err)
}

// ExplainOpening says what to do about a card that does not open. It ran, and
// the card is bad.
func ExplainOpening(path string, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, secret.ErrUnseal):
		return cli.Failed{Err: fmt.Errorf("%s: the storage key is not the one that the card was issued with, or the file was altered: name the right key with --key", path)}
	case errors.Is(err, card.ErrNoCard), errors.Is(err, card.ErrDamaged):
		return cli.Failed{Err: fmt.Errorf("%s: %w: issue the card anew", path, err)}
	case errors.Is(err, image.ErrVersion):
		return cli.Failed{Err: fmt.Errorf("%s: %w: issue the card anew, or use the till that made it", path, err)}
	}
	return cli.Failed{Err: fmt.Errorf("%s: %w", path, err)}
}
