package storetest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/issuer/store"
)

// model is what a store should hold, kept plainly.
type model struct {
	cards   map[account.Ref]store.Record
	replies map[account.Ref][]string // keys, newest last; the reply is the key
	journal []store.Entry
}

// farFuture is when sessions of tests expire.
var farFuture = time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC)

// accounts is how many accounts a model has.
const accounts = 4

// testModel does the same to a store and to a model, and compares them. A store
// that survives is closed and opened again on the way.
func testModel(t *testing.T, h Harness) {
	runs := 0
	rapid.Check(t, func(rt *rapid.T) {
		if runs++; h.Runs > 0 && runs > h.Runs && !t.Failed() {
			return
		}
		s := h.New(t)
		people(t, s)
		m := model{cards: map[account.Ref]store.Record{}, replies: map[account.Ref][]string{}}
		for step := range rapid.IntRange(1, 40).Draw(rt, "steps") {
			r := ref(rapid.IntRange(0, accounts-1).Draw(rt, "account"))
			switch rapid.IntRange(0, 9).Draw(rt, "what") {
			case 0:
				m.create(rt, s, r)
			case 1:
				if h.Reopen != nil {
					s = h.Reopen(t, s)
				}
			default:
				m.update(rt, s, r, step)
			}
		}
		m.compare(rt, s)
		finish(t, s)
	})
}

func (m *model) create(rt *rapid.T, s store.Store, r account.Ref) {
	made := record(2, 1)
	err := s.Create(context.Background(), r, made)
	if _, there := m.cards[r]; there {
		require.ErrorIs(rt, err, store.ErrExists)
		return
	}
	require.NoError(rt, err)
	made.Revision = 1
	m.cards[r] = made
}

func (m *model) update(rt *rapid.T, s store.Store, r account.Ref, step int) {
	replies := rapid.IntRange(0, 3).Draw(rt, "replies")
	entries := rapid.IntRange(0, 3).Draw(rt, "entries")
	next := drawnRecord(rt, 2, 1)
	fail := rapid.IntRange(0, 3).Draw(rt, "fail") == 0
	err := s.Update(context.Background(), r, func(tx store.Tx) error {
		*tx.Card() = next
		for n := range replies {
			key := fmt.Sprintf("%d.%d", step, n)
			tx.PutReply(store.TerminalReplies, store.NewKey(key), []byte(key))
		}
		for n := range entries {
			tx.Append(store.Entry{Kind: fmt.Sprintf("%d.%d", step, n)})
		}
		if fail {
			return store.ErrConflict
		}
		return nil
	})
	known, there := m.cards[r]
	switch {
	case !there:
		require.ErrorIs(rt, err, store.ErrNotFound)
	case fail:
		require.ErrorIs(rt, err, store.ErrConflict)
	default:
		require.NoError(rt, err)
		next.Revision = known.Revision
		if !assert.ObjectsAreEqual(known, next) {
			next.Revision++
		}
		m.cards[r] = next
		m.note(r, step, replies, entries)
	}
}

// note adds replies and entries to a model.
func (m *model) note(r account.Ref, step, replies, entries int) {
	for n := range replies {
		m.replies[r] = append(m.replies[r], fmt.Sprintf("%d.%d", step, n))
	}
	for n := range entries {
		m.journal = append(m.journal, store.Entry{Number: uint64(len(m.journal) + 1), Ref: r, Kind: fmt.Sprintf("%d.%d", step, n)})
	}
}

func (m *model) compare(rt *rapid.T, s store.Store) {
	ctx := context.Background()
	seen := 0
	for c, err := range s.Cards(ctx) {
		require.NoError(rt, err)
		require.Equal(rt, m.cards[c.Ref], c.Record)
		seen++
	}
	require.Len(rt, m.cards, seen)
	seen = 0
	for e, err := range s.Journal(ctx, 0) {
		require.NoError(rt, err)
		e.Previous = 0
		require.Equal(rt, m.journal[seen], e)
		seen++
	}
	require.Len(rt, m.journal, seen)
	for r, keys := range m.replies {
		require.NoError(rt, s.View(ctx, r, func(x store.Snapshot) error {
			for i, key := range keys {
				got, ok := x.Reply(store.NewKey(key))
				require.Equal(rt, i >= len(keys)-store.RepliesMax, ok)
				require.True(rt, !ok || string(got) == key)
			}
			return nil
		}))
	}
}

func testReopen(t *testing.T, h Harness) {
	if h.Reopen == nil {
		t.Skip("nothing of this store outlives Close")
	}
	s := h.New(t)
	people(t, s)
	require.NoError(t, s.Create(context.Background(), ref(0), record(2, 1)))
	update(t, s, ref(0), func(tx store.Tx) {
		tx.Card().Tries = 5
		tx.PutReply(store.TerminalReplies, store.NewKey("k"), []byte("reply"))
		tx.Append(store.Entry{Kind: "approved"})
	})
	require.NoError(t, s.Sessions().Put(context.Background(), store.NewSessionKey("x"), []byte("data"), farFuture))
	for range 3 {
		s = h.Reopen(t, s)
		require.EqualValues(t, 5, card(t, s, ref(0)).Tries)
		requireReply(t, s, ref(0), "k", []byte("reply"))
		require.Len(t, collect(t, s.Journal(context.Background(), 0)), 1)
		require.Len(t, collect(t, s.Members().All(context.Background())), 2)
		_, err := s.Sessions().Get(context.Background(), store.NewSessionKey("x"), farFuture.Add(-1))
		require.NoError(t, err)
	}
	finish(t, s)
}
