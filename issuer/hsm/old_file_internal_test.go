package hsm

import (
	"crypto/rand"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/emv/secret"
)

// TestFileWithoutCIDKey: a file from before there was such a key opens, its module
// says that there is none, and a rotation draws one.
func TestFileWithoutCIDKey(t *testing.T) {
	dir := t.TempDir()
	f := Files{Keys: filepath.Join(dir, "data", "keys.sealed"), KEK: KEK{File: filepath.Join(dir, "storage.key")}}
	ring, err := newRing(nil, rand.Reader)
	require.NoError(t, err)
	ring.cid = secret.Key{}
	under, err := f.KEK.make(rand.Reader)
	require.NoError(t, err)
	sealed, err := ring.seal(under, rand.Reader)
	require.NoError(t, err)
	require.NoError(t, create(f.Keys, sealed))

	pan, err := account.ParsePAN([]byte("374245001741007"))
	require.NoError(t, err)
	cid := func() error {
		m, err := Open(f, nil)
		require.NoError(t, err)
		_, err = m.CID(Card{PAN: pan}, account.Expiry{Year: 2029, Month: time.May}, 4)
		return err
	}
	require.ErrorIs(t, cid(), ErrNoKey)
	_, err = Rotate(f, StorageKeys, nil, nil)
	require.NoError(t, err)
	require.NoError(t, cid())
}
