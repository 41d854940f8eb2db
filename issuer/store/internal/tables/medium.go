package tables

import (
	"bytes"
	"context"
	"iter"
)

// Table names a set of rows, ordered by their keys.
type Table uint8

// The tables, with the key and the value of a row.
const (
	Cards    Table = iota // account -> head and record
	Replies               // account, slot -> key of the request, sealed reply
	Journal               // number -> entry
	Members               // identifier -> member
	Logins                // login name -> identifier
	Sessions              // hash of the token -> expiry, data
	Links                 // number -> link of the entry
	Seals                 // number -> seal
	Acts                  // identifier of a member -> number of his newest entry
	Count                 // how many tables there are
)

var tableNames = [Count]string{"cards", "replies", "journal", "members", "logins", "sessions", "links", "seals", "acts"}

// String returns the name of the table.
func (t Table) String() string { return tableNames[t] }

// Reader shows the rows at one moment. What it returns may be read until the
// function that got the Reader returns, and not written.
type Reader interface {
	// Get returns the value of a row, nil where there is none.
	Get(t Table, key []byte) []byte
	// From iterates over the rows from a key on. The loop does not write.
	From(t Table, key []byte) iter.Seq2[[]byte, []byte]
	// Find returns the value of the first row whose key begins with prefix and whose
	// value begins with start, nil where there is none.
	Find(t Table, prefix, start []byte) []byte
	// LastKey returns the key of the last row, nil where there is none.
	LastKey(t Table) []byte
}

// FindIn is Find by a loop over rows, for a Reader that has nothing better.
func FindIn(rows iter.Seq2[[]byte, []byte], prefix, start []byte) []byte {
	for key, value := range rows {
		if !bytes.HasPrefix(key, prefix) {
			break
		}
		if bytes.HasPrefix(value, start) {
			return value
		}
	}
	return nil
}

// Writer changes rows; its Reader shows the changes. It keeps key and value, which
// the caller does not write any more.
type Writer interface {
	Reader
	Put(t Table, key, value []byte)
	Delete(t Table, key []byte)
}

// Medium keeps rows. It has the guarantees that store.Store asks for.
type Medium interface {
	// View calls read with the rows at one moment. read may run more than once.
	View(ctx context.Context, read func(Reader) error) error

	// Update calls change alone among the writers; change may run more than once, and
	// what the last run left is committed. change decides first and
	// writes then: where it returns an error or panics it has written nothing, and
	// others that share its commit are not touched. Update returns the error, or
	// panics in its turn.
	Update(ctx context.Context, change func(Writer) error) error

	Close() error
}
