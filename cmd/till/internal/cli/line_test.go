package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestLongLine: a line that is too long is refused, not taken in part.
func TestLongLine(t *testing.T) {
	file := filepath.Join(t.TempDir(), "line")
	for length, ok := range map[int]bool{lineMax: true, lineMax + 1: false} {
		require.NoError(t, os.WriteFile(file, []byte(strings.Repeat("x", length)+"\n"), 0o600))
		value, err := Line{File: file, What: "password"}.Read(Streams{}, "")
		if ok {
			require.NoError(t, err)
			value.Open(func(clear []byte) { assert.Len(t, clear, length) })
			continue
		}
		assert.EqualError(t, err, "read password: the line has more than 64 bytes")
	}
}
