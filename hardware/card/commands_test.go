package card_test

import (
	"bytes"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/apdu"
	"github.com/f510b0cf/till/emv/image"
	"github.com/f510b0cf/till/emv/oda"
	"github.com/f510b0cf/till/hardware"
	"github.com/f510b0cf/till/hardware/card"
)

func TestSelect(t *testing.T) {
	icc := opened(t, created(t))
	d := inserted(t, icc)
	aid, aid2 := unhex(t, testAID), unhex(t, testAID2)
	assert.Equal(t, fci(t, []byte(testPSE)), d.ok(apdu.Select([]byte(testPSE), apdu.First)))
	assert.Equal(t, unhex(t, "7003610100"), d.ok(apdu.ReadRecord(1, 1)))
	d.refused(apdu.SWRecordNotFound, apdu.ReadRecord(1, 2))
	d.refused(apdu.SWFileNotFound, apdu.ReadRecord(2, 1))
	d.refused(apdu.SWConditionsNotSatisfied, apdu.GetData(0x9F36))

	partial := unhex(t, "A000000025")
	assert.Equal(t, fci(t, aid), d.ok(apdu.Select(partial, apdu.First)))
	assert.Equal(t, fci(t, aid2), d.ok(apdu.Select(partial, apdu.Next)))
	d.refused(apdu.SWFileNotFound, apdu.Select(partial, apdu.Next))
	assert.Equal(t, fci(t, aid2), d.ok(apdu.Select(aid2, apdu.First)))
	d.refused(apdu.SWFileNotFound, apdu.Select(append(aid, 0), apdu.First))
	d.refused(apdu.SWFileNotFound, apdu.Select([]byte(testPPSE), apdu.First))
	d.ok(apdu.GetProcessingOptions(unhex(t, "830122")))

	tap := presented(t, icc, hardware.Contactless)
	assert.Equal(t, fci(t, []byte(testPPSE)), tap.ok(apdu.Select([]byte(testPPSE), apdu.First)))
	tap.refused(apdu.SWFileNotFound, apdu.ReadRecord(1, 1))
	tap.refused(apdu.SWFileNotFound, apdu.Select([]byte(testPSE), apdu.First))
	assert.Equal(t, fci(t, aid), tap.ok(apdu.Select(partial, apdu.First)))
	tap.refused(apdu.SWFileNotFound, apdu.Select(partial, apdu.Next))
	tap.refused(apdu.SWFileNotFound, apdu.Select(aid2, apdu.First))
}

// TestApplicationsAreApart: each application has its own PIN, counters and ATC.
func TestApplicationsAreApart(t *testing.T) {
	icc := opened(t, created(t))
	d := inserted(t, icc)
	d.ok(apdu.Select(unhex(t, testAID2), apdu.First))
	d.ok(apdu.GetProcessingOptions(unhex(t, "830122")))
	d.refused(0x63C2, plaintext(t, "1234"))
	d.ok(plaintext(t, "7777"))
	d.refused(0x63C2, plaintext(t, "1234"))
	assert.Equal(t, []card.Status{
		{Name: unhex(t, testAID), PINSet: true, TriesLeft: 3},
		{Name: unhex(t, testAID2), ATC: 1, PINSet: true, TriesLeft: 2},
	}, icc.Status())
}

func TestGetData(t *testing.T) {
	icc := opened(t, created(t))
	inserted(t, icc).approved()
	d := inserted(t, icc).begin()
	assert.Equal(t, unhex(t, "9F36020002"), d.ok(apdu.GetData(0x9F36)))
	assert.Equal(t, unhex(t, "9F13020001"), d.ok(apdu.GetData(0x9F13)))
	assert.Equal(t, unhex(t, "9F170103"), d.ok(apdu.GetData(0x9F17)))
	assert.Equal(t, unhex(t, "9F140103"), d.ok(apdu.GetData(0x9F14)))
	d.refused(apdu.SWReferencedDataNotFound, apdu.GetData(0x9F4F))
	d.refused(apdu.SWReferencedDataNotFound, apdu.GetData(0x5A))
}

