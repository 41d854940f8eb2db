package journal_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.etcd.io/bbolt"
	"pgregory.net/rapid"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/terminal/journal"
)

func testKey(t testing.TB, fill byte) secret.Key {
	t.Helper()
	key, err := secret.NewAES(bytes.Repeat([]byte{fill}, 32))
	require.NoError(t, err)
	return key
}

// at opens the journal of a path.
func at(t testing.TB, path string) *journal.Journal {
	t.Helper()
	j, err := journal.Open(journal.Config{Path: path, Key: testKey(t, 0xA5)})
	require.NoError(t, err)
	t.Cleanup(func() { _ = j.Close() })
	return j
}

func open(t testing.TB) *journal.Journal {
	t.Helper()
	return at(t, filepath.Join(t.TempDir(), "journal"))
}

// items returns the sequences and contents of all items.
func items(t testing.TB, j *journal.Journal) map[uint64]string {
	t.Helper()
	found := map[uint64]string{}
	require.NoError(t, j.View(func(tx *journal.Tx) error {
		list, err := tx.Items()
		last := uint64(0)
		for _, r := range list {
			require.Greater(t, r.Sequence, last, "in order")
			last = r.Sequence
			r.Content.Open(func(clear []byte) { found[r.Sequence] = string(clear) })
		}
		return err
	}))
	return found
}

// add appends items and returns the last sequence.
func add(tx *journal.Tx, contents ...string) (sequence uint64, err error) {
	for _, c := range contents {
		if sequence, err = tx.NextItem(); err != nil {
			return 0, err
		}
		if err = tx.Put(sequence, []byte(c)); err != nil {
			return 0, err
		}
	}
	return sequence, nil
}

func TestItemsSurvive(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal")
	j := at(t, path)
	require.NoError(t, j.Update(func(tx *journal.Tx) error {
		_, err := add(tx, "one", "two", "three")
		return err
	}))
	require.NoError(t, j.Update(func(tx *journal.Tx) error {
		return errors.Join(tx.Erase(2), tx.Erase(77), tx.Put(3, []byte("drei")))
	}))
	require.NoError(t, j.Close())
	j = at(t, path)
	assert.Equal(t, map[uint64]string{1: "one", 3: "drei"}, items(t, j))
	require.NoError(t, j.Update(func(tx *journal.Tx) error {
		sequence, err := add(tx, "four")
		assert.Equal(t, uint64(4), sequence)
		return err
	}))
	info, err := os.Stat(path)
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o600), info.Mode().Perm())
}

func TestAFailedUpdateChangesNothing(t *testing.T) {
	j := open(t)
	failed := errors.New("failed")
	require.ErrorIs(t, j.Update(func(tx *journal.Tx) error {
		_, err := add(tx, "one")
		require.NoError(t, err)
		_, err = tx.NextSTAN(day)
		require.NoError(t, err)
		require.NoError(t, tx.SetDevice(secret.TDES, secret.New([]byte("keys"))))
		return failed
	}), failed)
	assert.Empty(t, items(t, j))
	require.NoError(t, j.Update(func(tx *journal.Tx) error {
		stan, err := tx.NextSTAN(day)
		assert.Equal(t, uint32(1), stan)
		state, stateErr := tx.Device(secret.TDES)
		assert.True(t, state.IsZero())
		return errors.Join(err, stateErr)
	}))
}

func TestJournalIsBounded(t *testing.T) {
	j := open(t)
	require.NoError(t, j.Update(func(tx *journal.Tx) error {
		for range journal.ItemsMax {
			if _, err := add(tx, "item"); err != nil {
				return err
			}
		}
		assert.Zero(t, tx.Room())
		_, err := tx.NextItem()
		assert.ErrorIs(t, err, journal.ErrFull)
		require.NoError(t, tx.Erase(500))
		_, err = add(tx, "item")
		assert.NoError(t, err)
		assert.Error(t, tx.Put(1, make([]byte, journal.BytesMax+1)))
		for n := range journal.ReceiptsMax + 5 {
			if err := tx.AppendReceipt(binary.BigEndian.AppendUint32(nil, uint32(n))); err != nil {
				return err
			}
		}
		receipts, err := tx.Receipts()
		require.Len(t, receipts, journal.ReceiptsMax)
		receipts[0].Content.Open(func(clear []byte) { assert.Equal(t, uint32(5), binary.BigEndian.Uint32(clear)) })
		return err
	}))
}

