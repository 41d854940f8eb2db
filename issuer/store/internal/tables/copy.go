package tables

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/f510b0cf/till/issuer/store"
)

// LoadRows is how many rows are loaded at once.
const LoadRows = 1000

// Row is a row of some table.
type Row struct {
	Table      Table
	Key, Value []byte
}

// errAgain says that a dump can not go on from where it broke off.
var errAgain = errors.New("the database went away meanwhile: begin again")

// Dump tells all rows as they are at one moment, table by table, in the order of their
// keys. Rows are kept by whoever gets them.
func (s Store) Dump(ctx context.Context, each func(Row) error) error {
	begun := false
	return s.medium.View(ctx, func(r Reader) error {
		if begun {
			return errAgain
		}
		begun = true
		for t := range Count {
			for key, value := range r.From(t, nil) {
				if err := ctx.Err(); err != nil {
					return err
				}
				if err := each(Row{t, bytes.Clone(key), bytes.Clone(value)}); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// Load puts the rows that dump tells into an empty store, in many commits: where it fails
// the store is worth nothing.
func (s Store) Load(ctx context.Context, dump func(each func(Row) error) error) error {
	if err := s.empty(ctx); err != nil {
		return err
	}
	waiting := make([]Row, 0, LoadRows)
	flush := func() error {
		err := s.medium.Update(ctx, func(w Writer) error {
			for _, row := range waiting {
				w.Put(row.Table, row.Key, row.Value)
			}
			return nil
		})
		waiting = waiting[:0]
		return err
	}
	err := dump(func(row Row) error {
		if waiting = append(waiting, row); len(waiting) < LoadRows {
			return nil
		}
		return flush()
	})
	if err != nil || len(waiting) == 0 {
		return err
	}
	return flush()
}

// empty refuses a store that has rows.
func (s Store) empty(ctx context.Context) error { return s.medium.View(ctx, CheckEmpty) }

// CheckEmpty refuses rows of a store that is in use: the error wraps store.ErrExists.
func CheckEmpty(r Reader) error {
	for t := range Count {
		for range r.From(t, nil) {
			return fmt.Errorf("load store: there are %s in it: name one that is empty: %w", t, store.ErrExists)
		}
	}
	return nil
}
