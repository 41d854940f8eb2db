package storetest

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/f510b0cf/till/issuer/hsm"
	"github.com/f510b0cf/till/issuer/member"
	"github.com/f510b0cf/till/issuer/pinlife"
	"github.com/f510b0cf/till/issuer/store"
)

func testCreate(t *testing.T, h Harness) {
	ctx := context.Background()
	s := h.open(t)
	primary, other := people(t, s)
	want := record(other, primary)
	require.NoError(t, s.Create(ctx, ref(1), want))
	want.Revision = 1
	assert.Equal(t, want, card(t, s, ref(1)))
	for _, id := range []member.ID{primary, other} {
		m, err := s.Members().Get(ctx, id)
		require.NoError(t, err)
		assert.Len(t, m.Cards, 1)
		assert.Contains(t, m.Cards, ref(1))
	}
	require.NoError(t, s.Create(ctx, ref(2), record(primary, primary)))
	m, err := s.Members().Get(ctx, primary)
	require.NoError(t, err)
	assert.Len(t, m.Cards, 2, "a primary card is listed once")

	require.ErrorIs(t, s.Create(ctx, ref(1), record(primary, primary)), store.ErrExists)
	require.ErrorIs(t, s.Create(ctx, ref(3), record(primary, 99)), store.ErrNotFound)
	require.ErrorIs(t, s.Create(ctx, ref(3), store.Record{}), store.ErrRecord)
	assert.Equal(t, want, card(t, s, ref(1)), "it was not replaced")
	called := func(store.Snapshot) error { t.Error("called"); return nil }
	require.ErrorIs(t, s.View(ctx, ref(3), called), store.ErrNotFound)
	require.ErrorIs(t, s.Update(ctx, ref(3), func(tx store.Tx) error { return called(tx) }), store.ErrNotFound)
}

func testRecords(t *testing.T, h Harness) {
	s := h.withCards(t, 1)
	rapid.Check(t, func(rt *rapid.T) {
		before := card(t, s, ref(0))
		want := drawnRecord(rt, 2, 1)
		require.NoError(rt, want.Validate())
		update(t, s, ref(0), func(tx store.Tx) { *tx.Card() = want })
		want.Revision = before.Revision
		if !assert.ObjectsAreEqual(before, want) {
			want.Revision++
		}
		require.Equal(rt, want, card(t, s, ref(0)))
	})
}

