package storetest

import (
	"bytes"
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/issuer/store"
)

// requireReply compares a stored reply, nil for none, and returns it.
func requireReply(t testing.TB, s store.Store, r account.Ref, key string, want []byte) (got []byte) {
	t.Helper()
	require.NoError(t, s.View(context.Background(), r, func(x store.Snapshot) error {
		var ok bool
		got, ok = x.Reply(store.NewKey(key))
		assert.Equal(t, want != nil, ok, key)
		assert.Equal(t, want, got, key)
		return nil
	}))
	return got
}

func testReplies(t *testing.T, h Harness) {
	s := h.withCards(t, 2)
	long := bytes.Repeat([]byte{0xA5, 0, 0xFF}, store.ReplyMax/3)
	update(t, s, ref(0), func(tx store.Tx) {
		tx.PutReply(store.TerminalReplies, store.NewKey("long"), long)
		tx.PutReply(store.TerminalReplies, store.NewKey("a", "bc"), []byte("1"))
		tx.PutReply(store.TerminalReplies, store.NewKey("ab", "c"), []byte("2"))
	})
	for range 2 {
		requireReply(t, s, ref(0), "long", long)
	}
	requireReply(t, s, ref(1), "long", nil)
	require.NoError(t, s.View(context.Background(), ref(0), func(x store.Snapshot) error {
		one, _ := x.Reply(store.NewKey("a", "bc"))
		two, _ := x.Reply(store.NewKey("ab", "c"))
		assert.Equal(t, "1", string(one), "fields do not run together")
		assert.Equal(t, "2", string(two))
		return nil
	}))
}

func testRepliesMax(t *testing.T, h Harness) {
	const more = 5
	s := h.withCards(t, 3)
	put := func(ring store.Ring, key string, n int) {
		update(t, s, ref(1), func(tx store.Tx) { tx.PutReply(ring, store.NewKey(key), []byte{byte(n)}) })
	}
	put(store.MemberReplies, "member", 77)
	for n := range store.RepliesMax + more {
		put(store.TerminalReplies, fmt.Sprint(n), n)
	}
	newest := func() {
		for n := range store.RepliesMax + more {
			var want []byte
			if n >= more {
				want = []byte{byte(n)}
			}
			requireReply(t, s, ref(1), fmt.Sprint(n), want)
		}
	}
	newest()
	requireReply(t, s, ref(1), "member", []byte{77})
	for n := range store.RepliesMax {
		put(store.MemberReplies, fmt.Sprint("member ", n), n)
	}
	newest()
	requireReply(t, s, ref(1), "member", nil)
	requireReply(t, s, ref(1), "member 0", []byte{0})
	requireReply(t, s, ref(0), "1", nil)
	requireReply(t, s, ref(2), "1", nil)
}