// TestStatusWords sends what is wrong in each way, in each phase.
func TestStatusWords(t *testing.T) {
	phases := []struct {
		name string
		walk func(d *dialogue)
	}{
		{"idle", func(*dialogue) {}},
		{"environment", func(d *dialogue) { d.ok(apdu.Select([]byte(testPSE), apdu.First)) }},
		{"selected", func(d *dialogue) { d.ok(apdu.Select(unhex(t, testAID), apdu.First)) }},
		{"initiated", func(d *dialogue) { d.begin() }},
		{"online", func(d *dialogue) { d.begin().online() }},
		{"authenticated", func(d *dialogue) { d.begin().online(); d.authenticated("00") }},
		{"finished", func(d *dialogue) { d.approved() }},
	}
	const authenticated = 5 // from this phase on scripts are looked at
	scriptInstructions := []byte{apdu.INSPINChange, apdu.INSApplicationBlock, apdu.INSApplicationUnblock, apdu.INSCardBlock, apdu.INSPutData, apdu.INSUpdateRecord}
	const (
		state = apdu.SWConditionsNotSatisfied
		p1p2  = apdu.SWWrongP1P2
		lc    = apdu.SWWrongLength
		none  = apdu.SW(0) // not looked at: the command would succeed and go on
	)
	same := func(sw apdu.SW) []apdu.SW { return []apdu.SW{sw, sw, sw, sw, sw, sw, sw} }
	scripted := func(sw apdu.SW) []apdu.SW { return []apdu.SW{state, state, state, state, state, sw, sw} }
	for _, c := range []struct {
		what, command string
		sw            []apdu.SW // by phase
	}{
		{"nothing", "", same(lc)},
		{"three bytes", "00A404", same(lc)},
		{"Lc too long", "00A4040007A000000025", same(lc)},
		{"extended length", "00A4040000000100", same(lc)},
		{"bytes behind Le", "00A4040005A0000000250000", same(lc)},
		{"unknown class", "90A4040005A000000025", same(apdu.SWClassUnknown)},
		{"class of another command", "80A4040005A000000025", same(apdu.SWClassUnknown)},
		{"logical channel", "01B2010C00", same(apdu.SWClassUnknown)},
		{"unknown instruction", "00FF0000", same(apdu.SWInstructionUnknown)},
		{"CHANGE REFERENCE DATA", "00240000", same(apdu.SWClassUnknown)},
		{"APPLICATION BLOCK", "841E000008 0000000000000000", scripted(apdu.SWMACIncorrect)},
		{"APPLICATION UNBLOCK", "8418000008 0000000000000000", scripted(apdu.SWMACIncorrect)},
		{"CARD BLOCK", "8C16000008 0000000000000000", scripted(apdu.SWMACIncorrect)},
		{"PUT DATA", "04DA9F5809 030000000000000000", scripted(apdu.SWMACIncorrect)},
		{"UPDATE RECORD", "04DC010C09 000000000000000000", scripted(apdu.SWMACIncorrect)},
		{"APPLICATION BLOCK without MAC", "841E0000", scripted(apdu.SWMACMissing)},
		{"APPLICATION BLOCK with data", "841E000009 000000000000000000", scripted(lc)},
		{"APPLICATION BLOCK with P2", "841E000108 0000000000000000", scripted(p1p2)},
		{"APPLICATION UNBLOCK with P1", "8418010008 0000000000000000", scripted(p1p2)},
		{"CARD BLOCK with P1", "8416010008 0000000000000000", scripted(p1p2)},
		{"CARD BLOCK in the clear", "80160000", same(apdu.SWClassUnknown)},
		{"PUT DATA in the clear", "80DA9F580103", same(apdu.SWClassUnknown)},
		{"PUT DATA without MAC", "04DA9F580103", scripted(apdu.SWMACMissing)},
		{"UPDATE RECORD by mode", "04DC010D09 000000000000000000", scripted(p1p2)},
		{"UPDATE RECORD with Le", "04DC010C09 000000000000000000 00", []apdu.SW{state, state, state, state, lc, lc, lc}},
		{"GET RESPONSE", "00C0000010", same(apdu.SWInstructionUnknown)},
		{"SELECT by other means", "00A4000005A000000025", same(p1p2)},
		{"SELECT last", "00A4040105A000000025", same(p1p2)},
		{"SELECT nothing", "00A40400", same(lc)},
		{"SELECT four bytes", "00A4040004A0000000", same(lc)},
		{"SELECT 17 bytes", "00A4040011" + "A000000025A000000025A000000025A000", same(lc)},
		{"SELECT with Le", "00A4040005A00000002510", same(lc)},
		{"SELECT another", "00A4040005A000000003", same(apdu.SWFileNotFound)},
		{"READ RECORD 0", "00B2000C00", []apdu.SW{state, p1p2, p1p2, p1p2, p1p2, p1p2, p1p2}},
		{"READ RECORD by mode", "00B2010D00", []apdu.SW{state, p1p2, p1p2, p1p2, p1p2, p1p2, p1p2}},
		{"READ RECORD with data", "00B2010C0100", []apdu.SW{state, lc, lc, lc, lc, lc, lc}},
		{"READ RECORD of no file", "00B2011400", []apdu.SW{state, 0x6A82, 0x6A82, 0x6A82, 0x6A82, 0x6A82, 0x6A82}},
		{"READ RECORD with Le", "00B2010C01", []apdu.SW{state, 0x6C05, 0x6C06, 0x6C06, 0x6C06, 0x6C06, 0x6C06}},
		{"GPO with P1", "80A80100028300", []apdu.SW{state, state, p1p2, state, state, state, state}},
		{"GPO without template", "80A80000", []apdu.SW{state, state, 0x6A80, state, state, state, state}},
		{"GPO, other template", "80A8000003840122", []apdu.SW{state, state, 0x6A80, state, state, state, state}},
		{"GPO, two objects", "80A80000058301228300", []apdu.SW{state, state, 0x6A80, state, state, state, state}},
		{"GPO, bad length", "80A8000003830222", []apdu.SW{state, state, 0x6A80, state, state, state, state}},
		{"GPO, short values", "80A80000028300", []apdu.SW{state, state, lc, state, state, state, state}},
		{"GPO, long values", "80A800000483020000", []apdu.SW{state, state, lc, state, state, state, state}},
		{"GPO with Le", "80A800000383012210", []apdu.SW{state, state, lc, state, state, state, state}},
		{"GET DATA with data", "80CA9F360100", []apdu.SW{state, state, lc, lc, lc, lc, lc}},
		{"GET DATA with Le", "80CA9F1703", []apdu.SW{state, state, 0x6C04, 0x6C04, 0x6C04, 0x6C04, 0x6C04}},
		{"GET CHALLENGE with P2", "0084000100", []apdu.SW{state, state, p1p2, p1p2, p1p2, p1p2, p1p2}},
		{"GET CHALLENGE with data", "008400000100", []apdu.SW{state, state, lc, lc, lc, lc, lc}},
		{"GET CHALLENGE with Le", "0084000004", []apdu.SW{state, state, 0x6C08, 0x6C08, 0x6C08, 0x6C08, 0x6C08}},
		{"VERIFY with P1", "0020018008 241234FFFFFFFFFF", []apdu.SW{state, state, state, p1p2, state, state, state}},
		{"VERIFY with P2", "0020008108 241234FFFFFFFFFF", []apdu.SW{state, state, state, p1p2, state, state, state}},
		{"VERIFY of 7 bytes", "0020008007 241234FFFFFFFF", []apdu.SW{state, state, state, lc, state, state, state}},
		{"VERIFY of nothing", "00200080", []apdu.SW{state, state, state, lc, state, state, state}},
		{"VERIFY with Le", "0020008008 241234FFFFFFFFFF 00", []apdu.SW{state, state, state, lc, state, state, state}},
		{"VERIFY", "0020008008 241234FFFFFFFFFF", []apdu.SW{state, state, state, none, state, state, state}},
		{"INTERNAL AUTHENTICATE with P1", "0088010004 00000000", []apdu.SW{state, state, state, p1p2, state, state, state}},
		{"INTERNAL AUTHENTICATE, short", "0088000003 000000", []apdu.SW{state, state, state, lc, state, state, state}},
		{"GENERATE AC, RFU type", "80AEC00000", []apdu.SW{state, state, state, p1p2, p1p2, p1p2, state}},
		{"GENERATE AC, RFU bit", "80AE810000", []apdu.SW{state, state, state, p1p2, p1p2, p1p2, state}},
		{"GENERATE AC with P2", "80AE800100", []apdu.SW{state, state, state, p1p2, p1p2, p1p2, state}},
		{"GENERATE AC, short", "80AE800001 00", []apdu.SW{state, state, state, lc, state, state, state}},
		{"GENERATE AC of a TC, short", "80AE400001 00", []apdu.SW{state, state, state, lc, lc, lc, state}},
		{"EXTERNAL AUTHENTICATE with P1", "0082010008 0000000000000000", []apdu.SW{state, state, state, state, p1p2, p1p2, state}},
		{"EXTERNAL AUTHENTICATE, short", "0082000008 0000000000000000", []apdu.SW{state, state, state, state, lc, state, state}},
		{"PIN CHANGE", "8424000208 0000000000000000", scripted(lc)},
		{"PIN CHANGE with Le", "8424000208 0000000000000000 00", []apdu.SW{state, state, state, state, lc, lc, lc}},
	} {
		for i, p := range phases {
			if c.sw[i] == none {
				continue
			}
			icc := opened(t, created(t))
			d := inserted(t, icc)
			p.walk(d)
			before := icc.Status()
			r := d.raw(unhex(t, c.command))
			assert.Equal(t, c.sw[i], r.SW, "%s in phase %s", c.what, p.name)
			assert.Empty(t, r.Data, c.what)
			if command := unhex(t, c.command); i >= authenticated && len(command) > 1 && slices.Contains(scriptInstructions, command[1]) {
				continue // a script command that was looked at is counted
			}
			assert.Equal(t, before, icc.Status(), "%s in phase %s", c.what, p.name)
		}
	}
}

