//go:build unix

package cli_test

import (
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/cmd/till/internal/cli"
)

// TestOutFilePipe: a pipe gets what is written and is one afterwards; for the
// administrator, /dev/null must be one still.
func TestOutFilePipe(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pipe")
	require.NoError(t, syscall.Mkfifo(path, 0o600))
	got := make(chan string)
	go func() {
		f, err := os.Open(path)
		if !assert.NoError(t, err) {
			close(got)
			return
		}
		defer f.Close()
		content, err := io.ReadAll(f)
		assert.NoError(t, err)
		got <- string(content)
	}()
	f, err := cli.CreateOutFile("trace", path)
	require.NoError(t, err)
	require.NoError(t, f.Write(hello))
	f.Discard()
	assert.Equal(t, "hello", <-got)
	info, err := os.Lstat(path)
	require.NoError(t, err)
	assert.Equal(t, fs.ModeNamedPipe, info.Mode().Type())
}
