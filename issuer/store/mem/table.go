package mem

import (
	"bytes"
	"iter"
	"slices"
)

// table is the rows of one table, in the order of their keys. They lie in chunks,
// none of them empty, so that a new row moves no more than those of its chunk.
type table struct{ chunks [][]row }

type row struct {
	key, value []byte
}

// chunkMax is how many rows a chunk has before it is split.
const chunkMax = 512

// find returns the place of a key, or the one where it belongs.
func (t *table) find(key []byte) (chunk, at int, there bool) {
	if len(t.chunks) == 0 {
		return 0, 0, false
	}
	low, high := 0, len(t.chunks) // the chunk is one of these
	for high-low > 1 {
		if middle := (low + high) / 2; bytes.Compare(t.chunks[middle][0].key, key) <= 0 {
			low = middle
		} else {
			high = middle
		}
	}
	rows := t.chunks[low]
	from, to := 0, len(rows)
	for from < to {
		switch middle := (from + to) / 2; bytes.Compare(rows[middle].key, key) {
		case 0:
			return low, middle, true
		case -1:
			from = middle + 1
		default:
			to = middle
		}
	}
	return low, from, false
}

// get returns the value of a row, nil where there is none.
func (t *table) get(key []byte) []byte {
	n, at, there := t.find(key)
	if !there {
		return nil
	}
	return t.chunks[n][at].value
}

// put sets the value of a row.
func (t *table) put(key, value []byte) {
	n, at, there := t.find(key)
	switch {
	case there:
		t.chunks[n][at].value = value
		return
	case len(t.chunks) == 0:
		t.chunks = [][]row{{{key, value}}}
		return
	}
	c := slices.Insert(t.chunks[n], at, row{key, value})
	t.chunks[n] = c
	if len(c) <= chunkMax {
		return
	}
	half := len(c) / 2
	if at == len(c)-1 {
		half = at // keys that rise leave full chunks behind
	}
	t.chunks[n] = slices.Clip(c[:half])
	t.chunks = slices.Insert(t.chunks, n+1, slices.Clone(c[half:]))
}

// remove removes a row.
func (t *table) remove(key []byte) {
	n, at, there := t.find(key)
	if !there {
		return
	}
	t.chunks[n] = slices.Delete(t.chunks[n], at, at+1)
	if len(t.chunks[n]) == 0 {
		t.chunks = slices.Delete(t.chunks, n, n+1)
	}
}

// from iterates over the rows from a key on.
func (t *table) from(key []byte) iter.Seq2[[]byte, []byte] {
	return func(yield func(key, value []byte) bool) {
		if len(t.chunks) == 0 {
			return
		}
		first, at, _ := t.find(key)
		for _, c := range t.chunks[first:] {
			for _, r := range c[at:] {
				if !yield(r.key, r.value) {
					return
				}
			}
			at = 0
		}
	}
}

// last returns the key of the last row, nil where there is none.
func (t *table) last() []byte {
	if len(t.chunks) == 0 {
		return nil
	}
	c := t.chunks[len(t.chunks)-1]
	return c[len(c)-1].key
}
