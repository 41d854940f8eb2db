package issuer_test

import (
	"archive/tar"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/issuer"
	"github.com/f510b0cf/till/issuer/store"
	"github.com/f510b0cf/till/issuer/store/bolt"
)

// unpack writes the files of an archive below a directory.
func unpack(t *testing.T, archive, dir string) {
	t.Helper()
	f, err := os.Open(archive)
	require.NoError(t, err)
	defer f.Close()
	unzipped, err := gzip.NewReader(f)
	require.NoError(t, err)
	files := tar.NewReader(unzipped)
	for {
		head, err := files.Next()
		if errors.Is(err, io.EOF) {
			return
		}
		require.NoError(t, err)
		content, err := io.ReadAll(files)
		require.NoError(t, err)
		path := filepath.Join(dir, filepath.Base(head.Name))
		require.NoError(t, os.WriteFile(path, content, 0o600))
	}
}

// TestIssuerOfVersion1 opens what a till with schema version 1 wrote: two cards, one
// of which created, used and changed its PIN. It can be backed up as it is, is
// brought up to date when it is opened, and then nothing is wrong with it.
func TestIssuerOfVersion1(t *testing.T) {
	dir, err := os.MkdirTemp("", "till")
	require.NoError(t, err)
	t.Cleanup(func() { os.RemoveAll(dir) })
	p := &place{t: t, data: filepath.Join(dir, "bank"), kek: filepath.Join(dir, "storage.key")}
	require.NoError(t, os.Mkdir(p.data, 0o700))
	unpack(t, filepath.Join("testdata", "issuer-1.tar.gz"), p.data)
	require.NoError(t, os.Rename(filepath.Join(p.data, "storage.key"), p.kek))

	old := p.check()
	assert.Len(t, old.Findings, 1)
	assert.Contains(t, fmt.Sprint(old.Findings), "`till issuer serve` brings it up to date")
	from := p.backUp()
	var cards []store.Card
	var entries []store.Entry
	at(t, p.data, func(s *bolt.Store) { cards, entries = contents(t, s) })
	require.Len(t, cards, 2)
	require.Len(t, entries, 11)

	p.serveOnce()
	at(t, p.data, func(s *bolt.Store) {
		now, lines := contents(t, s)
		assert.Equal(t, cards, now)
		assert.Equal(t, entries, lines)
	})
	report := p.check()
	assert.Empty(t, report.Findings)
	assert.EqualValues(t, 11, report.Sealed)
	assert.Equal(t, 10, report.Seals, "with the answers to five messages")

	_, err = issuer.Restore(t.Context(), p.restoration(from))
	require.NoError(t, err)
	p.data += "-again"
	report = p.check()
	assert.Empty(t, report.Findings)
	assert.Equal(t, 15, report.Entries)
}

// contents returns cards and journal.
func contents(t *testing.T, s store.Store) (cards []store.Card, entries []store.Entry) {
	t.Helper()
	for c, err := range s.Cards(t.Context()) {
		require.NoError(t, err)
		cards = append(cards, c)
	}
	for e, err := range s.Journal(t.Context(), 0) {
		require.NoError(t, err)
		entries = append(entries, e)
	}
	return cards, entries
}
