package issuer

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/issuer/hsm"
	"github.com/f510b0cf/till/issuer/store"
)

// head is what is sealed of the journal: the link of an entry, and so all entries up
// to it. It is sealed by hsm.Seal, AES-GCM under a key that only the key file has,
// so that nobody else can make one: no signature, since who checks has the keys.
type head struct {
	Number uint64
	Link   store.Link
	At     time.Time // to the millisecond, UTC
	Pruned bool      // the entries up to this one were removed
}

const (
	purposeHead = "journal head"
	headBytes   = 8 + len(store.Link{}) + 8 + 1
)

// seal returns the seal of a head.
func (h head) seal(m *hsm.Software) (store.Seal, error) {
	clear := binary.BigEndian.AppendUint64(make([]byte, 0, headBytes), h.Number)
	clear = append(clear, h.Link[:]...)
	clear = binary.BigEndian.AppendUint64(clear, uint64(h.At.UnixMilli()))
	pruned := byte(0)
	if h.Pruned {
		pruned = 1
	}
	sealed, err := m.Seal(purposeHead, account.Ref{}, append(clear, pruned))
	return store.Seal{Number: h.Number, Sealed: sealed}, err
}

// openHead opens a seal.
func openHead(m *hsm.Software, s store.Seal) (h head, err error) {
	clear, err := m.Unseal(purposeHead, account.Ref{}, s.Sealed)
	if err != nil {
		return h, err
	}
	clear.Open(func(b []byte) {
		if len(b) != headBytes {
			err = errors.New("it is no head of a journal")
			return
		}
		h.Number = binary.BigEndian.Uint64(b)
		rest := b[8+copy(h.Link[:], b[8:]):]
		h.At = time.UnixMilli(int64(binary.BigEndian.Uint64(rest))).UTC()
		h.Pruned = rest[8] == 1
	})
	if err == nil && h.Number != s.Number {
		err = fmt.Errorf("it is of entry %d", h.Number)
	}
	return h, err
}

// sealJournal seals the journal as it is now.
func sealJournal(ctx context.Context, s store.Store, m *hsm.Software, now time.Time) error {
	number, link, err := s.Newest(ctx)
	if err != nil || number == 0 {
		return err
	}
	seal, err := head{Number: number, Link: link, At: now}.seal(m)
	if err != nil {
		return err
	}
	return s.PutSeal(ctx, seal)
}

// prune removes the entries that are older than a moment and have none before them
// that is not, but for the newest one. Each step leaves a journal that is whole.
func prune(ctx context.Context, s store.Store, m *hsm.Software, before, now time.Time) (removed int, err error) {
	for {
		through, err := oldEntries(ctx, s, before)
		if err != nil || through == 0 {
			return removed, err
		}
		link, err := s.Link(ctx, through)
		if err != nil {
			return removed, err
		}
		seal, err := head{Number: through, Link: link, At: now, Pruned: true}.seal(m)
		if err != nil {
			return removed, err
		}
		n, err := s.Prune(ctx, seal)
		removed += n
		if err != nil {
			return removed, err
		}
	}
}

// oldEntries returns the last of the oldest entries, at most store.PruneMax, that
// are older than a moment; 0 where there are none but the newest.
func oldEntries(ctx context.Context, s store.Store, before time.Time) (through uint64, err error) {
	newest, _, err := s.Newest(ctx)
	if err != nil {
		return 0, err
	}
	count := 0
	for e, err := range s.Journal(ctx, 0) {
		switch {
		case err != nil:
			return 0, err
		case !e.At.Before(before) || e.Number == newest || count == store.PruneMax:
			return through, nil
		}
		through = e.Number
		count++
	}
	return through, nil
}

// Prune removes the entries of a journal that are older than a moment, of an issuer
// that does not run. The error wraps store.ErrInUse where one runs.
func Prune(ctx context.Context, data string, kek hsm.KEK, before, now time.Time) (removed int, err error) {
	module, s, err := openData(ctx, data, kek, "")
	if err != nil {
		return 0, err
	}
	removed, err = prune(ctx, s, module, before, now)
	return removed, errors.Join(err, s.Close())
}

// prune removes old entries while the issuer runs.
func (i *Issuer) prune(ctx context.Context, before time.Time) (removed int, err error) {
	removed, err = prune(ctx, i.store, i.module, before, i.clock.Now())
	_ = i.log.Log("event", "journal pruned", "before", before.UTC(), "entries", removed, "err", err)
	return removed, err
}
