package card_test

import (
	"bytes"
	"context"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/apdu"
	"github.com/f510b0cf/till/hardware"
	"github.com/f510b0cf/till/hardware/card"
	"github.com/f510b0cf/till/testdata/need"
)

// TestBoundedGrowth: however long a card is used, its memory stays bounded, opens
// as what it was, and holds no record of the image but its own.
func TestBoundedGrowth(t *testing.T) {
	m := created(t)
	icc := opened(t, m)
	head := content(t, m)
	largest, fell := 0, 0
	for range 3000 {
		d := inserted(t, icc).begin()
		d.ok(plaintext(t, "1234"))
		size := len(content(t, m))
		if size < largest {
			fell++
			largest = 0
		}
		largest = max(largest, size)
		require.LessOrEqual(t, size, 256<<10)
	}
	assert.Positive(t, fell, "it was compacted")
	assert.True(t, bytes.HasPrefix(content(t, m), head), "with the image as it was sealed")
	assert.Equal(t, icc.Status(), opened(t, m).Status())
}

// TestLongJournalOfEarlierTill: a journal that is longer than the bound is read,
// and compacted with the next write.
func TestLongJournalOfEarlierTill(t *testing.T) {
	m := created(t)
	icc := opened(t, m)
	card.CompactAt(icc, math.MaxInt64)
	d := inserted(t, icc)
	for range 3000 {
		d.begin()
	}
	require.Greater(t, len(content(t, m)), 256<<10)
	again := opened(t, m)
	assert.Equal(t, icc.Status(), again.Status())
	inserted(t, again).begin()
	assert.Less(t, len(content(t, m)), 16<<10)
	assert.Equal(t, emv.ATC(3001), opened(t, m).Status()[0].ATC)
}

// compacting opens a card that compacts its memory with every write.
func compacting(t tb, m card.Medium) (*card.ICC, error) {
	icc, err := card.Open(card.Config{Medium: m, Key: storageKey(t, 1)})
	if err == nil {
		card.CompactAt(icc, 0)
	}
	return icc, err
}

// TestTearingOfCompaction plays the story with a compaction for each write, and
// lets the power go at steps of the new memory, its sync, the exchange and what
// makes that durable: every eleventh, or every one in a night. The
// last steps of each are in TestTearingOfEveryCommand.
func TestTearingOfCompaction(t *testing.T) {
	base := created(t)
	whole := card.NewTearing(base.Clone(), math.MaxInt64)
	icc, err := compacting(t, whole)
	require.NoError(t, err)
	want := play(t, icc)
	require.Len(t, want, len(story)+1)
	stride := int64(need.Nightly(t, 11, 11, 1))
	for n := int64(1); n < whole.Steps(); n += stride {
		m := base.Clone()
		icc, err := compacting(t, card.NewTearing(m, n))
		require.NoError(t, err)
		checkTorn(t, m, want, len(play(t, icc))-1)
	}
}

// TestTornFileReplacement cuts the file that is to take a card's place at every
// byte: what lies beside a card is nothing, and goes with the next opening.
func TestTornFileReplacement(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.card")
	f, err := card.CreateFile(path)
	require.NoError(t, err)
	require.NoError(t, card.Create(f, storageKey(t, 1), testImage(t), nil))
	icc, err := compacting(t, f)
	require.NoError(t, err)
	inserted(t, icc).begin()
	require.NoError(t, f.Close())
	whole, err := os.ReadFile(path)
	require.NoError(t, err)
	for n := 0; n <= len(whole); n += 97 {
		require.NoError(t, os.WriteFile(path+".new", whole[:n], 0o600))
		f, err := card.OpenFile(path)
		require.NoError(t, err)
		assert.Equal(t, emv.ATC(1), opened(t, f).Status()[0].ATC)
		_, err = os.Stat(path + ".new")
		require.ErrorIs(t, err, os.ErrNotExist)
		require.NoError(t, f.Close())
	}
}

// TestFileReplacement: the new file has the name, the mode and the lock of the
// old one, also where the card was opened through a link.
func TestFileReplacement(t *testing.T) {
	directory := t.TempDir()
	path, link := filepath.Join(directory, "a.card"), filepath.Join(directory, "link.card")
	f, err := card.CreateFile(path)
	require.NoError(t, err)
	require.NoError(t, card.Create(f, storageKey(t, 1), testImage(t), nil))
	require.NoError(t, f.Close())
	if err := os.Symlink(path, link); err != nil {
		t.Skip("no symbolic links here")
	}
	for round, name := range []string{path, link} {
		f, err = card.OpenFile(name)
		require.NoError(t, err)
		icc, err := compacting(t, f)
		require.NoError(t, err)
		d := inserted(t, icc)
		for range 3 {
			d.begin()
		}
		info, err := os.Lstat(path)
		require.NoError(t, err)
		assert.Equal(t, os.FileMode(0o600), info.Mode())
		info, err = os.Lstat(link)
		require.NoError(t, err)
		assert.Equal(t, os.ModeSymlink, info.Mode()&os.ModeSymlink)
		_, err = card.OpenFile(path)
		require.ErrorIs(t, err, card.ErrInUse)
		require.NoError(t, f.Close())
		f, err = card.OpenFile(path)
		require.NoError(t, err)
		assert.Equal(t, emv.ATC(3*(round+1)), opened(t, f).Status()[0].ATC)
		require.NoError(t, f.Close())
	}
}

