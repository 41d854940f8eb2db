package issuer

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/f510b0cf/till/issuer/hsm"
	"github.com/f510b0cf/till/issuer/store"
)

// Keys returns the check values of the keys of a data directory: those that others
// share, and those of the issuer alone.
func Keys(data string, kek hsm.KEK) (shared, own []hsm.KeyCheck, err error) {
	if err := there(data, ""); err != nil {
		return nil, nil, err
	}
	m, err := hsm.Open(files(data, kek), nil)
	if err != nil {
		return nil, nil, err
	}
	return m.KeyChecks(), m.StorageChecks(), nil
}

// RotateKeys adds a new key of a kind, as hsm.Rotate has it; given may be nil. The
// error wraps store.ErrInUse where the issuer runs: it would go on with the old ones.
func RotateKeys(data string, kek hsm.KEK, kind hsm.KeyKind, given io.Reader) (name string, err error) {
	err = stopped(data, kek, func(*hsm.Software, store.Store) error {
		name, err = hsm.Rotate(files(data, kek), kind, given, nil)
		return err
	})
	return name, err
}

// ErrKeyNeeded says that a key can not be retired yet.
var ErrKeyNeeded = errors.New("key is needed")

// RetireKey removes a key by its name, as hsm.Retire has it. The error wraps
// ErrKeyNeeded where cards need it, but for those that are closed; and store.ErrInUse
// where the issuer runs.
func RetireKey(ctx context.Context, data string, kek hsm.KEK, name string) error {
	return stopped(data, kek, func(m *hsm.Software, s store.Store) error {
		cards, err := cardsThatNeed(ctx, m, s, name)
		if err != nil {
			return err
		}
		if cards > 0 {
			return fmt.Errorf("retire %s: %d cards are not closed and need it, or have a PIN under it: %w", name, cards, ErrKeyNeeded)
		}
		return hsm.Retire(files(data, kek), name, nil)
	})
}

// cardsThatNeed counts the cards that need a key.
func cardsThatNeed(ctx context.Context, m *hsm.Software, s store.Store, name string) (count int, err error) {
	for card, err := range s.Cards(ctx) {
		if err != nil {
			return 0, err
		}
		r := card.Record
		if r.Status == store.Closed {
			continue
		}
		pan, err := m.OpenPAN(card.Ref, r.PAN)
		if err != nil {
			return 0, fmt.Errorf("card %s: %w", card.Ref, err)
		}
		if m.Needs(hsm.Card{PAN: pan, SequenceNumber: r.SequenceNumber, KeySet: r.Chip.KeySet}, r.PINs, name) {
			count++
		}
	}
	return count, nil
}

// Rekey seals the keys under another key-encryption key, which is made where there is
// none. The issuer must not run.
func Rekey(data string, kek, to hsm.KEK) error {
	return stopped(data, kek, func(*hsm.Software, store.Store) error { return hsm.Rekey(files(data, kek), to, nil) })
}

// stopped does something to the keys of an issuer that does not run.
func stopped(data string, kek hsm.KEK, do func(*hsm.Software, store.Store) error) error {
	m, s, err := openData(context.Background(), data, kek, "")
	if err != nil {
		return err
	}
	defer s.Close()
	if shared, ok := s.(interface{ Alone(context.Context) error }); ok {
		if err := shared.Alone(context.Background()); err != nil {
			return err
		}
	}
	return do(m, s)
}
