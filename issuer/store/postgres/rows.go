package postgres

import (
	"bytes"
	"context"
	"iter"

	"github.com/jackc/pgx/v5"

	"github.com/f510b0cf/till/issuer/store/internal/tables"
)

// pageRows is how many rows of a loop are fetched at once.
const pageRows = 256

// querier is what rows are read through: a transaction, or a connection.
type querier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
	SendBatch(ctx context.Context, b *pgx.Batch) pgx.BatchResults
}

// rows is a tables.Reader. What it has read once it does not ask for again: the one
// who reads has a snapshot, or is the only one who writes.
type rows struct {
	ctx   context.Context
	db    querier
	known [tables.Count]map[string][]byte // rows by their keys; nil is no row
	found map[search]pair
	last  [tables.Count]*[]byte // keys of the last rows
}

// search is what Find looks for.
type search struct {
	table         tables.Table
	prefix, start string
}

// pair is a row; without a key it is none.
type pair struct{ key, value []byte }

func newRows(ctx context.Context, db querier) *rows {
	return &rows{ctx: ctx, db: db, found: map[search]pair{}}
}

// broken is what a read that failed panics with: whoever reads sees no row that is not
// as it was committed. guard turns it into an error.
type broken struct{ err error }

// guard calls read, and returns its error, or the one of the database that broke it off.
func guard(read func() error) (err error) {
	defer func() {
		switch p := recover().(type) {
		case nil:
		case broken:
			err = failed(p)
		default:
			panic(p)
		}
	}()
	return read()
}

// pairs runs a query for keys and values.
func (r *rows) pairs(sql string, args ...any) []pair {
	result, err := r.db.Query(r.ctx, sql, args...)
	if err != nil {
		panic(broken{err})
	}
	all, err := pgx.CollectRows(result, scanPair)
	if err != nil {
		panic(broken{err})
	}
	return all
}

// scanPair reads a row of a result.
func scanPair(row pgx.CollectableRow) (p pair, err error) { return p, row.Scan(&p.key, &p.value) }

// first returns the first pair, an empty one where there is none.
func first(all []pair) (p pair) {
	if len(all) > 0 {
		p = all[0]
	}
	return p
}

// learn notes a row that was read or written.
func (r *rows) learn(t tables.Table, key, value []byte) {
	if r.known[t] == nil {
		r.known[t] = map[string][]byte{}
	}
	r.known[t][string(key)] = value
}

// Get returns the value of a row.
func (r *rows) Get(t tables.Table, key []byte) []byte {
	value, ok := r.known[t][string(key)]
	if !ok {
		value = first(r.pairs(statements[t].get, key)).value
		r.learn(t, key, value)
	}
	return value
}

// Find returns the value of the first row with these beginnings.
func (r *rows) Find(t tables.Table, prefix, start []byte) []byte {
	return r.find(t, prefix, start).value
}

func (r *rows) find(t tables.Table, prefix, start []byte) pair {
	s := search{t, string(prefix), string(start)}
	p, ok := r.found[s]
	if !ok {
		p = first(r.pairs(statements[t].find, prefix, behind(prefix), start))
		r.found[s] = p
	}
	return p
}

// keysEnd is greater than every key.
var keysEnd = bytes.Repeat([]byte{0xFF}, 512)

// behind returns the least key that is greater than all that begin with a prefix.
func behind(prefix []byte) []byte {
	end := bytes.Clone(prefix)
	for n := len(end) - 1; n >= 0; n-- {
		if end[n]++; end[n] != 0 {
			return end[:n+1]
		}
	}
	return keysEnd
}

// From iterates over the rows from a key on.
func (r *rows) From(t tables.Table, key []byte) iter.Seq2[[]byte, []byte] {
	return func(yield func(key, value []byte) bool) {
		for next := append([]byte{}, key...); ; {
			page := r.pairs(statements[t].from, next, pageRows)
			for _, p := range page {
				if !yield(p.key, p.value) {
					return
				}
			}
			if len(page) < pageRows {
				return
			}
			next = append(bytes.Clone(page[len(page)-1].key), 0) // the least key behind the last
		}
	}
}

// LastKey returns the key of the last row.
func (r *rows) LastKey(t tables.Table) []byte {
	if r.last[t] == nil {
		key := first(r.pairs(statements[t].last)).key
		r.last[t] = &key
	}
	return *r.last[t]
}
