package tables

import (
	"encoding/binary"
	"fmt"

	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/issuer/member"
	"github.com/f510b0cf/till/issuer/store"
)

// chain names the entries of a card or of a member.
type chain struct {
	ref    account.Ref
	member member.ID
}

// walk follows the journal from its first entry.
type walk struct {
	reader Reader
	first  uint64           // entry that is kept, 0 for none
	next   uint64           // number that is due
	newest map[chain]uint64 // entry of each chain so far
}

// checkJournal follows the journal and its chains: there are no gaps, each entry
// has the link that follows from those before it, and cards and members know the
// newest entry of theirs. What was pruned has left a seal behind.
func checkJournal(r Reader) error {
	first := firstEntry(r)
	k := walk{reader: r, first: first, next: max(first, 1), newest: map[chain]uint64{}}
	if first > 1 && r.Get(Seals, entryKey(first-1)) == nil {
		return fmt.Errorf("journal begins at entry %d without the checkpoint of a pruning: %w", first, store.ErrRecord)
	}
	for key, row := range r.From(Journal, nil) {
		if err := k.entry(key, row); err != nil {
			return err
		}
	}
	if last := r.LastKey(Links); last != nil && numberOf(last) != k.next-1 {
		return fmt.Errorf("journal ends at entry %d, its links do not: %w", k.next-1, store.ErrRecord)
	}
	for key := range r.From(Seals, nil) {
		if r.Get(Links, key) == nil {
			return fmt.Errorf("journal has no entry %d, which is sealed: %w", numberOf(key), store.ErrRecord)
		}
	}
	return k.ends()
}

// entry takes the next entry.
func (k *walk) entry(key, row []byte) error {
	e, err := decodeEntry(key, row)
	if err != nil {
		return err
	}
	c := chain{e.Ref, e.Member}
	if e.Number != k.next || !k.follows(c, e.Previous) {
		return fmt.Errorf("journal has a gap or a wrong chain at entry %d: %w", k.next, store.ErrRecord)
	}
	if linkOf(k.reader, e.Number, e.Previous, row) != link(k.reader, e.Number) {
		return fmt.Errorf("journal was changed at entry %d: its link is another: %w", e.Number, store.ErrRecord)
	}
	k.newest[c] = e.Number
	k.next++
	return nil
}

// follows reports whether an entry is the newest of a chain so far: one that was
// seen, or one that was pruned and left its link.
func (k *walk) follows(c chain, previous uint64) bool {
	if seen := k.newest[c]; seen != 0 || previous == 0 {
		return previous == seen
	}
	return previous < k.first && k.reader.Get(Links, entryKey(previous)) != nil
}

// ends checks that each card and member knows the end of the chain, and that each
// chain is of a card or member who is there.
func (k *walk) ends() error {
	known := 0
	end := func(c chain, newest uint64) error {
		if !k.follows(c, newest) {
			return fmt.Errorf("newest entry of a card or member is another's: %w", store.ErrRecord)
		}
		if k.newest[c] != 0 {
			known++
		}
		return nil
	}
	for key, row := range k.reader.From(Cards, nil) {
		c, err := decodeCard(row)
		if err != nil {
			return err
		}
		if err := end(chain{ref: account.Ref(key)}, c.lastEntry); err != nil {
			return err
		}
	}
	for key := range k.reader.From(Members, nil) {
		id := member.ID(binary.BigEndian.Uint32(key))
		if err := end(chain{member: id}, newestAct(k.reader, id)); err != nil {
			return err
		}
	}
	if known != len(k.newest) {
		return fmt.Errorf("journal has entries of nobody: %w", store.ErrRecord)
	}
	return nil
}
