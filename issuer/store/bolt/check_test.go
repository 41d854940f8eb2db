package bolt_test

import (
	"bytes"
	"context"
	"fmt"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.etcd.io/bbolt"

	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/emv/cryptogram"
	"github.com/f510b0cf/till/issuer/member"
	"github.com/f510b0cf/till/issuer/store"
)

// filled returns the path of a closed store with a member, a card, entries and a
// session.
func filled(t testing.TB, dir, name string) string {
	t.Helper()
	ctx := context.Background()
	path := filepath.Join(dir, name)
	s := open(t, path)
	for n := range 2 {
		_, err := s.Members().Create(ctx, member.Member{Name: "Ada", Login: member.Login{Name: fmt.Sprintf("ada%d", n)}})
		require.NoError(t, err)
		require.NoError(t, s.Create(ctx, account.Ref{byte(n)}, plainCard()))
		require.NoError(t, s.Update(ctx, account.Ref{byte(n)}, func(tx store.Tx) error {
			tx.Append(store.Entry{Kind: "made"})
			return nil
		}))
	}
	require.NoError(t, s.Members().Update(ctx, 2, func(_ *member.Member, appendEntry func(store.Entry)) error {
		appendEntry(store.Entry{Kind: "login"})
		return nil
	}))
	require.NoError(t, s.Sessions().Put(ctx, store.NewSessionKey("x"), nil, plainCard().Payments[0].At))
	require.NoError(t, s.Check(ctx))
	require.NoError(t, s.Close())
	return path
}

func plainCard() store.Record {
	return store.Record{
		Holder: 1, Primary: 1, LastFour: "1006", Expiry: account.Expiry{Year: 2030, Month: 1}, Payments: make([]store.Payment, 1),
		Chip: store.Chip{Cryptogram: "visa-cvn18", Script: "visa", Option: cryptogram.OptionA},
	}
}

// TestCheckFinds spoils each table of a file in turn.
func TestCheckFinds(t *testing.T) {
	dir := t.TempDir()
	card, two := account.Ref{1}, []byte{0, 0, 0, 2}
	second, third := []byte{0, 0, 0, 0, 0, 0, 0, 2}, []byte{0, 0, 0, 0, 0, 0, 0, 3}
	for name, spoil := range map[string]func(tx *bbolt.Tx) error{
		"card gone":        func(tx *bbolt.Tx) error { return tx.Bucket([]byte("cards")).Delete(card[:]) },
		"card cut":         func(tx *bbolt.Tx) error { return cut(tx, "cards", card[:]) },
		"member gone":      func(tx *bbolt.Tx) error { return tx.Bucket([]byte("members")).Delete(two) },
		"member cut":       func(tx *bbolt.Tx) error { return cut(tx, "members", two) },
		"entry gone":       func(tx *bbolt.Tx) error { return tx.Bucket([]byte("journal")).Delete(second) },
		"first entry gone": func(tx *bbolt.Tx) error { return tx.Bucket([]byte("journal")).Delete([]byte{0, 0, 0, 0, 0, 0, 0, 1}) },
		"entry of another": func(tx *bbolt.Tx) error {
			journal := tx.Bucket([]byte("journal"))
			return journal.Put(second, journal.Get([]byte{0, 0, 0, 0, 0, 0, 0, 1}))
		},
		"entry cut":         func(tx *bbolt.Tx) error { return cut(tx, "journal", second) },
		"login of another":  func(tx *bbolt.Tx) error { return tx.Bucket([]byte("logins")).Put([]byte("ada0"), two) },
		"login of nobody":   func(tx *bbolt.Tx) error { return tx.Bucket([]byte("logins")).Put([]byte("eve"), []byte{0, 0, 0, 9}) },
		"session cut":       func(tx *bbolt.Tx) error { return tx.Bucket([]byte("sessions")).Put([]byte("x"), []byte{0x80}) },
		"key of an entry":   func(tx *bbolt.Tx) error { return tx.Bucket([]byte("journal")).Put([]byte("x"), nil) },
		"entry changed":     func(tx *bbolt.Tx) error { return change(tx, "journal", second) },
		"newest entry gone": func(tx *bbolt.Tx) error { return tx.Bucket([]byte("journal")).Delete(third) },
		"link changed":      func(tx *bbolt.Tx) error { return change(tx, "links", second) },
		"link too many":     func(tx *bbolt.Tx) error { return tx.Bucket([]byte("links")).Put([]byte{9, 0, 0, 0, 0, 0, 0, 0}, nil) },
		"seal of no entry": func(tx *bbolt.Tx) error {
			return tx.Bucket([]byte("seals")).Put([]byte{0, 0, 0, 0, 0, 0, 0, 9}, []byte("x"))
		},
		"newest act unknown": func(tx *bbolt.Tx) error { return tx.Bucket([]byte("acts")).Delete(two) },
		"card's end unknown": func(tx *bbolt.Tx) error {
			return tx.Bucket([]byte("cards")).Put(card[:], tx.Bucket([]byte("cards")).Get(make([]byte, len(card))))
		},
		"member not in list": func(tx *bbolt.Tx) error { return unlist(tx) },
	} {
		path := filled(t, dir, name)
		alter(t, path, spoil)
		s := open(t, path)
		assert.Error(t, s.Check(context.Background()), name)
		assert.ErrorContains(t, s.Check(context.Background()), "check store", name)
		require.NoError(t, s.Close())
	}
}

// change turns a bit of a row's last byte.
func change(tx *bbolt.Tx, bucket string, key []byte) error {
	row := bytes.Clone(tx.Bucket([]byte(bucket)).Get(key))
	row[len(row)-1] ^= 1
	return tx.Bucket([]byte(bucket)).Put(key, row)
}

// cut shortens a row.
func cut(tx *bbolt.Tx, bucket string, key []byte) error {
	b := tx.Bucket([]byte(bucket))
	row := append([]byte(nil), b.Get(key)...)
	return b.Put(key, row[:len(row)-1])
}

// unlist gives the first member the row of the second, who has no cards.
func unlist(tx *bbolt.Tx) error {
	b := tx.Bucket([]byte("members"))
	return b.Put([]byte{0, 0, 0, 1}, b.Get([]byte{0, 0, 0, 2}))
}

// TestCheckIsCancelled: a context ends a check.
func TestCheckIsCancelled(t *testing.T) {
	s := open(t, filled(t, t.TempDir(), "store.db"))
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	require.ErrorIs(t, s.Check(ctx), context.Canceled)
	require.ErrorIs(t, s.Backup(ctx, nil), context.Canceled)
	require.NoError(t, s.Close())
}
