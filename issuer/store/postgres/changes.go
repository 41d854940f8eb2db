package postgres

import (
	"bytes"
	"iter"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/f510b0cf/till/issuer/store"
	"github.com/f510b0cf/till/issuer/store/internal/tables"
)

// changes is a tables.Writer: rows of a transaction that holds the store's lock, and
// what is to be written to them.
type changes struct {
	*rows
	unsaved [tables.Count]map[string]bool // keys of rows that are not in the database yet
	cards   map[string]bool               // keys of the cards that were written
	writes  int
}

func newChanges(r *rows) *changes { return &changes{rows: r, cards: map[string]bool{}} }

// Put sets the value of a row.
func (c *changes) Put(t tables.Table, key, value []byte) {
	c.change(t, key, value)
	if last := c.last[t]; last != nil && bytes.Compare(key, *last) > 0 {
		c.last[t] = &key
	}
	if t == tables.Cards {
		c.cards[string(key)] = true
	}
}

// Delete removes a row.
func (c *changes) Delete(t tables.Table, key []byte) {
	c.change(t, key, nil)
	if last := c.last[t]; last != nil && bytes.Equal(key, *last) {
		c.last[t] = nil
	}
}

func (c *changes) change(t tables.Table, key, value []byte) {
	c.learn(t, key, value)
	if c.unsaved[t] == nil {
		c.unsaved[t] = map[string]bool{}
	}
	c.unsaved[t][string(key)] = true
	c.writes++
}

// Find returns the value of the first row with these beginnings.
func (c *changes) Find(t tables.Table, prefix, start []byte) []byte {
	for key := range c.unsaved[t] {
		if value := c.known[t][key]; value != nil && strings.HasPrefix(key, string(prefix)) && bytes.HasPrefix(value, start) {
			return value
		}
	}
	p := c.find(t, prefix, start)
	if p.key != nil && c.unsaved[t][string(p.key)] { // it has become another
		c.save()
		p = c.find(t, prefix, start)
	}
	return p.value
}

// From iterates over the rows from a key on. Entries of the journal are read for a
// pruning, which goes on with them: it finds them known.
func (c *changes) From(t tables.Table, key []byte) iter.Seq2[[]byte, []byte] {
	c.save()
	if t != tables.Journal {
		return c.rows.From(t, key)
	}
	for _, p := range c.pairs(statements[t].from, append([]byte{}, key...), store.PruneMax) {
		c.learn(t, p.key, p.value)
	}
	return c.rows.From(t, key)
}

// LastKey returns the key of the last row.
func (c *changes) LastKey(t tables.Table) []byte {
	if c.last[t] == nil {
		c.save()
	}
	return c.rows.LastKey(t)
}

// save writes what is not in the database yet.
func (c *changes) save() {
	var b pgx.Batch
	c.queue(&b)
	if b.Len() == 0 {
		return
	}
	if err := c.db.SendBatch(c.ctx, &b).Close(); err != nil {
		panic(broken{err})
	}
}

// queue adds the statements that write what is not in the database yet.
func (c *changes) queue(b *pgx.Batch) {
	for t, unsaved := range c.unsaved {
		if len(unsaved) == 0 {
			continue
		}
		var puts, values, deletes [][]byte
		for _, key := range sorted(unsaved) {
			if value := c.known[t][key]; value != nil {
				puts, values = append(puts, []byte(key)), append(values, value)
			} else {
				deletes = append(deletes, []byte(key))
			}
		}
		if len(deletes) > 0 {
			b.Queue(statements[t].delete, deletes)
		}
		if len(puts) > 0 {
			b.Queue(statements[t].put, puts, values)
		}
		c.unsaved[t] = nil
		for s := range c.found {
			if s.table == tables.Table(t) {
				delete(c.found, s)
			}
		}
	}
}

// sorted returns the keys of a set in their order.
func sorted(set map[string]bool) []string {
	keys := make([]string, 0, len(set))
	for key := range set {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}