func TestOpenRefuses(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal")
	j := at(t, path)
	_, err := journal.Open(journal.Config{Path: path, Key: testKey(t, 0xA5), Wait: time.Millisecond})
	require.ErrorIs(t, err, journal.ErrInUse)
	assert.EqualError(t, err, "open journal "+path+": another process has it open: end that one, or give this terminal a journal of its own")
	require.NoError(t, j.Close())

	_, err = journal.Open(journal.Config{Path: path, Key: testKey(t, 0x5A)})
	require.ErrorIs(t, err, secret.ErrUnseal, "another key")
	at(t, path)

	_, err = journal.Open(journal.Config{Path: path})
	require.ErrorContains(t, err, "Config wants a Path and an AES Key")
	_, err = journal.Open(journal.Config{Path: filepath.Join(path, "below a file"), Key: testKey(t, 1)})
	require.Error(t, err)
}

func TestOtherSchemaIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal")
	require.NoError(t, at(t, path).Close())
	db, err := bbolt.Open(path, 0o600, nil)
	require.NoError(t, err)
	require.NoError(t, db.Update(func(tx *bbolt.Tx) error { return tx.Bucket([]byte("meta")).Put([]byte("schema"), []byte{2}) }))
	require.NoError(t, db.Close())
	_, err = journal.Open(journal.Config{Path: path, Key: testKey(t, 0xA5)})
	assert.ErrorIs(t, err, journal.ErrSchema)
}

// TestMovedValuesAreRefused puts a sealed item into the place of another.
func TestMovedValuesAreRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal")
	j := at(t, path)
	require.NoError(t, j.Update(func(tx *journal.Tx) error {
		_, err := add(tx, "one", "two")
		return err
	}))
	require.NoError(t, j.Close())
	db, err := bbolt.Open(path, 0o600, nil)
	require.NoError(t, err)
	require.NoError(t, db.Update(func(tx *bbolt.Tx) error {
		b := tx.Bucket([]byte("items"))
		first, second := binary.BigEndian.AppendUint64(nil, 1), binary.BigEndian.AppendUint64(nil, 2)
		return b.Put(second, bytes.Clone(b.Get(first)))
	}))
	require.NoError(t, db.Close())
	err = at(t, path).View(func(tx *journal.Tx) error {
		_, err := tx.Items()
		return err
	})
	assert.ErrorIs(t, err, secret.ErrUnseal)
}

var day = emv.Date{Year: 2026, Month: time.November, Day: 23}

// TestSTANs takes all numbers of a day: none comes twice, and there is no more.
// The next day goes on where this one ended.
func TestSTANs(t *testing.T) {
	if testing.Short() {
		t.Skip("a million numbers")
	}
	j := open(t)
	seen := make([]bool, journal.STANMax+1)
	require.NoError(t, j.Update(func(tx *journal.Tx) error {
		_, err := tx.NextSTAN(emv.Date{Year: 2026, Month: time.November, Day: 22})
		require.NoError(t, err)
		for range journal.STANMax {
			stan, err := tx.NextSTAN(day)
			if err != nil || stan == 0 || stan > journal.STANMax || seen[stan] {
				t.Fatalf("STAN %d, %v", stan, err)
			}
			seen[stan] = true
		}
		_, err = tx.NextSTAN(day)
		require.ErrorIs(t, err, journal.ErrSTANsUsed)
		stan, err := tx.NextSTAN(emv.Date{Year: 2026, Month: time.November, Day: 24})
		assert.Equal(t, uint32(2), stan)
		return err
	}))
}

func TestCounterSurvives(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal")
	for want := range uint32(5) {
		j := at(t, path)
		counter, err := j.NextCounter()
		require.NoError(t, err)
		assert.Equal(t, want+1, counter)
		require.NoError(t, j.Close())
	}
}

// TestJournalAgainstAModel makes random updates, some of which fail, with restarts
// between them.
func TestJournalAgainstAModel(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal")
	rapid.Check(t, func(r *rapid.T) {
		require.NoError(t, os.RemoveAll(path))
		j := at(t, path)
		model := map[uint64]string{}
		for range rapid.IntRange(1, 12).Draw(r, "steps") {
			next := map[uint64]string{}
			for k, v := range model {
				next[k] = v
			}
			fail := rapid.Bool().Draw(r, "fail")
			err := j.Update(func(tx *journal.Tx) error {
				for range rapid.IntRange(0, 4).Draw(r, "changes") {
					content := rapid.StringN(1, 20, 40).Draw(r, "content")
					sequence, err := add(tx, content)
					require.NoError(t, err)
					next[sequence] = content
					if erase := rapid.Uint64Range(1, sequence).Draw(r, "erase"); rapid.Bool().Draw(r, "erases") {
						require.NoError(t, tx.Erase(erase))
						delete(next, erase)
					}
				}
				if fail {
					return errors.New("fail")
				}
				return nil
			})
			require.Equal(t, fail, err != nil)
			if !fail {
				model = next
			}
			if rapid.Bool().Draw(r, "restart") {
				require.NoError(t, j.Close())
				j = at(t, path)
			}
			require.Equal(t, model, items(t, j))
		}
		require.NoError(t, j.Close())
	})
}
