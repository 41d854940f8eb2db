package card_test

import (
	"context"
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/apdu"
	"github.com/f510b0cf/till/emv/tlv"
	"github.com/f510b0cf/till/hardware"
	"github.com/f510b0cf/till/hardware/card"
)

// step is one command of a story and how the card answers it.
type step struct {
	name    string
	sw      apdu.SW
	command func(d *dialogue) apdu.Command
}

// story changes the PIN in an ordinary purchase.
var story = []step{
	{"SELECT", 0x9000, func(d *dialogue) apdu.Command { return apdu.Select(unhex(d.t, testAID), apdu.First) }},
	{"GET PROCESSING OPTIONS", 0x9000, func(d *dialogue) apdu.Command { return apdu.GetProcessingOptions(unhex(d.t, "830122")) }},
	{"VERIFY, wrong", 0x63C2, func(d *dialogue) apdu.Command { return plaintext(d.t, "9999") }},
	{"VERIFY, right", 0x9000, func(d *dialogue) apdu.Command { return plaintext(d.t, "1234") }},
	{"GENERATE AC, first", 0x9000, func(d *dialogue) apdu.Command {
		return apdu.GenerateAC(emv.ACTypeARQC, false, d.fill(cdol1, nil))
	}},
	{"EXTERNAL AUTHENTICATE", 0x9000, func(d *dialogue) apdu.Command { return apdu.ExternalAuthenticate(d.issuerData("00")) }},
	{"GENERATE AC, second", 0x9000, func(d *dialogue) apdu.Command {
		return apdu.GenerateAC(emv.ACTypeTC, false, d.fill(cdol2, map[emv.Tag]string{0x8A: "3030"}))
	}},
	{"PIN CHANGE", 0x9000, func(d *dialogue) apdu.Command { return d.pinChange("5678") }},
}

// The places of steps in the story.
const (
	stepVerifyRight = 3
	stepFirstAC     = 4
	stepPINChange   = 7
)

// arqcOf returns the cryptogram in an answer of format 2.
func arqcOf(t tb, answer []byte) emv.AC {
	template, _, err := tlv.Next(answer)
	require.NoError(t, err)
	ac, ok, err := tlv.Find(template.Value, 0x9F26)
	require.NoError(t, err)
	require.True(t, ok)
	return emv.AC(ac)
}

// play plays the story on a new session until the card is gone, and returns
// what the card remembered before the story and after each step that was answered.
func play(t tb, icc *card.ICC) (remembered []card.Status) {
	d := inserted(t, icc)
	d.atc = icc.Status()[0].ATC + 1
	remembered = append(remembered, icc.Status()[0])
	for i, s := range story {
		command, err := s.command(d).Encode()
		require.NoError(t, err)
		answer, err := d.card.Transmit(context.Background(), command)
		if err != nil {
			require.ErrorIs(t, err, hardware.ErrCardRemoved)
			require.ErrorIs(t, err, card.ErrTorn)
			return remembered
		}
		r, err := apdu.ParseResponse(answer)
		require.NoError(t, err)
		require.Equal(t, s.sw, r.SW, s.name)
		if i == stepFirstAC {
			d.arqc = arqcOf(t, r.Data)
		}
		remembered = append(remembered, icc.Status()[0])
	}
	return remembered
}

// TestTearing lets the power go at every step of the medium (each byte, each
// sync) in a story with VERIFY and PIN CHANGE, opens the card again and looks
// whether it is as before or as after the command that was torn.
func TestTearing(t *testing.T) {
	base := created(t)
	whole := card.NewTearing(base.Clone(), math.MaxInt64)
	want := play(t, opened(t, whole))
	require.Len(t, want, len(story)+1)
	require.Equal(t, card.Status{
		Name: unhex(t, testAID), ATC: 1, LastOnlineATC: 1, PINSet: true, TriesLeft: 3, ScriptCount: 1, ScriptsApplied: 1,
	}, want[len(story)])

	reached := map[int]bool{}
	for n := range whole.Steps() {
		m := base.Clone()
		torn := card.NewTearing(m, n)
		icc, err := card.Open(card.Config{Medium: torn, Key: storageKey(t, 1)})
		if err != nil {
			require.ErrorIs(t, err, card.ErrTorn)
			continue
		}
		answered := len(play(t, icc)) - 1
		require.Less(t, answered, len(story), "step %d", n)
		require.True(t, torn.Torn())
		reached[answered] = true
		checkTorn(t, m, want, answered)
	}
	assert.Equal(t, map[int]bool{1: true, 2: true, 3: true, 4: true, 6: true, 7: true}, reached, "commands that write")
}

