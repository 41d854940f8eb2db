package tables

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"

	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/issuer/member"
	"github.com/f510b0cf/till/issuer/store"
)

// Store is a store.Store on a medium.
type Store struct{ medium Medium }

var _ store.Store = Store{}

// New returns the store on a medium, which holds a store's rows or none.
func New(m Medium) Store { return Store{m} }

// Close closes the medium.
func (s Store) Close() error { return s.medium.Close() }

// View calls fn with the account as it was last committed.
func (s Store) View(ctx context.Context, ref account.Ref, fn func(store.Snapshot) error) error {
	return s.medium.View(ctx, func(r Reader) error {
		t, err := begin(r, ref)
		if err != nil {
			return err
		}
		return fn(t)
	})
}

// Update calls fn and commits what it did.
func (s Store) Update(ctx context.Context, ref account.Ref, fn func(store.Tx) error) error {
	return s.medium.Update(ctx, func(w Writer) error {
		t, err := begin(w, ref)
		if err != nil {
			return err
		}
		if err := fn(t); err != nil {
			return err
		}
		return t.write(w)
	})
}

// Create adds a card.
func (s Store) Create(ctx context.Context, ref account.Ref, card store.Record) error {
	card.Revision = 1
	row := cardRow{record: card}
	if err := card.Validate(); err != nil {
		return fmt.Errorf("create card: %w", err)
	}
	return s.medium.Update(ctx, func(w Writer) error {
		if w.Get(Cards, ref[:]) != nil {
			return fmt.Errorf("create card: %w", store.ErrExists)
		}
		members, err := owners(w, ref, card)
		if err != nil {
			return fmt.Errorf("create card: %w", err)
		}
		w.Put(Cards, bytes.Clone(ref[:]), row.encode(nil))
		for _, m := range members {
			w.Put(Members, memberKey(m.ID), encodeMember(m))
		}
		return nil
	})
}

// owners returns holder and primary member of a new card, with the card in their
// lists.
func owners(r Reader, ref account.Ref, card store.Record) ([]member.Member, error) {
	var members []member.Member
	for _, id := range slices.Compact([]member.ID{card.Holder, card.Primary}) {
		m, err := getMember(r, id)
		if err != nil {
			return nil, err
		}
		m.Cards = append(m.Cards, ref)
		members = append(members, m)
	}
	return members, nil
}

// Cards iterates over all cards.
func (s Store) Cards(ctx context.Context) iter.Seq2[store.Card, error] {
	return rowsOf(ctx, s.medium, Cards, nil, func(key, row []byte) (store.Card, error) {
		if len(key) != len(account.Ref{}) {
			return store.Card{}, fmt.Errorf("read card: key of a wrong length: %w", store.ErrRecord)
		}
		c, err := decodeCard(row)
		return store.Card{Ref: account.Ref(key), Record: c.record}, err
	})
}

// Replies iterates over all replies.
func (s Store) Replies(ctx context.Context) iter.Seq2[store.Reply, error] {
	return rowsOf(ctx, s.medium, Replies, nil, func(key, row []byte) (r store.Reply, err error) {
		if len(key) != len(r.Ref)+1 || len(row) < len(r.Key) {
			return r, fmt.Errorf("read reply: key or row of a wrong length: %w", store.ErrRecord)
		}
		copy(r.Ref[:], key)
		copy(r.Key[:], row)
		r.Ring, r.Sealed = store.Ring(key[len(r.Ref)]/store.RepliesMax), bytes.Clone(row[len(r.Key):])
		return r, nil
	})
}

// Journal iterates over the entries behind a number.
func (s Store) Journal(ctx context.Context, after uint64) iter.Seq2[store.Entry, error] {
	if after == ^uint64(0) {
		return func(func(store.Entry, error) bool) {}
	}
	return rowsOf(ctx, s.medium, Journal, entryKey(after+1), decodeEntry)
}

// History iterates over the entries of one account, newest first.
func (s Store) History(ctx context.Context, ref account.Ref) iter.Seq2[store.Entry, error] {
	return func(yield func(store.Entry, error) bool) {
		var next uint64
		err := s.medium.View(ctx, func(r Reader) error {
			t, err := begin(r, ref)
			if err == nil {
				next = t.row.lastEntry
			}
			return err
		})
		for err == nil && next != 0 {
			var e store.Entry
			e, err = s.entry(ctx, next)
			if errors.Is(err, errPruned) {
				return
			}
			if err == nil && (e.Ref != ref || e.Previous >= next) {
				err = fmt.Errorf("follow entries of an account: chain is broken: %w", store.ErrRecord)
			}
			if err == nil && !yield(e, nil) {
				return
			}
			next = e.Previous
		}
		if err != nil {
			yield(store.Entry{}, err)
		}
	}
}

// errPruned says that an entry is older than the journal.
var errPruned = errors.New("entry was pruned")

// entry returns one entry.
func (s Store) entry(ctx context.Context, number uint64) (e store.Entry, err error) {
	err = s.medium.View(ctx, func(r Reader) (err error) {
		row := r.Get(Journal, entryKey(number))
		if row == nil && number < firstEntry(r) {
			return errPruned
		}
		if row == nil {
			return fmt.Errorf("read entry %d: %w", number, errors.Join(store.ErrNotFound, store.ErrRecord))
		}
		e, err = decodeEntry(entryKey(number), row)
		return err
	})
	return e, err
}

// Members returns the members.
func (s Store) Members() store.Members { return members(s) }

// Sessions returns the sessions.
func (s Store) Sessions() store.Sessions { return sessions(s) }
