package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var (
	date  = time.Date(2026, time.November, 28, 12, 0, 0, 0, time.UTC)
	files = []file{{"till-1/till", 0o755, []byte("program")}, {"till-1/LICENSE", 0o644, []byte("licence")}}
)

func TestTarred(t *testing.T) {
	content, err := tarred(files, date)
	require.NoError(t, err)
	again, err := tarred(files, date)
	require.NoError(t, err)
	assert.Equal(t, content, again)
	plain, err := gzip.NewReader(bytes.NewReader(content))
	require.NoError(t, err)
	assert.True(t, plain.ModTime.IsZero(), "gzip has a date of its own")
	r := tar.NewReader(plain)
	for _, want := range files {
		h, err := r.Next()
		require.NoError(t, err)
		got, err := io.ReadAll(r)
		require.NoError(t, err)
		assert.Equal(t, want, file{h.Name, h.FileInfo().Mode(), got})
		assert.True(t, date.Equal(h.ModTime))
		assert.Zero(t, h.Uid+h.Gid+len(h.Uname)+len(h.Gname))
	}
	_, err = r.Next()
	assert.Equal(t, io.EOF, err)
}

func TestZipped(t *testing.T) {
	content, err := zipped(files, date)
	require.NoError(t, err)
	again, err := zipped(files, date)
	require.NoError(t, err)
	assert.Equal(t, content, again)
	r, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	require.NoError(t, err)
	require.Len(t, r.File, len(files))
	for i, want := range files {
		opened, err := r.File[i].Open()
		require.NoError(t, err)
		got, err := io.ReadAll(opened)
		require.NoError(t, err)
		assert.Equal(t, want, file{r.File[i].Name, r.File[i].Mode(), got})
		assert.True(t, date.Equal(r.File[i].Modified))
	}
}
