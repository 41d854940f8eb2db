package mem

import (
	"cmp"
	"iter"
	"slices"
)

// table is the rows of one table. Its keys lie in order in chunks, none of them empty,
// so that a new one moves no more than those of its chunk.
type table struct {
	chunks [][]string
	values map[string][]byte
}

// chunkMax is how many keys a chunk has before it is split.
const chunkMax = 512

// chunk returns the place of the chunk that a key is in, or belongs in.
func (t *table) chunk(key string) int {
	at, found := slices.BinarySearchFunc(t.chunks, key, func(c []string, key string) int {
		return cmp.Compare(c[0], key)
	})
	if found || at == 0 {
		return at
	}
	return at - 1
}

// put sets the value of a row.
func (t *table) put(key string, value []byte) {
	if _, there := t.values[key]; !there {
		t.insert(key)
	}
	t.values[key] = value
}

// insert puts a new key in its place.
func (t *table) insert(key string) {
	if t.values == nil {
		t.values, t.chunks = map[string][]byte{}, nil
	}
	if len(t.chunks) == 0 {
		t.chunks = [][]string{{key}}
		return
	}
	n := t.chunk(key)
	c := t.chunks[n]
	at, _ := slices.BinarySearch(c, key)
	c = slices.Insert(c, at, key)
	t.chunks[n] = c
	if len(c) <= chunkMax {
		return
	}
	half := len(c) / 2
	if at == len(c)-1 {
		half = at // keys that rise leave full chunks behind
	}
	t.chunks[n] = c[:half:half]
	t.chunks = slices.Insert(t.chunks, n+1, slices.Clone(c[half:]))
}

// remove removes a row.
func (t *table) remove(key string) {
	if _, there := t.values[key]; !there {
		return
	}
	delete(t.values, key)
	n := t.chunk(key)
	at, _ := slices.BinarySearch(t.chunks[n], key)
	t.chunks[n] = slices.Delete(t.chunks[n], at, at+1)
	if len(t.chunks[n]) == 0 {
		t.chunks = slices.Delete(t.chunks, n, n+1)
	}
}

// from iterates over the rows from a key on.
func (t *table) from(key string) iter.Seq2[string, []byte] {
	return func(yield func(string, []byte) bool) {
		if len(t.chunks) == 0 {
			return
		}
		first := t.chunk(key)
		at, _ := slices.BinarySearch(t.chunks[first], key)
		for _, c := range t.chunks[first:] {
			for _, k := range c[at:] {
				if !yield(k, t.values[k]) {
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
	return []byte(c[len(c)-1])
}