// testRules breaks each rule of a record once.
func testRules(t *testing.T, h Harness) {
	s := h.withCards(t, 1)
	update(t, s, ref(0), func(tx store.Tx) {
		r := tx.Card()
		r.SetPIN(hsm.SealedPIN{Generation: 1, Sealed: []byte("sealed")})
		state, _ := r.PIN.Step(pinlife.PINCreated{Generation: 1})
		r.Advance(state)
	})
	before := card(t, s, ref(0))
	for name, spoil := range map[string]func(*store.Record){
		"nobody's":         func(r *store.Record) { r.Holder = 0 },
		"status":           func(r *store.Record) { r.Status = store.Closed + 1 },
		"closed by status": func(r *store.Record) { r.Status = store.Closed },
		"last four":        func(r *store.Record) { r.LastFour = "374245000001006" },
		"no digits":        func(r *store.Record) { r.LastFour = "100x" },
		"sequence number":  func(r *store.Record) { r.SequenceNumber = 100 },
		"expiry":           func(r *store.Record) { r.Expiry.Month = 0 },
		"year":             func(r *store.Record) { r.Expiry.Year = 29 },
		"row":              func(r *store.Record) { r.Chip.Cryptogram = "" },
		"option":           func(r *store.Record) { r.Chip.Option = 0 },
		"PIN state":        func(r *store.Record) { r.PIN.Claimed = true },
		"PIN lost":         func(r *store.Record) { r.PINs = nil },
		"PIN left over":    func(r *store.Record) { r.SetPIN(hsm.SealedPIN{Generation: 2, Sealed: []byte("x")}) },
		"PIN twice":        func(r *store.Record) { r.SetPIN(hsm.SealedPIN{Generation: 1, Sealed: []byte("x")}) },
		"PIN not sealed":   func(r *store.Record) { r.PINs[0].Sealed = nil },
		"script left over": func(r *store.Record) { r.Sent = []store.SentScript{{ATC: 7}} },
		"long PAN":         func(r *store.Record) { r.PAN = bytes.Repeat([]byte{1}, 600) },
		"device's name":    func(r *store.Record) { r.UsePINKey(make([]byte, 9), 1) },
		"device's counter": func(r *store.Record) { r.UsePINKey(make([]byte, 8), 0) },
		"device twice": func(r *store.Record) {
			r.PINDevices = slices.Repeat([]store.PINDevice{{Initial: make([]byte, 8), Counter: 1}}, 2)
		},
		"too many devices": func(r *store.Record) {
			for n := range store.PINDevicesMax + 1 {
				r.PINDevices = append(r.PINDevices, store.PINDevice{Initial: []byte{7: byte(n)}, Counter: 1})
			}
		},
		"negative limit":    func(r *store.Record) { r.Limits.PerDay = -1 },
		"negative payment":  func(r *store.Record) { r.AddPayment(store.Payment{Amount: -1}) },
		"too many payments": func(r *store.Record) { r.Payments = make([]store.Payment, store.PaymentsMax+1) },
	} {
		err := s.Update(context.Background(), ref(0), func(tx store.Tx) error {
			spoil(tx.Card())
			return nil
		})
		assert.ErrorIs(t, err, store.ErrRecord, name)
		require.Equal(t, before, card(t, s, ref(0)), name)
	}
}

func testAtomic(t *testing.T, h Harness) {
	s := h.withCards(t, 1)
	update(t, s, ref(0), func(tx store.Tx) { tx.PutReply(store.TerminalReplies, store.NewKey("there"), []byte("first")) })
	before := card(t, s, ref(0))
	mine := errors.New("mine")
	for name, c := range map[string]struct {
		last func(store.Tx) error
		want error
	}{
		"own error":   {func(store.Tx) error { return mine }, mine},
		"conflict":    {func(store.Tx) error { return store.ErrConflict }, store.ErrConflict},
		"bad record":  {func(tx store.Tx) error { tx.Card().Holder = 0; return nil }, store.ErrRecord},
		"reply twice": {func(tx store.Tx) error { tx.PutReply(store.TerminalReplies, store.NewKey("new"), nil); return nil }, store.ErrExists},
		"reply in two rings": {func(tx store.Tx) error {
			tx.PutReply(store.MemberReplies, store.NewKey("there"), nil)
			return nil
		}, store.ErrExists},
		"reply of no ring": {func(tx store.Tx) error { tx.PutReply(store.Rings, store.NewKey("x"), nil); return nil }, store.ErrRecord},
		"reply there":      {func(tx store.Tx) error { tx.PutReply(store.TerminalReplies, store.NewKey("there"), nil); return nil }, store.ErrExists},
		"long reply": {func(tx store.Tx) error {
			tx.PutReply(store.TerminalReplies, store.NewKey("x"), make([]byte, store.ReplyMax+1))
			return nil
		}, store.ErrRecord},
		"entry of nothing": {func(tx store.Tx) error { tx.Append(store.Entry{}); return nil }, store.ErrRecord},
		"long entry": {func(tx store.Tx) error {
			tx.Append(store.Entry{Kind: "x", Detail: strings.Repeat("x", store.EntryDetailMax+1)})
			return nil
		}, store.ErrRecord},
	} {
		err := s.Update(context.Background(), ref(0), func(tx store.Tx) error {
			tx.Card().Tries = 7
			tx.PutReply(store.TerminalReplies, store.NewKey("new"), []byte("reply"))
			tx.Append(store.Entry{Kind: "approved"})
			return c.last(tx)
		})
		require.ErrorIs(t, err, c.want, name)
		assert.Equal(t, before, card(t, s, ref(0)), name)
		requireReply(t, s, ref(0), "new", nil)
		requireReply(t, s, ref(0), "there", []byte("first"))
		assert.Empty(t, collect(t, s.Journal(context.Background(), 0)), name)
	}
}

