package durable_test

import (
	"io/fs"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/f510b0cf/till/emv/durable"
)

func TestFolder(t *testing.T) {
	dir := t.TempDir()
	assert.NoError(t, durable.Folder(dir))
	if runtime.GOOS != "windows" {
		assert.ErrorIs(t, durable.Folder(filepath.Join(dir, "missing")), fs.ErrNotExist)
	}
	if runtime.GOOS == "linux" {
		assert.NoError(t, durable.Folder("/proc"), "a file system that can not sync folders")
	}
}