// checkTorn looks at a card that lost its power in the command behind the
// answered ones.
func checkTorn(t *testing.T, m *card.Memory, want []card.Status, answered int) {
	t.Helper()
	before, after := want[answered], want[answered+1]
	possible := []card.Status{before, after}
	if answered == stepVerifyRight {
		between := before
		between.TriesLeft--
		possible = append(possible, between)
	}
	got := opened(t, m).Status()[0]
	require.Contains(t, possible, got, "torn in %s", story[answered].name)
	require.GreaterOrEqual(t, got.ATC, before.ATC)
	require.LessOrEqual(t, got.TriesLeft, max(before.TriesLeft, after.TriesLeft), "no free try")
	require.GreaterOrEqual(t, got.TriesLeft, before.TriesLeft-1, "a cut costs one try at most")

	isOld, isNew := acceptsPIN(t, m, "1234"), acceptsPIN(t, m, "5678")
	require.NotEqual(t, isOld, isNew, "exactly one PIN")
	require.Equal(t, answered == stepPINChange && assert.ObjectsAreEqual(after, got), isNew)
	inserted(t, opened(t, m)).approved()
}

// TestTearingOfRepair loses the power again while the torn end is cut off.
func TestTearingOfRepair(t *testing.T) {
	base := created(t)
	m := base.Clone()
	torn := card.NewTearing(m, 20)
	play(t, opened(t, torn))
	require.Greater(t, len(content(t, m)), len(content(t, base)))
	for n := range int64(2) {
		again := m.Clone()
		_, err := card.Open(card.Config{Medium: card.NewTearing(again, n), Key: storageKey(t, 1)})
		require.ErrorIs(t, err, card.ErrTorn)
		assert.Equal(t, opened(t, base).Status(), opened(t, again).Status())
		assert.Equal(t, content(t, base), content(t, again))
	}
}

// TestTearingOfMaking loses the power while the card is made.
func TestTearingOfMaking(t *testing.T) {
	whole := card.NewTearing(card.NewMemory(), math.MaxInt64)
	require.NoError(t, card.Create(whole, storageKey(t, 1), testImage(t), nil))
	for n := range whole.Steps() {
		m := card.NewMemory()
		err := card.Create(card.NewTearing(m, n), storageKey(t, 1), testImage(t), nil)
		require.ErrorIs(t, err, card.ErrTorn)
		if n < whole.Steps()-1 {
			_, err = card.Open(card.Config{Medium: m, Key: storageKey(t, 1)})
			require.ErrorIs(t, err, card.ErrNoCard)
		}
	}
}

// TestNoFreeTry cuts the power as soon as a VERIFY of the right PIN writes for a
// second time: whoever could tell a right guess by that has paid for it.
func TestNoFreeTry(t *testing.T) {
	m := created(t)
	for left := tryLimit; left > 0; left-- {
		require.Equal(t, left, opened(t, m).Status()[0].TriesLeft)
		writes := 0
		icc := opened(t, &hooked{m, func() error {
			if writes++; writes == 3 { // GET PROCESSING OPTIONS, a try less, a try given back
				return card.ErrTorn
			}
			return nil
		}})
		d := inserted(t, icc).begin()
		command, err := plaintext(t, "1234").Encode()
		require.NoError(t, err)
		_, err = d.card.Transmit(t.Context(), command)
		require.ErrorIs(t, err, hardware.ErrCardRemoved)
	}
	inserted(t, opened(t, m)).begin().refused(apdu.SWAuthenticationBlocked, plaintext(t, "1234"))
}

// TestTearingMedium pins what a step is.
func TestTearingMedium(t *testing.T) {
	m := card.NewMemory()
	torn := card.NewTearing(m, 6)
	require.NoError(t, torn.Append([]byte{1, 2, 3}))
	require.NoError(t, torn.Sync())
	require.NoError(t, torn.Truncate(2))
	assert.Equal(t, int64(5), torn.Steps())
	assert.False(t, torn.Torn())
	require.ErrorIs(t, torn.Append([]byte{4, 5}), card.ErrTorn)
	assert.True(t, torn.Torn())
	assert.Equal(t, []byte{1, 2, 4}, content(t, m))
	require.ErrorIs(t, torn.Append(nil), card.ErrTorn)
	require.ErrorIs(t, torn.Sync(), card.ErrTorn)
	require.ErrorIs(t, torn.Truncate(0), card.ErrTorn)
	_, err := torn.Size()
	require.ErrorIs(t, err, card.ErrTorn)
	_, err = torn.ReadAt(make([]byte, 1), 0)
	require.ErrorIs(t, err, card.ErrTorn)
	assert.Equal(t, []byte{1, 2, 4}, content(t, m))
	require.Error(t, m.Truncate(4))
	require.Error(t, m.Truncate(-1))
}
