package journal_test

import (
	"bytes"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/terminal/journal"
)

func inMemory(t testing.TB, m *journal.Memory) *journal.Journal {
	t.Helper()
	j, err := journal.OpenMemory(m, journal.Config{Key: testKey(t, 0xA5)})
	require.NoError(t, err)
	return j
}

// TestMemoryIsLikeAFile does the same to a journal in a file and to one in memory, with
// updates that fail and journals that are opened again.
func TestMemoryIsLikeAFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal")
	var memory journal.Memory
	both := []*journal.Journal{at(t, path), inMemory(t, &memory)}
	rapid.Check(t, func(r *rapid.T) {
		what, fails := rapid.IntRange(0, 9).Draw(r, "what"), rapid.Bool().Draw(r, "fails")
		number := rapid.Uint64Range(1, 40).Draw(r, "number")
		if what == 7 {
			require.NoError(r, both[0].Close())
			both = []*journal.Journal{at(t, path), inMemory(t, &memory)}
		}
		var told []string
		for _, j := range both {
			said := ""
			err := j.Update(func(tx *journal.Tx) error {
				said = carryOut(tx, what, number)
				if fails {
					return errors.New("called off")
				}
				return nil
			})
			told = append(told, fmt.Sprint(said, err, contents(t, j)))
		}
		require.Equal(r, told[0], told[1])
	})
}

// carryOut does one thing with a journal, and tells what came of it.
func carryOut(tx *journal.Tx, what int, number uint64) string {
	day := emv.Date{Year: 2026, Month: 11, Day: int(number%28) + 1}
	switch what {
	case 0, 1:
		sequence, err := add(tx, fmt.Sprint("item ", number))
		return fmt.Sprint(sequence, err)
	case 2:
		return fmt.Sprint(tx.Erase(number))
	case 3:
		return fmt.Sprint(tx.Put(number, []byte("other")))
	case 4:
		stan, err := tx.NextSTAN(day)
		return fmt.Sprint(stan, err)
	case 5:
		return fmt.Sprint(tx.AppendReceipt(fmt.Append(nil, "receipt ", number)))
	case 6:
		return fmt.Sprint(tx.SetDevice(secret.TDES, secret.New(fmt.Append(nil, "keys ", number))))
	case 8:
		return fmt.Sprint(tx.AppendPayment(fmt.Append(nil, "payment ", number)))
	case 9:
		return fmt.Sprint(tx.LastItem(), tx.LastReceipt())
	}
	return fmt.Sprint(tx.NextCounter())
}

// contents tells all that a journal holds.
func contents(t testing.TB, j *journal.Journal) (all string) {
	t.Helper()
	require.NoError(t, j.View(func(tx *journal.Tx) error {
		owed, err := tx.Items()
		receipts, err2 := tx.Receipts()
		device, err3 := tx.Device(secret.TDES)
		payments, err4 := tx.Payments()
		for _, r := range slices.Concat(owed, receipts, payments) {
			r.Content.Open(func(clear []byte) { all += fmt.Sprintf("%d:%s ", r.Sequence, clear) })
		}
		if !device.IsZero() {
			device.Open(func(clear []byte) { all += string(clear) })
		}
		all += fmt.Sprint(tx.Room())
		return errors.Join(err, err2, err3, err4)
	}))
	return all
}

// TestMemoryCommit makes, fails and cuts off changes.
func TestMemoryCommit(t *testing.T) {
	var m journal.Memory
	j := inMemory(t, &m)
	broken := errors.New("disk is full")
	m.Commit = func(func()) error { return broken }
	_, err := j.NextCounter()
	require.ErrorIs(t, err, broken)
	m.Commit = func(apply func()) error { panic("killed") }
	assert.Panics(t, func() { _, _ = j.NextCounter() })
	m.Commit = func(apply func()) error { apply(); panic("killed") }
	assert.Panics(t, func() { _, _ = j.NextCounter() })
	m.Commit = nil
	counter, err := inMemory(t, &m).NextCounter()
	require.NoError(t, err)
	assert.Equal(t, uint32(2), counter, "the one that was made")
	_, err = journal.OpenMemory(&m, journal.Config{Key: testKey(t, 0x5A)})
	assert.ErrorIs(t, err, secret.ErrUnseal)
}

// TestMemoryIsSealed writes a memory out, in which no value is clear.
func TestMemoryIsSealed(t *testing.T) {
	var m journal.Memory
	require.NoError(t, inMemory(t, &m).Update(func(tx *journal.Tx) error {
		_, err := add(tx, "what is owed")
		return err
	}))
	var written bytes.Buffer
	n, err := m.WriteTo(&written)
	require.NoError(t, err)
	assert.Equal(t, int64(written.Len()), n)
	assert.Contains(t, written.String(), "items ")
	assert.NotContains(t, written.String(), "what is owed")
}