// TestFailingReplacement: where the new file can not be made the card is gone, and
// as it was when it is opened again.
func TestFailingReplacement(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.card")
	f, err := card.CreateFile(path)
	require.NoError(t, err)
	require.NoError(t, card.Create(f, storageKey(t, 1), testImage(t), nil))
	icc, err := compacting(t, f)
	require.NoError(t, err)
	d := inserted(t, icc)
	d.ok(apdu.Select(unhex(t, testAID), apdu.First))
	require.NoError(t, os.Mkdir(path+".new", 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(path+".new", "x"), nil, 0o600))
	_, err = d.card.Transmit(t.Context(), unhex(t, "80A8000003830122"))
	require.ErrorIs(t, err, hardware.ErrCardRemoved)
	require.NoError(t, os.RemoveAll(path+".new"))
	require.NoError(t, f.Close())
	f, err = card.OpenFile(path)
	require.NoError(t, err)
	assert.Zero(t, opened(t, f).Status()[0].ATC)
	require.NoError(t, f.Close())
}

// TestPoints takes the power at each moment of each write of the story, with and
// without a compaction: before a write is synced the card is as before or behind
// it, and before anything is written as before.
func TestPoints(t *testing.T) {
	want := play(t, opened(t, created(t)))
	// The story's step in which each write comes first.
	steps := map[card.Write]int{card.WriteATC: 1, card.WritePINTry: 2, card.WritePINGood: stepVerifyRight, card.WriteFirstAC: stepFirstAC, card.WriteSecondAC: 6, card.WriteScript: stepPINChange}
	for _, w := range card.Writes() {
		step, ok := steps[w]
		if !ok {
			continue
		}
		for _, moment := range card.Moments() {
			for _, compact := range []bool{false, true} {
				p := card.Point{Write: w, Moment: moment}
				m := created(t)
				icc, err := card.Open(card.Config{Medium: m, Key: storageKey(t, 1), Cut: func(at card.Point) bool { return at == p }})
				require.NoError(t, err)
				if compact {
					card.CompactAt(icc, 0)
				}
				answered := len(play(t, icc)) - 1
				require.Equal(t, step, answered, p)
				checkTorn(t, m.Clone(), want, answered)
				got, before := opened(t, m).Status()[0], want[step]
				if w == card.WritePINGood {
					before.TriesLeft--
				}
				written := moment == card.After || moment == card.Unsynced && !compact
				assert.Equal(t, written, assert.ObjectsAreEqual(want[step+1], got), p)
				assert.Equal(t, !written, assert.ObjectsAreEqual(before, got), p)
				_, err = icc.PowerOn(hardware.Contact)
				require.ErrorIs(t, err, card.ErrTorn)
			}
		}
	}
	assert.Equal(t, "pin-try/torn", card.Point{Write: card.WritePINTry, Moment: card.Torn}.String())
}

// TestPointOfFailedAuthentication is the write that the story does not have.
func TestPointOfFailedAuthentication(t *testing.T) {
	m := created(t)
	icc, err := card.Open(card.Config{Medium: m, Key: storageKey(t, 1), Cut: func(at card.Point) bool {
		return at == card.Point{Write: card.WriteAuthentication, Moment: card.After}
	}})
	require.NoError(t, err)
	d := inserted(t, icc).begin()
	d.online()
	command, err := apdu.ExternalAuthenticate(make([]byte, 10)).Encode()
	require.NoError(t, err)
	_, err = d.card.Transmit(context.Background(), command)
	require.ErrorIs(t, err, card.ErrTorn)
	assert.True(t, opened(t, m).Status()[0].IssuerAuthenticationFailed)
}

// TestPointsOfReset takes the power at each moment of a reset.
func TestPointsOfReset(t *testing.T) {
	for _, moment := range card.Moments() {
		m := used(t)
		icc, err := card.Open(card.Config{Medium: m, Key: storageKey(t, 1), Cut: func(at card.Point) bool {
			return at == card.Point{Write: card.WriteReset, Moment: moment}
		}})
		require.NoError(t, err)
		require.ErrorIs(t, icc.Repersonalise(), card.ErrTorn)
		assert.Equal(t, moment == card.Unsynced || moment == card.After, acceptsPIN(t, m, "1234"), moment)
	}
}
