package issuer_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/issuer"
	"github.com/f510b0cf/till/issuer/hsm"
	"github.com/f510b0cf/till/issuer/pinlife"
	"github.com/f510b0cf/till/issuer/store"
	"github.com/f510b0cf/till/issuer/store/bolt"
)

// backUp makes a backup of the issuer, which does not run.
func (p *place) backUp() string {
	p.t.Helper()
	path := filepath.Join(filepath.Dir(p.data), "backup")
	_, err := issuer.SaveBackup(path, func(w io.Writer) error { return issuer.Backup(p.t.Context(), p.data, w) })
	require.NoError(p.t, err)
	return path
}

// step takes the card through events, and gives each pending generation a PIN.
func (p *place) step(t *testing.T, sealed func(*store.Record)) {
	t.Helper()
	s, err := bolt.Open(filepath.Join(p.data, "issuer.db"))
	require.NoError(t, err)
	require.NoError(t, s.Update(t.Context(), p.ref, func(tx store.Tx) error {
		sealed(tx.Card())
		tx.Append(store.Entry{Kind: "changed by a test"})
		return nil
	}))
	require.NoError(t, s.Sessions().Put(t.Context(), store.NewSessionKey("x"), nil, farAhead))
	require.NoError(t, s.Close())
}

// at opens the store of a data directory.
func at(t testing.TB, data string, look func(*bolt.Store)) {
	t.Helper()
	s, err := bolt.Inspect(filepath.Join(data, "issuer.db"))
	require.NoError(t, err)
	look(s)
	require.NoError(t, s.Close())
}

func (p *place) restoration(from string) issuer.Restoration {
	return issuer.Restoration{Data: p.data + "-again", KEK: hsm.KEK{File: p.kek}, From: from}
}

// TestRestore: every card is unsure before the directory is there, with the alarm in
// the journal, and no session goes on.
func TestRestore(t *testing.T) {
	p := found(t, "amex-pin")
	p.step(t, func(r *store.Record) { r.Status = store.Active })
	from := p.backUp()
	info, err := os.Stat(from)
	require.NoError(t, err)
	assert.Equal(t, fs.FileMode(0o600), info.Mode().Perm())

	done, err := issuer.Restore(t.Context(), p.restoration(from))
	require.NoError(t, err)
	assert.Equal(t, 1, done.Members)
	assert.Equal(t, 1, done.Cards)
	assert.Zero(t, done.Closed)
	at(t, p.data+"-again", func(s *bolt.Store) {
		require.NoError(t, s.View(t.Context(), p.ref, func(card store.Snapshot) error {
			assert.Equal(t, pinlife.Unsure, card.Card().PIN.Phase())
			assert.Equal(t, store.Active, card.Card().Status)
			return nil
		}))
		var lines []string
		for e, err := range s.Journal(t.Context(), 0) {
			require.NoError(t, err)
			lines = append(lines, e.Actor+": "+e.Kind+": "+e.Detail)
		}
		assert.Equal(t, []string{": changed by a test: ", "operator: audit: restored from backup", "operator: notice: set again"}, lines)
		_, err := s.Sessions().Get(t.Context(), store.NewSessionKey("x"), done.Latest)
		assert.ErrorIs(t, err, store.ErrNotFound)
	})
	report, err := issuer.Check(t.Context(), p.data+"-again", hsm.KEK{File: p.kek})
	require.NoError(t, err)
	assert.Equal(t, issuer.Report{Members: 1, Cards: 1, Entries: 3, Seals: 2, Sealed: 3, Unsure: 1, Findings: []string{}}, report)
	_, err = issuer.Restore(t.Context(), p.restoration(from))
	assert.ErrorIs(t, err, fs.ErrExist)
	assert.Equal(t, []string{"backup", "data", "data-again", "storage.key"}, names(t, filepath.Dir(p.data)))
}

// TestBackupOfARunningIssuer: through its socket, while it writes. What came out is
// a whole state of the store.
func TestBackupOfARunningIssuer(t *testing.T) {
	p := found(t, "amex-pin")
	r := p.serve(nil)
	_, text := post(t, "POST", r.Addresses().HTTP+"/v1/login", "", `{"name":"anna","password":"`+password+`"}`)
	assert.NotEmpty(t, text)
	require.ErrorIs(t, issuer.Backup(t.Context(), p.data, io.Discard), store.ErrInUse)
	from := filepath.Join(filepath.Dir(p.data), "backup")
	client := http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", issuer.Socket(p.data))
	}}}
	_, err := issuer.SaveBackup(from, func(w io.Writer) error {
		response, err := client.Get("http://operator/v1/backup")
		if err != nil {
			return err
		}
		defer response.Body.Close()
		_, err = io.Copy(w, response.Body)
		return err
	})
	require.NoError(t, err)
	client.CloseIdleConnections()
	_, err = issuer.Check(t.Context(), p.data, hsm.KEK{File: p.kek})
	require.ErrorIs(t, err, store.ErrInUse)
	require.NoError(t, r.stop())
	_, err = issuer.Restore(t.Context(), p.restoration(from))
	require.NoError(t, err)
}

