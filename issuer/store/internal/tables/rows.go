package tables

import (
	"bytes"
	"context"
	"iter"
)

// pageRows is how many rows an iteration reads at once. Between two pages nothing
// is held, so that the loop may take its time and use the store.
const pageRows = 256

// rowsOf iterates over the decoded rows of a table from a key on. It ends behind
// the first error.
func rowsOf[T any](ctx context.Context, m Medium, t Table, from []byte, decode func(key, row []byte) (T, error)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for next := from; ; {
			page, last, err := readPage(ctx, m, t, next, decode)
			for _, item := range page {
				if !yield(item, nil) {
					return
				}
			}
			if err != nil {
				var none T
				yield(none, err)
				return
			}
			if last == nil {
				return
			}
			next = append(last, 0) // the least key behind the last
		}
	}
}

// readPage decodes up to pageRows rows. last is the key of the last one, nil where
// there are no more. The rows before an error are returned with it.
func readPage[T any](ctx context.Context, m Medium, t Table, from []byte, decode func(key, row []byte) (T, error)) (page []T, last []byte, err error) {
	err = m.View(ctx, func(r Reader) error {
		page, last = nil, nil
		for key, row := range r.From(t, from) {
			item, err := decode(key, row)
			if err != nil {
				return err
			}
			page = append(page, item)
			if len(page) == pageRows {
				last = bytes.Clone(key)
				return nil
			}
		}
		return nil
	})
	return page, last, err
}
