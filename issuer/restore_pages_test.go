package issuer_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/issuer"
)

// TestRestoreOfWrongPages: a store that was damaged before it was backed up, so that
// the backup's own check finds nothing. The process lives, and what is refused leaves
// nothing behind.
func TestRestoreOfWrongPages(t *testing.T) {
	p := found(t, "amex-pin")
	whole, err := os.ReadFile(p.backUp())
	require.NoError(t, err)
	before := names(t, filepath.Dir(p.data))
	const head, page, rounds = 25, 4096, 40 // head: the name of the file and the length of the keys
	storeAt := head + int(binary.BigEndian.Uint32(whole[head-4:]))
	random, refused := rand.New(rand.NewPCG(3, 6)), 0
	for range rounds {
		content := bytes.Clone(whole[:len(whole)-sha256.Size])
		pages := content[storeAt:]
		at := (2+random.IntN(len(pages)/page-2))*page + random.IntN(64)
		binary.NativeEndian.PutUint32(pages[at&^3:], random.Uint32())
		sum := sha256.Sum256(content)
		r := p.restoration(filepath.Join(t.TempDir(), "backup"))
		require.NoError(t, os.WriteFile(r.From, append(content, sum[:]...), 0o600))
		_, err := issuer.Restore(t.Context(), r)
		if err == nil { // what was changed lies in free pages
			require.NoError(t, os.RemoveAll(r.Data))
			continue
		}
		refused++
		assert.NotContains(t, err.Error(), ".till-issuer-")
		assert.Equal(t, before, names(t, filepath.Dir(p.data)))
	}
	require.Greater(t, refused, rounds/5)
}

// TestRestoreOfNoFile: a folder and a pipe, which would wait for a writer for ever.
func TestRestoreOfNoFile(t *testing.T) {
	p := found(t, "amex-pin")
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := exec.CommandContext(t.Context(), "mkfifo", pipe).Run(); err != nil {
		t.Skip("no mkfifo")
	}
	for _, from := range []string{filepath.Dir(pipe), pipe} {
		_, err := issuer.Restore(t.Context(), p.restoration(from))
		assert.ErrorIs(t, err, issuer.ErrNoBackup)
	}
}

// TestRestoreIntoAFolderWithASlash: shells complete folders so.
func TestRestoreIntoAFolderWithASlash(t *testing.T) {
	p := found(t, "amex-pin")
	r := p.restoration(p.backUp())
	r.Data += string(filepath.Separator)
	_, err := issuer.Restore(t.Context(), r)
	require.NoError(t, err)
	_, err = issuer.Restore(t.Context(), r)
	assert.ErrorIs(t, err, fs.ErrExist)
}
