package cli_test

import (
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/cmd/till/internal/cli"
)

func hello(w io.Writer) error {
	_, err := io.WriteString(w, "hello")
	return err
}

// TestOutFile: a file appears as a whole, and nothing is left beside it.
func TestOutFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "out")
	for _, written := range []bool{false, true} {
		f, err := cli.CreateOutFile("trace", path)
		require.NoError(t, err)
		require.NoFileExists(t, path)
		if written {
			require.NoError(t, f.Write(hello))
		}
		f.Discard()
		left, err := os.ReadDir(filepath.Dir(path))
		require.NoError(t, err)
		assert.Len(t, left, map[bool]int{false: 0, true: 1}[written])
	}
	_, err := cli.CreateOutFile("trace", filepath.Dir(path))
	assert.ErrorContains(t, err, "it is a folder")
}

// TestOutFileLink: a link stays one.
func TestOutFileLink(t *testing.T) {
	folder := t.TempDir()
	path, link := filepath.Join(folder, "out"), filepath.Join(folder, "link")
	require.NoError(t, os.WriteFile(path, nil, 0o600))
	require.NoError(t, os.Symlink(path, link))
	f, err := cli.CreateOutFile("trace", link)
	require.NoError(t, err)
	require.NoError(t, f.Write(hello))
	f.Discard()
	real, err := filepath.EvalSymlinks(link)
	require.NoError(t, err)
	assert.Equal(t, "out", filepath.Base(real))
	content, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, "hello", string(content))
}