// TestLe: Le 00, none, or the exact one are all right where data comes back.
func TestLe(t *testing.T) {
	for _, command := range []string{"80CA9F1704", "80CA9F1700", "80CA9F17", "00B2010C06", "00B2010C", "0084000008", "00840000"} {
		d := inserted(t, opened(t, created(t))).begin()
		assert.Equal(t, apdu.SWSuccess, d.raw(unhex(t, command)).SW, command)
	}
}

// TestMissingKeys: what needs a key that the card has not is not there.
func TestMissingKeys(t *testing.T) {
	d := inserted(t, opened(t, created(t, func(a *image.Application) {
		a.ICCKey, a.PINKey = oda.PrivateKey{}, oda.PrivateKey{}
	}))).begin()
	d.refused(apdu.SWInstructionUnknown, apdu.InternalAuthenticate(make([]byte, 4)))
	d.ok(apdu.GetChallenge())
	d.refused(apdu.SWWrongP1P2, apdu.VerifyEnciphered(make([]byte, 96)))
}

// TestWithoutDDOL: a card without a DDOL signs what the terminal's own list
// gives.
func TestWithoutDDOL(t *testing.T) {
	d := inserted(t, opened(t, created(t, func(a *image.Application) { a.DDOL = nil }))).begin()
	d.ok(apdu.InternalAuthenticate(make([]byte, 4)))
	d.ok(apdu.InternalAuthenticate(make([]byte, 9)))
	d.refused(apdu.SWWrongLength, apdu.InternalAuthenticate(nil))
}

