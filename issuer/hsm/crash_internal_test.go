package hsm

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv/secret"
)

// TestCrashes: after each step of a rotation or a change of the key-encryption key,
// what lies on the disk opens under the old key or the new one, with the same keys.
func TestCrashes(t *testing.T) {
	phrase := func(text string) KEK {
		return KEK{Passphrase: func() (secret.Value, error) { return secret.New([]byte(text)), nil }}
	}
	dir := t.TempDir()
	f := Files{Keys: filepath.Join(dir, "data", "keys"), KEK: KEK{File: filepath.Join(dir, "kek")}}
	require.NoError(t, Init(f, nil, nil))
	first, err := Open(f, nil)
	require.NoError(t, err)
	kinds := []KEK{phrase("four candles, two hinges"), phrase("another dozen letters"), {File: filepath.Join(dir, "kek2")}}
	for _, next := range kinds {
		old, steps, opened := f.KEK, 0, map[string]bool{}
		f.written = func() {
			steps++
			crashed := Files{Keys: filepath.Join(t.TempDir(), "keys")}
			content, err := os.ReadFile(f.Keys)
			require.NoError(t, err)
			require.NoError(t, os.WriteFile(crashed.Keys, content, keyMode))
			for name, kek := range map[string]KEK{"old": old, "new": next} {
				crashed.KEK = kek
				m, err := Open(crashed, nil)
				if err == nil {
					opened[name] = true
					assert.Equal(t, first.KeyChecks(), m.KeyChecks())
					return
				}
			}
			t.Errorf("neither key opens it after step %d", steps)
		}
		require.NoError(t, Rekey(f, next, nil))
		assert.Equal(t, 4, steps)
		assert.Equal(t, map[string]bool{"old": true, "new": true}, opened)
		f.KEK = next
	}
}

// TestKilled: what a process left behind that was killed while it wrote goes with the
// next change, and is never taken for the key file.
func TestKilled(t *testing.T) {
	dir := t.TempDir()
	f := Files{Keys: filepath.Join(dir, "data", "keys"), KEK: KEK{File: filepath.Join(dir, "kek")}}
	require.NoError(t, Init(f, nil, nil))
	killed := errors.New("killed")
	for step := 1; step <= 4; step++ {
		left := step
		f.written = func() {
			if left--; left == 0 {
				content, err := filepath.Glob(filepath.Join(dir, "data", draftPrefix+"*"))
				require.NoError(t, err)
				for _, path := range content {
					require.NoError(t, os.Link(path, path+"-left")) // outlives the clearing up
				}
				panic(killed)
			}
		}
		assert.PanicsWithValue(t, killed, func() { _, _ = Rotate(f, StorageKeys, nil, nil) })
		f.written = nil
		_, err := Open(f, nil)
		require.NoError(t, err)
	}
	_, err := Rotate(f, StorageKeys, nil, nil)
	require.NoError(t, err)
	names, err := os.ReadDir(filepath.Join(dir, "data"))
	require.NoError(t, err)
	assert.Len(t, names, 1)
}