func testOwnChanges(t *testing.T, h Harness) {
	s := h.withCards(t, 1)
	update(t, s, ref(0), func(tx store.Tx) {
		tx.Card().Tries = 3
		assert.EqualValues(t, 3, tx.Card().Tries)
		tx.PutReply(store.TerminalReplies, store.NewKey("k"), []byte("reply"))
		got, ok := tx.Reply(store.NewKey("k"))
		assert.True(t, ok)
		assert.Equal(t, []byte("reply"), got)
		tx.Card().Revision = 77 // is the store's to set
	})
	assert.EqualValues(t, 2, card(t, s, ref(0)).Revision)
	update(t, s, ref(0), func(tx store.Tx) {
		tx.PutReply(store.TerminalReplies, store.NewKey("l"), []byte("reply"))
		tx.Append(store.Entry{Kind: "refused"})
	})
	assert.EqualValues(t, 2, card(t, s, ref(0)).Revision, "the record is as it was")
}

func testPanic(t *testing.T, h Harness) {
	s := h.withCards(t, 1)
	before := card(t, s, ref(0))
	assert.PanicsWithValue(t, "mine", func() {
		_ = s.Update(context.Background(), ref(0), func(tx store.Tx) error {
			tx.Card().Tries = 9
			panic("mine")
		})
	})
	assert.Equal(t, before, card(t, s, ref(0)))
	update(t, s, ref(0), func(tx store.Tx) { tx.Card().Tries = 1 })
}

// testSerial has many goroutines count in few accounts, by what they read.
func testSerial(t *testing.T, h Harness) {
	const accounts, goroutines, rounds = 3, 32, 20
	s := h.withCards(t, accounts)
	var group sync.WaitGroup
	for g := range goroutines {
		group.Go(func() {
			for i := range rounds {
				err := s.Update(context.Background(), ref((g+i)%accounts), func(tx store.Tx) error {
					tx.Card().Spent.Amount++
					tx.Append(store.Entry{Kind: "counted"})
					return nil
				})
				assert.NoError(t, err)
			}
		})
	}
	group.Wait()
	var spent int64
	for n := range accounts {
		r := card(t, s, ref(n))
		assert.EqualValues(t, r.Spent.Amount+1, r.Revision)
		assert.Len(t, collect(t, s.History(context.Background(), ref(n))), int(r.Spent.Amount))
		spent += r.Spent.Amount
	}
	assert.EqualValues(t, goroutines*rounds, spent)
	for i, e := range collect(t, s.Journal(context.Background(), 0)) {
		require.EqualValues(t, i+1, e.Number, "no gaps")
	}
}

// testCopies writes to everything that a store was given or gave.
func testCopies(t *testing.T, h Harness) {
	s := h.withCards(t, 1)
	var kept *store.Record
	update(t, s, ref(0), func(tx store.Tx) { // it may run more than once
		sealed := []byte("reply")
		tx.PutReply(store.TerminalReplies, store.NewKey("k"), sealed)
		sealed[0] = 'X'
		kept = tx.Card()
		kept.PAN = []byte("another PAN")
	})
	kept.PAN[0], kept.LastFour = 'X', "0000"
	for range 2 {
		r := card(t, s, ref(0))
		require.Equal(t, []byte("another PAN"), r.PAN)
		r.PAN[0] = 'X'
		got := requireReply(t, s, ref(0), "k", []byte("reply"))
		got[0] = 'X'
	}
}