// TestBrokenRandom: where the generator fails the card says so and has changed
// nothing.
func TestBrokenRandom(t *testing.T) {
	c, err := card.Open(card.Config{Medium: created(t), Key: storageKey(t, 1), Rand: bytes.NewReader(make([]byte, 12))})
	require.NoError(t, err)
	d := inserted(t, c).begin()
	d.refused(apdu.SWExecutionError, apdu.GetChallenge())
	d.refused(apdu.SWExecutionError, apdu.InternalAuthenticate(make([]byte, 4)))
	d.refused(apdu.SWExecutionError, apdu.GenerateAC(emv.ACTypeTC, true, d.fill(cdol1, nil)))
	d.generate(emv.ACTypeTC, d.fill(cdol1, nil))
}

// A card is what readers take.
var _ hardware.Chip = (*card.ICC)(nil)

// TestSessions: a new session starts from nothing and ends the one before.
func TestSessions(t *testing.T) {
	icc := opened(t, created(t))
	assert.Equal(t, unhex(t, "3B6500002063CB6800"), icc.Image().ATR)
	first := inserted(t, icc).begin()
	second := inserted(t, icc)
	_, err := first.card.Transmit(t.Context(), unhex(t, "80CA9F3600"))
	require.ErrorIs(t, err, hardware.ErrCardRemoved)
	second.refused(apdu.SWConditionsNotSatisfied, apdu.GetData(0x9F36))
	require.NoError(t, first.card.PowerOff(), "it does not end the second")
	second.begin()
	require.NoError(t, second.card.PowerOff())
	require.NoError(t, second.card.PowerOff())
	_, err = second.card.Transmit(t.Context(), nil)
	require.ErrorIs(t, err, hardware.ErrCardRemoved)
	_, err = icc.PowerOn(hardware.Presentation(7))
	require.Error(t, err)
}