// TestBackupHoldsNothingInClear looks for the account number, as the store's own
// test does.
func TestBackupHoldsNothingInClear(t *testing.T) {
	p := found(t, "amex-pin")
	content, err := os.ReadFile(p.backUp())
	require.NoError(t, err)
	p.pan.Open(func(digits []byte) { assert.False(t, bytes.Contains(content, digits)) })
	assert.False(t, bytes.Contains(content, []byte(password)))
	p.card.IssuerKeys.AC.Open(func(raw []byte) { assert.False(t, bytes.Contains(content, raw)) })
}

// TestRestoreRefuses what is cut off anywhere, changed anywhere, or not sealed under
// the key, and leaves nothing behind.
func TestRestoreRefuses(t *testing.T) {
	p := found(t, "amex-pin")
	whole, err := os.ReadFile(p.backUp())
	require.NoError(t, err)
	other := filepath.Join(filepath.Dir(p.data), "other.key")
	key := make([]byte, 32)
	_, err = rand.Read(key)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(other, key, 0o600))
	before := names(t, filepath.Dir(p.data))
	refused := func(name string, content []byte, want error) {
		t.Helper()
		from := filepath.Join(t.TempDir(), "backup")
		require.NoError(t, os.WriteFile(from, content, 0o600))
		_, err := issuer.Restore(t.Context(), p.restoration(from))
		assert.ErrorIs(t, err, want, name)
		assert.Equal(t, before, names(t, filepath.Dir(p.data)), name)
	}
	for _, size := range []int{1, 10, 19, 20, 23, 24, 100, len(whole) / 2, len(whole) - 33, len(whole) - 32, len(whole) - 1} {
		refused("cut", whole[:size], issuer.ErrTornBackup)
	}
	refused("empty", nil, issuer.ErrNoBackup)
	refused("other file", []byte("till issuer, a poem, and a long one"), issuer.ErrNoBackup)
	refused("other version", append([]byte("till issuer backup 2\n"), whole[21:]...), issuer.ErrNoBackup)
	refused("longer", append(bytes.Clone(whole), 0), issuer.ErrTornBackup)
	for _, at := range []int{21, 24, 30, len(whole) / 2, len(whole) - 40, len(whole) - 1} {
		changed := bytes.Clone(whole)
		changed[at] ^= 0x10
		refused("changed", changed, issuer.ErrTornBackup)
	}
	r := p.restoration(filepath.Join(filepath.Dir(p.data), "backup"))
	r.KEK = hsm.KEK{File: other}
	_, err = issuer.Restore(t.Context(), r)
	require.ErrorIs(t, err, secret.ErrUnseal)
	assert.ErrorContains(t, err, "is not the storage key of this issuer")
	r.KEK, r.From = hsm.KEK{File: p.kek}, "none"
	_, err = issuer.Restore(t.Context(), r)
	require.ErrorIs(t, err, fs.ErrNotExist)
	assert.Equal(t, before, names(t, filepath.Dir(p.data)))
}

// TestSaveBackupAsAWhole: what breaks off leaves no file.
func TestSaveBackupAsAWhole(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "backup")
	_, err := issuer.SaveBackup(path, func(w io.Writer) error {
		_, err := io.WriteString(w, "till issuer backup 1\n")
		return err
	})
	require.ErrorIs(t, err, issuer.ErrTornBackup)
	_, err = issuer.SaveBackup(path, func(io.Writer) error { return io.ErrClosedPipe })
	require.ErrorIs(t, err, io.ErrClosedPipe)
	assert.Empty(t, names(t, dir))
	require.NoError(t, os.WriteFile(path, []byte("mine"), 0o600))
	_, err = issuer.SaveBackup(path, nil)
	require.ErrorIs(t, err, fs.ErrExist)
}

// names returns what lies in a directory.
func names(t testing.TB, dir string) (all []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	for _, e := range entries {
		all = append(all, e.Name())
	}
	return all
}
