package tables

import (
	"encoding/binary"
	"fmt"

	"github.com/f510b0cf/till/issuer/store"
)

// entryKey is the key of an entry's row.
func entryKey(number uint64) []byte { return binary.BigEndian.AppendUint64(nil, number) }

// nextEntry returns the number of the entry that comes next.
func nextEntry(r Reader) uint64 {
	return numberOf(r.LastKey(Journal)) + 1
}

// numberOf returns the number in the key of a row, 0 where there is no row, or the
// key is none of an entry.
func numberOf(key []byte) uint64 {
	if len(key) != len(entryKey(0)) {
		return 0
	}
	return binary.BigEndian.Uint64(key)
}

// encodeEntry returns the row of an entry but for its number, which is the key.
func encodeEntry(e store.Entry) []byte {
	return encode(64+len(e.Kind)+len(e.Actor)+len(e.Detail), func(c *coder) { walkEntry(c, &e) })
}

func decodeEntry(key, row []byte) (e store.Entry, err error) {
	if len(key) != len(entryKey(0)) {
		return store.Entry{}, fmt.Errorf("read entry: key of a wrong length: %w", store.ErrRecord)
	}
	e.Number = binary.BigEndian.Uint64(key)
	if err := decode(row, func(c *coder) { walkEntry(c, &e) }); err != nil {
		return store.Entry{}, fmt.Errorf("read entry: %w", err)
	}
	return e, nil
}

func walkEntry(c *coder, e *store.Entry) {
	number(c, &e.Previous)
	c.fixed(e.Ref[:])
	c.millisecond(&e.At)
	c.text(&e.Kind)
	c.text(&e.Actor)
	c.text(&e.Detail)
	if e.Member == 0 && (!c.reading || len(c.b) == 0) {
		return // of a card
	}
	number(c, &e.Member)
	if e.Member == 0 {
		c.fail("entry of nobody")
	}
}

// checkEntry holds an entry against its bounds.
func checkEntry(e store.Entry) error {
	if e.Kind == "" || len(e.Kind) > store.EntryKindMax || len(e.Actor) > store.EntryActorMax || len(e.Detail) > store.EntryDetailMax {
		return fmt.Errorf("append entry: no kind, or too long: %w", store.ErrRecord)
	}
	return nil
}
