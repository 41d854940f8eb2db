// Package mem keeps a store in memory, for tests, demonstrations and simulations.
// It has all guarantees of issuer/store but durability.
package mem

import (
	"context"
	"iter"
	"slices"
	"sync"

	"github.com/f510b0cf/till/issuer/store"
	"github.com/f510b0cf/till/issuer/store/internal/tables"
)

// Store is a store in memory.
type Store struct{ tables.Store }

var _ store.Store = (*Store)(nil)

// New returns an empty store.
func New() *Store { return &Store{tables.New(&memory{})} }

// memory is a tables.Medium. Readers share the lock; a writer has it alone.
type memory struct {
	lock   sync.RWMutex
	closed bool
	rows   [tables.Count]table
}

// table is the rows of one table in the order of their keys.
type table struct {
	keys   []string
	values map[string][]byte
}

// View calls read with the rows.
func (m *memory) View(ctx context.Context, read func(tables.Reader) error) error {
	m.lock.RLock()
	defer m.lock.RUnlock()
	if err := m.refuse(ctx); err != nil {
		return err
	}
	return read((*writer)(m))
}

// Update calls change with the rows.
func (m *memory) Update(ctx context.Context, change func(tables.Writer) error) error {
	m.lock.Lock()
	defer m.lock.Unlock()
	if err := m.refuse(ctx); err != nil {
		return err
	}
	return change((*writer)(m))
}

// refuse returns why nothing is to be done.
func (m *memory) refuse(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if m.closed {
		return store.ErrClosed
	}
	return nil
}

// Close forgets the rows.
func (m *memory) Close() error {
	m.lock.Lock()
	defer m.lock.Unlock()
	m.closed, m.rows = true, [tables.Count]table{}
	return nil
}

// writer is the rows, while the lock is held.
type writer memory

// Get returns the value of a row.
func (w *writer) Get(t tables.Table, key []byte) []byte { return w.rows[t].values[string(key)] }

// From iterates over the rows from a key on.
func (w *writer) From(t tables.Table, key []byte) iter.Seq2[[]byte, []byte] {
	return func(yield func(key, value []byte) bool) {
		rows := &w.rows[t]
		at, _ := slices.BinarySearch(rows.keys, string(key))
		for _, k := range rows.keys[at:] {
			if !yield([]byte(k), rows.values[k]) {
				return
			}
		}
	}
}

// Find returns the value of the first row with these beginnings.
func (w *writer) Find(t tables.Table, prefix, start []byte) []byte {
	return tables.FindIn(w.From(t, prefix), prefix, start)
}

// LastKey returns the key of the last row.
func (w *writer) LastKey(t tables.Table) []byte {
	keys := w.rows[t].keys
	if len(keys) == 0 {
		return nil
	}
	return []byte(keys[len(keys)-1])
}

// Put sets the value of a row.
func (w *writer) Put(t tables.Table, key, value []byte) {
	rows := &w.rows[t]
	if rows.values == nil {
		rows.values = map[string][]byte{}
	}
	if at, there := slices.BinarySearch(rows.keys, string(key)); !there {
		rows.keys = slices.Insert(rows.keys, at, string(key))
	}
	rows.values[string(key)] = value
}

// Delete removes a row.
func (w *writer) Delete(t tables.Table, key []byte) {
	rows := &w.rows[t]
	if at, there := slices.BinarySearch(rows.keys, string(key)); there {
		rows.keys = slices.Delete(rows.keys, at, at+1)
		delete(rows.values, string(key))
	}
}
