package card_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/apdu"
	"github.com/f510b0cf/till/emv/image"
	"github.com/f510b0cf/till/emv/script"
	"github.com/f510b0cf/till/hardware"
	"github.com/f510b0cf/till/hardware/card"
)

// The cases of docs/pin-lifecycle.md that are the card's, each by its number.

// pulledInScript changes the PIN on a card whose power goes at a moment of the
// script's write, and returns what the next request says.
func pulledInScript(t *testing.T, moment card.Moment) (m *card.Memory, cvr emv.CVR) {
	t.Helper()
	m = created(t)
	icc, err := card.Open(card.Config{Medium: m, Key: storageKey(t, 1), Cut: func(p card.Point) bool {
		return p == card.Point{Write: card.WriteScript, Moment: moment}
	}})
	require.NoError(t, err)
	d := inserted(t, icc)
	d.approved()
	command, err := d.pinChange("5678").Encode()
	require.NoError(t, err)
	_, err = d.card.Transmit(t.Context(), command)
	require.ErrorIs(t, err, hardware.ErrCardRemoved)
	return m, inserted(t, opened(t, m.Clone())).begin().online()
}

// TestCase3: the card is pulled inside the script's memory write, in both halves.
func TestCase3(t *testing.T) {
	for moment, isNew := range map[card.Moment]bool{card.Before: false, card.Torn: false, card.Unsynced: true, card.After: true} {
		m, cvr := pulledInScript(t, moment)
		assert.Equal(t, isNew, acceptsPIN(t, m, "5678"), moment)
		assert.Equal(t, !isNew, acceptsPIN(t, m, "1234"), moment)
		assert.Equal(t, isNew, judge(cvr, 0) == applied, moment)
	}
}

// TestCase4: the script was applied and its status word lost. The next request
// proves it.
func TestCase4(t *testing.T) {
	_, cvr := pulledInScript(t, card.After)
	assert.Equal(t, applied, judge(cvr, 0))
}

// TestCase7: a script that is wrong in any way changes no PIN and is no proof.
func TestCase7(t *testing.T) {
	for name, c := range map[string]struct {
		sw    apdu.SW
		alter func(d *dialogue) apdu.Command
	}{
		"wrong MAC": {apdu.SWMACIncorrect, wrongMAC},
		"of another card": {apdu.SWMACIncorrect, func(d *dialogue) apdu.Command {
			return secured(d, func(s script.Session) (apdu.Command, error) {
				s.SMI = tdes(t, "00112233445566778899AABBCCDDEEFF")
				return s.PINChange(newPIN(t, "5678"))
			})
		}},
		"replayed": {apdu.SWMACIncorrect, func(d *dialogue) apdu.Command {
			old := d.pinChange("5678")
			d.approved()
			return old
		}},
		"truncated":                 {apdu.SWWrongLength, func(d *dialogue) apdu.Command { c := d.pinChange("5678"); c.Data = c.Data[:17]; return c }},
		"garbage under a right MAC": {apdu.SWWrongData, garbled},
	} {
		m := created(t)
		d := inserted(t, opened(t, m))
		d.approved()
		d.refused(c.sw, c.alter(d))
		assert.True(t, acceptsPIN(t, m, "1234"), name)
		assert.Equal(t, notApplied, judge(inserted(t, opened(t, m)).begin().online(), 0), name)
	}
}

// TestCase14: a card that was restored from a copy works, and tells an ATC that
// its issuer has seen.
func TestCase14(t *testing.T) {
	m := created(t)
	inserted(t, opened(t, m)).approved()
	backup := m.Clone()
	d := inserted(t, opened(t, m))
	d.approved()
	highest := d.atc
	d.ok(d.pinChange("5678"))
	restored := inserted(t, opened(t, backup)).begin()
	restored.online()
	assert.LessOrEqual(t, restored.atc, highest)
	assert.True(t, acceptsPIN(t, backup, "1234"), "the old PIN is back: only the ATC tells")
}

// TestCase15: with the try counter at 0 the card goes online and takes an unblock
// in a declined answer.
func TestCase15(t *testing.T) {
	m := created(t)
	d := inserted(t, opened(t, m)).begin()
	for _, sw := range []apdu.SW{0x63C2, 0x63C1, 0x63C0, 0x6983} {
		d.refused(sw, plaintext(t, "9999"))
	}
	require.True(t, d.online().Has(emv.CVRPINTryLimitExceeded))
	require.Equal(t, emv.ACTypeAAC, d.authenticated("05").complete(emv.ACTypeAAC, "05").cid.Type())
	d.ok(d.pinUnblock())
	assert.True(t, acceptsPIN(t, m, "1234"))
}

// TestCase16: after a bad ARPC the card refuses every script, and leaves no
// evidence of them.
func TestCase16(t *testing.T) {
	icc := opened(t, created(t, writable))
	d := inserted(t, icc).begin()
	d.online()
	bad := d.issuerData("00")
	bad[0] ^= 1
	d.refused(apdu.SWAuthenticationFailed, apdu.ExternalAuthenticate(bad))
	scripts := []func() apdu.Command{
		func() apdu.Command { return d.pinChange("5678") }, d.pinUnblock, d.blockApplication, d.unblockApplication, d.blockCard,
		func() apdu.Command { return d.putData(0x9F14, "05") }, func() apdu.Command { return d.updateRecord(1, 2, "7000") },
	}
	for _, second := range []bool{false, true} {
		if second {
			d.complete(emv.ACTypeTC, "00")
		}
		for _, s := range scripts {
			d.refused(apdu.SWConditionsNotSatisfied, s())
		}
	}
	assert.Zero(t, icc.Status()[0].ScriptCount)
	assert.False(t, icc.Status()[0].Blocked)
}

// TestCase18: a card that knows no scripts says 6D00, and nothing has happened.
func TestCase18(t *testing.T) {
	m := created(t, func(a *image.Application) { a.Script = image.NoScripts })
	icc := opened(t, m)
	d := inserted(t, icc)
	d.approved()
	before := icc.Status()
	d.refused(apdu.SWInstructionUnknown, d.pinChange("5678"))
	d.refused(apdu.SWInstructionUnknown, d.blockApplication())
	assert.Equal(t, before, icc.Status())
	assert.True(t, acceptsPIN(t, m, "1234"))
}

// TestCase29: 8A and 91 disagree, and the card goes by 91.
func TestCase29(t *testing.T) {
	for arc91, want := range map[string]emv.ACType{"05": emv.ACTypeAAC, "00": emv.ACTypeTC} {
		d := inserted(t, opened(t, created(t))).begin()
		d.online()
		for _, arc8A := range []string{"05", "00"} {
			if arc8A != arc91 {
				assert.Equal(t, want, d.authenticated(arc91).complete(emv.ACTypeTC, arc8A).cid.Type())
			}
		}
	}
}