// TestWarmReset: what a transaction has reached is gone, and what lasts lasts.
func TestWarmReset(t *testing.T) {
	icc := opened(t, created(t))
	d := inserted(t, icc).begin()
	d.ok(plaintext(t, "1234"))
	resetter, ok := d.card.(hardware.WarmResetter)
	require.True(t, ok)
	atr, err := resetter.WarmReset(t.Context())
	require.NoError(t, err)
	assert.Equal(t, unhex(t, "3B6500002063CB6800"), atr)
	assert.Equal(t, hardware.Contact, hardware.PresentationOf(d.card))
	d.refused(apdu.SWConditionsNotSatisfied, apdu.GetData(0x9F36))
	assert.Equal(t, emv.ATC(1), icc.Status()[0].ATC)
	assert.False(t, d.begin().online().Has(emv.CVROfflinePINPerformed))
	require.NoError(t, d.card.PowerOff())
	_, err = resetter.WarmReset(t.Context())
	require.ErrorIs(t, err, hardware.ErrCardRemoved)
}

// TestVolatile: what a transaction has reached is gone without power.
func TestVolatile(t *testing.T) {
	icc := opened(t, created(t))
	d := inserted(t, icc).begin()
	d.ok(plaintext(t, "1234"))
	d.online()
	data := d.issuerData("00")
	d = inserted(t, icc)
	d.refused(apdu.SWConditionsNotSatisfied, apdu.ExternalAuthenticate(data))
	cvr := d.begin().online()
	assert.Equal(t, emv.CVRLastOnlineNotCompleted|emv.CVRNewCard, cvr.Flags)
	d.refused(apdu.SWAuthenticationFailed, apdu.ExternalAuthenticate(data))
}
