package mem

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// TestTable: whatever is put and removed, a table is a sorted map.
func TestTable(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		var rows table
		want := map[string][]byte{}
		key := func() string { return fmt.Sprintf("%04d", rapid.IntRange(0, 3*chunkMax).Draw(r, "key")) }
		if rapid.Bool().Draw(r, "full") {
			for i := range 3 * chunkMax {
				k := fmt.Sprintf("%04d", i)
				rows.put([]byte(k), []byte(k))
				want[k] = []byte(k)
			}
		}
		for range rapid.IntRange(0, 4*chunkMax).Draw(r, "steps") {
			if k := key(); rapid.Bool().Draw(r, "put") {
				rows.put([]byte(k), []byte(k))
				want[k] = []byte(k)
			} else {
				rows.remove([]byte(k))
				delete(want, k)
			}
		}
		from, keys := key(), slices.Sorted(maps.Keys(want))
		at, _ := slices.BinarySearch(keys, from)
		var got []string
		for k, v := range rows.from([]byte(from)) {
			require.Equal(r, k, v)
			got = append(got, string(k))
		}
		require.True(r, slices.Equal(keys[at:], got))
		if len(keys) > 0 {
			require.Equal(r, keys[len(keys)-1], string(rows.last()))
		} else {
			require.Nil(r, rows.last())
		}
	})
}
