package tables

import (
	"bytes"
	"context"
	"fmt"

	"github.com/f510b0cf/till/issuer/store"
)

// Prune removes old entries. Links stay as long as an entry that is kept, or the next
// one of a card or member, follows from them.
func (s Store) Prune(ctx context.Context, checkpoint store.Seal) (removed int, err error) {
	err = s.medium.Update(ctx, func(w Writer) error {
		removed = 0
		if err := checkSeal(w, checkpoint); err != nil {
			return err
		}
		first, through := firstEntry(w), checkpoint.Number
		if through < first {
			return nil
		}
		if through+1 >= nextEntry(w) || through-first >= store.PruneMax {
			return fmt.Errorf("prune journal: the newest entry stays, and at most %d go at once: %w", store.PruneMax, store.ErrRecord)
		}
		followed, err := followedBy(w, first, through)
		if err != nil {
			return err
		}
		seals := sealsBefore(w, through)
		for number := first; number <= through; number++ {
			w.Delete(Journal, entryKey(number))
		}
		for _, number := range followed {
			w.Delete(Links, entryKey(number))
		}
		for _, key := range seals {
			w.Delete(Seals, key)
		}
		w.Put(Seals, entryKey(through), bytes.Clone(checkpoint.Sealed))
		removed = int(through - first + 1)
		return nil
	})
	return removed, err
}

// followedBy returns the entries that the given ones follow in their chains.
func followedBy(r Reader, first, through uint64) (followed []uint64, err error) {
	for number := first; number <= through; number++ {
		e, err := decodeEntry(entryKey(number), r.Get(Journal, entryKey(number)))
		if err != nil {
			return nil, err
		}
		if e.Previous != 0 {
			followed = append(followed, e.Previous)
		}
	}
	return followed, nil
}

// sealsBefore returns the keys of the seals of entries before one.
func sealsBefore(r Reader, number uint64) (keys [][]byte) {
	for key := range r.From(Seals, nil) {
		if bytes.Compare(key, entryKey(number)) >= 0 {
			break
		}
		keys = append(keys, bytes.Clone(key))
	}
	return keys
}
