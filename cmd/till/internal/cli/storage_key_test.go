package cli_test

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/cmd/till/internal/cli"
	"github.com/f510b0cf/till/emv/secret"
)

func TestStorageKeyIsMadeOnce(t *testing.T) {
	file := filepath.Join(t.TempDir(), "new", "folder", "storage.key")
	source := cli.StorageKey{File: file}
	_, err := source.Read()
	require.ErrorIs(t, err, fs.ErrNotExist)
	assert.NoFileExists(t, file, "reading makes none")

	var said bytes.Buffer
	first, err := source.ReadOrMake(cli.Streams{Err: &said})
	require.NoError(t, err)
	assert.Contains(t, said.String(), file)
	assert.Equal(t, secret.AES, first.Algorithm())
	assert.Equal(t, 32, first.Len())
	info, err := os.Stat(file)
	require.NoError(t, err)
	if runtime.GOOS != "windows" {
		assert.Equal(t, fs.FileMode(0o600), info.Mode())
	}
	entries, err := os.ReadDir(filepath.Dir(file))
	require.NoError(t, err)
	assert.Len(t, entries, 1, "nothing is left beside it")

	said.Reset()
	for _, read := range []func() (secret.Key, error){source.Read, func() (secret.Key, error) { return source.ReadOrMake(cli.Streams{Err: &said}) }} {
		again, err := read()
		require.NoError(t, err)
		assert.True(t, again.Equal(first))
	}
	assert.Empty(t, said.String())
}

// TestStorageKeyOfManyAtOnce has processes start together: all get one key.
func TestStorageKeyOfManyAtOnce(t *testing.T) {
	source := cli.StorageKey{File: filepath.Join(t.TempDir(), "storage.key")}
	keys := make([]secret.Key, 8)
	var wait sync.WaitGroup
	for i := range keys {
		wait.Go(func() {
			var err error
			keys[i], err = source.ReadOrMake(cli.Streams{Err: new(bytes.Buffer)})
			assert.NoError(t, err)
		})
	}
	wait.Wait()
	for _, k := range keys {
		assert.True(t, k.Equal(keys[0]))
	}
}

func TestStorageKeyByDefault(t *testing.T) {
	t.Setenv("XDG_CONFIG_HOME", t.TempDir())
	t.Setenv("HOME", t.TempDir())
	t.Setenv("AppData", t.TempDir())
	_, err := cli.StorageKey{}.ReadOrMake(cli.Streams{Err: new(bytes.Buffer)})
	require.NoError(t, err)
	dir, err := os.UserConfigDir()
	require.NoError(t, err)
	assert.FileExists(t, filepath.Join(dir, "till", "storage.key"))
}

func TestStorageKeyRefuses(t *testing.T) {
	for _, size := range []int{0, 31, 33} {
		file := filepath.Join(t.TempDir(), "storage.key")
		content := bytes.Repeat([]byte{'k'}, size)
		require.NoError(t, os.WriteFile(file, content, 0o600))
		_, err := cli.StorageKey{File: file}.ReadOrMake(cli.Streams{})
		require.ErrorContains(t, err, "has not 32 bytes")
		assert.NotContains(t, err.Error(), "kk")
		kept, err := os.ReadFile(file)
		require.NoError(t, err)
		assert.Equal(t, content, kept)
	}
}
