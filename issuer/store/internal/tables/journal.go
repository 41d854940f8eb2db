package tables

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"iter"

	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/issuer/member"
	"github.com/f510b0cf/till/issuer/store"
)

// linkDomain begins what is hashed, so that a link is never the hash of anything
// else.
const linkDomain = "till journal 1\x00"

// linkOf returns the link of an entry: SHA-256 over the link of the entry before it,
// that of the entry before it in its own chain, its number and its row. A link that
// is not there is 32 zeros.
func linkOf(r Reader, number, previous uint64, row []byte) (l store.Link) {
	h := sha256.New()
	h.Write([]byte(linkDomain))
	for _, before := range [...]uint64{number - 1, previous} {
		link := link(r, before)
		h.Write(link[:])
	}
	h.Write(entryKey(number))
	h.Write(row)
	h.Sum(l[:0])
	return l
}

// link returns the link of an entry, zero where there is none.
func link(r Reader, number uint64) (l store.Link) {
	copy(l[:], r.Get(Links, entryKey(number)))
	return l
}

// appendEntry writes an entry, whose chain is set, and its link.
func appendEntry(w Writer, e store.Entry) (number uint64) {
	number = nextEntry(w)
	row := encodeEntry(e)
	l := linkOf(w, number, e.Previous, row)
	w.Put(Journal, entryKey(number), row)
	w.Put(Links, entryKey(number), l[:])
	return number
}

// appendActs writes entries of a member.
func appendActs(w Writer, id member.ID, entries []store.Entry) {
	for _, e := range entries {
		e.Ref, e.Member, e.Previous = account.Ref{}, id, newestAct(w, id)
		w.Put(Acts, memberKey(id), entryKey(appendEntry(w, e)))
	}
}

// newestAct returns the number of a member's newest entry, 0 for none.
func newestAct(r Reader, id member.ID) uint64 {
	return numberOf(r.Get(Acts, memberKey(id)))
}

// LinkEntries writes the links of a journal of schema version 1, which had none.
func LinkEntries(w Writer) error {
	for number := uint64(1); number < nextEntry(w); number++ {
		row := w.Get(Journal, entryKey(number))
		e, err := decodeEntry(entryKey(number), row)
		if err != nil {
			return err
		}
		l := linkOf(w, number, e.Previous, row)
		w.Put(Links, entryKey(number), l[:])
	}
	return nil
}

// firstEntry returns the number of the oldest entry that is kept, 0 for none.
func firstEntry(r Reader) uint64 {
	for key := range r.From(Journal, nil) {
		return numberOf(key)
	}
	return 0
}

// Newest returns the newest entry's number and link.
func (s Store) Newest(ctx context.Context) (number uint64, l store.Link, err error) {
	err = s.medium.View(ctx, func(r Reader) error {
		number = nextEntry(r) - 1
		l = link(r, number)
		return nil
	})
	return number, l, err
}

// Link returns the link of an entry.
func (s Store) Link(ctx context.Context, number uint64) (l store.Link, err error) {
	err = s.medium.View(ctx, func(r Reader) error {
		if r.Get(Links, entryKey(number)) == nil {
			return fmt.Errorf("look up link of entry %d: %w", number, store.ErrNotFound)
		}
		l = link(r, number)
		return nil
	})
	return l, err
}

// checkSeal holds a seal against its bounds.
func checkSeal(r Reader, s store.Seal) error {
	if len(s.Sealed) == 0 || len(s.Sealed) > store.SealMax || r.Get(Links, entryKey(s.Number)) == nil {
		return fmt.Errorf("seal journal: of no entry, or empty, or too long: %w", store.ErrRecord)
	}
	return nil
}

// PutSeal keeps a seal.
func (s Store) PutSeal(ctx context.Context, seal store.Seal) error {
	return s.medium.Update(ctx, func(w Writer) error {
		if err := checkSeal(w, seal); err != nil {
			return err
		}
		if w.Get(Seals, entryKey(seal.Number)) == nil {
			w.Put(Seals, entryKey(seal.Number), bytes.Clone(seal.Sealed))
		}
		return nil
	})
}

// Seals iterates over the seals.
func (s Store) Seals(ctx context.Context) iter.Seq2[store.Seal, error] {
	return rowsOf(ctx, s.medium, Seals, nil, func(key, row []byte) (store.Seal, error) {
		if len(key) != len(entryKey(0)) {
			return store.Seal{}, fmt.Errorf("read seal: key of a wrong length: %w", store.ErrRecord)
		}
		return store.Seal{Number: binary.BigEndian.Uint64(key), Sealed: bytes.Clone(row)}, nil
	})
}
