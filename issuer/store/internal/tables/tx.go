package tables

import (
	"bytes"
	"fmt"

	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/issuer/store"
)

// tx is one account and what is to be written of it. It touches no row until
// write.
type tx struct {
	reader  Reader
	ref     account.Ref
	row     cardRow
	stored  []byte // row as it was read, in the present version
	read    uint64 // revision of the record that was read
	replies []reply
	entries []store.Entry
	err     error // the first thing asked for that can not be
}

// reply is a sealed reply with its key.
type reply struct {
	ring   store.Ring
	key    store.Key
	sealed []byte
}

// begin reads an account.
func begin(r Reader, ref account.Ref) (*tx, error) {
	row := r.Get(Cards, ref[:])
	if row == nil {
		return nil, fmt.Errorf("look up card: %w", store.ErrNotFound)
	}
	card, err := decodeCard(row)
	if err != nil {
		return nil, err
	}
	stored := bytes.Clone(row)
	if row[0] != recordVersion {
		stored = card.encode()
	}
	return &tx{reader: r, ref: ref, row: card, stored: stored, read: card.record.Revision}, nil
}

// Card returns the record.
func (t *tx) Card() *store.Record { return &t.row.record }

// Reply returns the sealed reply under a key.
func (t *tx) Reply(key store.Key) ([]byte, bool) {
	for _, r := range t.replies {
		if r.key == key {
			return bytes.Clone(r.sealed), true
		}
	}
	row := t.reader.Find(Replies, t.ref[:], key[:])
	if row == nil {
		return nil, false
	}
	return bytes.Clone(row[len(key):]), true
}

// PutReply keeps a sealed reply for write.
func (t *tx) PutReply(ring store.Ring, key store.Key, sealed []byte) {
	_, there := t.Reply(key)
	switch {
	case there:
		t.fail(fmt.Errorf("store reply: %w", store.ErrExists))
	case len(sealed) > store.ReplyMax, len(t.replies) == store.RepliesMax, ring >= store.Rings:
		t.fail(fmt.Errorf("store reply: too long, too many or of no ring: %w", store.ErrRecord))
	default:
		t.replies = append(t.replies, reply{ring, key, bytes.Clone(sealed)})
	}
}

// Append keeps an entry for write.
func (t *tx) Append(e store.Entry) {
	if err := checkEntry(e); err != nil {
		t.fail(err)
		return
	}
	t.entries = append(t.entries, e)
}

func (t *tx) fail(err error) {
	if t.err == nil {
		t.err = err
	}
}

// write checks everything and then writes it.
func (t *tx) write(w Writer) error {
	if t.err != nil {
		return t.err
	}
	if err := t.row.record.Validate(); err != nil {
		return err
	}
	t.row.record.Revision = t.nextRevision()
	for _, r := range t.replies {
		w.Put(Replies, slotKey(t.ref, r.ring, t.row.replies[r.ring]), append(r.key[:], r.sealed...))
		t.row.replies[r.ring]++
	}
	for _, e := range t.entries {
		e.Ref, e.Member, e.Previous = t.ref, 0, t.row.lastEntry
		t.row.lastEntry = appendEntry(w, e)
	}
	w.Put(Cards, bytes.Clone(t.ref[:]), t.row.encode())
	return nil
}

// nextRevision counts a commit that changes the record. One that adds replies and
// entries alone is not counted: a decision on the record still holds. It is asked
// before these are numbered in the row.
func (t *tx) nextRevision() uint64 {
	t.row.record.Revision = t.read
	if bytes.Equal(t.row.encode(), t.stored) {
		return t.read
	}
	return t.read + 1
}

// slotKey is the key of the row in which the nth reply of a ring lies, from 0.
func slotKey(ref account.Ref, ring store.Ring, n uint64) []byte {
	return append(bytes.Clone(ref[:]), byte(ring)*store.RepliesMax+byte(n%store.RepliesMax))
}
