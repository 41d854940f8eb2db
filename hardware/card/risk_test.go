package card_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/apdu"
	"github.com/f510b0cf/till/emv/cryptogram"
	"github.com/f510b0cf/till/emv/image"
	"github.com/f510b0cf/till/hardware"
	"github.com/f510b0cf/till/hardware/card"
)

// limited has limits of 2 and 3 transactions and of 20.00 and 30.00 in euro, and
// goes by them: online behind the lower ones, no further behind the upper ones.
func limited(a *image.Application) {
	a.Data = append(a.Data,
		image.Object{Tag: 0x9F58, Value: []byte{2}}, image.Object{Tag: 0x9F59, Value: []byte{3}},
		image.Object{Tag: 0x9F54, Value: []byte{0, 0, 0, 0, 0x20, 0}}, image.Object{Tag: 0x9F5C, Value: []byte{0, 0, 0, 0, 0x30, 0}})
	a.Puts = []emv.Tag{0x9F58, 0x9F54}
	a.Risk = image.Risk{
		LowerCount: 0x9F58, UpperCount: 0x9F59, LowerAmount: 0x9F54, UpperAmount: 0x9F5C, Currency: [2]byte{0x09, 0x78},
		Online:  emv.CVRLowerCountLimitExceeded | emv.CVRLowerAmountLimitExceeded,
		Default: emv.CVRUpperCountLimitExceeded | emv.CVRUpperAmountLimitExceeded,
	}
}

// offline asks for a TC in a new transaction and returns what came.
func (d *dialogue) offline(amount string) answerAC {
	d.t.Helper()
	d.data[0x9F02] = amount
	a := d.begin().generate(emv.ACTypeTC, d.fill(cdol1, nil))
	d.arqc = a.ac
	return a
}

// TestOfflineCount: so many TCs, then an ARQC, and TCs again once the issuer was
// heard.
func TestOfflineCount(t *testing.T) {
	m := created(t, limited)
	icc := opened(t, m)
	for range 2 {
		d := inserted(t, icc)
		for range 2 {
			tc := d.offline("000000000100")
			require.Equal(t, emv.ACTypeTC, tc.cid.Type())
			require.False(t, tc.iad.CVR.Has(emv.CVRVelocityExceeded))
		}
		assert.Equal(t, 2, opened(t, m).Status()[0].OfflineCount)
		assert.Equal(t, uint64(200), icc.Status()[0].OfflineAmount)
		arqc := d.offline("000000000100")
		require.Equal(t, emv.ACTypeARQC, arqc.cid.Type(), "lowered, not raised")
		require.True(t, arqc.iad.CVR.Has(emv.CVRVelocityExceeded))
		require.Equal(t, emv.ACTypeARQC, arqc.iad.CVR.FirstAC)
		require.Equal(t, emv.ACTypeTC, d.authenticated("00").complete(emv.ACTypeTC, "00").cid.Type())
		assert.Zero(t, icc.Status()[0].OfflineCount)
		assert.Zero(t, icc.Status()[0].OfflineAmount)
	}
}

// TestUpperLimits: behind the upper limit no TC without the issuer, from either
// GENERATE AC.
func TestUpperLimits(t *testing.T) {
	icc := opened(t, created(t, limited))
	d := inserted(t, icc)
	d.offline("000000000100")
	d.offline("000000000100")
	third := d.offline("000000000100")
	require.Equal(t, emv.ACTypeARQC, third.cid.Type())
	assert.Equal(t, emv.ACTypeTC, d.complete(emv.ACTypeTC, "Y3").cid.Type())
	assert.Equal(t, 3, icc.Status()[0].OfflineCount, "an approval without the issuer counts")
	require.Equal(t, emv.ACTypeARQC, d.offline("000000000100").cid.Type())
	assert.Equal(t, emv.ACTypeAAC, d.complete(emv.ACTypeTC, "Y3").cid.Type())
	assert.Equal(t, 3, icc.Status()[0].OfflineCount)
}

// TestOfflineAmount: the sum counts, with the amount of the day, in the currency
// of the limits alone.
func TestOfflineAmount(t *testing.T) {
	icc := opened(t, created(t, limited))
	d := inserted(t, icc)
	assert.Equal(t, emv.ACTypeTC, d.offline("000000002000").cid.Type(), "up to the limit")
	assert.Equal(t, emv.ACTypeARQC, d.offline("000000000001").cid.Type())
	d.data[0x5F2A] = "0840"
	assert.Equal(t, emv.ACTypeTC, d.offline("000000009999").cid.Type())
	assert.Equal(t, uint64(2000), icc.Status()[0].OfflineAmount)
	assert.Equal(t, 2, icc.Status()[0].OfflineCount)
}

// TestOfflineOnlyTerminal: an ARQC is of no use to it, so the default rules.
func TestOfflineOnlyTerminal(t *testing.T) {
	icc := opened(t, created(t, limited))
	for want, n := 3, 0; n < want; n++ {
		d := inserted(t, icc)
		d.ok(apdu.Select(unhex(t, testAID), apdu.First))
		d.ok(apdu.GetProcessingOptions(unhex(t, "830123")))
		d.atc = icc.Status()[0].ATC
		d.data[0x9F02] = "000000000100"
		require.Equal(t, emv.ACTypeTC, d.generate(emv.ACTypeTC, d.fill(cdol1, nil)).cid.Type())
	}
	d := inserted(t, icc)
	d.ok(apdu.Select(unhex(t, testAID), apdu.First))
	d.ok(apdu.GetProcessingOptions(unhex(t, "830123")))
	d.atc = icc.Status()[0].ATC
	require.Equal(t, emv.ACTypeAAC, d.generate(emv.ACTypeTC, d.fill(cdol1, nil)).cid.Type())
}

// TestLimitsByScript: PUT DATA of a limit counts from then on.
func TestLimitsByScript(t *testing.T) {
	m := created(t, limited)
	d := inserted(t, opened(t, m))
	d.approved()
	d.refused(apdu.SWWrongData, d.putData(0x9F54, "00000000200A"))
	d.ok(d.putData(0x9F58, "00"))
	d = inserted(t, opened(t, m))
	assert.Equal(t, emv.ACTypeARQC, d.offline("000000000001").cid.Type())
}

// TestTapCounts: an offline approval of a tap counts as one.
func TestTapCounts(t *testing.T) {
	icc := opened(t, created(t, limited))
	assert.Equal(t, emv.ACTypeTC, presented(t, icc, hardware.Contactless).offline("000000000100").cid.Type())
	assert.Equal(t, 1, icc.Status()[0].OfflineCount)
}

// TestConditions: each condition by itself takes a TC to an ARQC or to an AAC.
func TestConditions(t *testing.T) {
	for name, c := range map[string]struct {
		states emv.CVRFlags
		before func(icc *card.ICC)
		now    func(d *dialogue)
		extra  string // CDOL1 has more
	}{
		"new card":           {states: emv.CVRNewCard},
		"last not completed": {states: emv.CVRLastOnlineNotCompleted, before: func(icc *card.ICC) { inserted(t, icc).begin().online() }},
		"authentication failed": {states: emv.CVRIssuerAuthenticationFailedLastOnline, before: func(icc *card.ICC) {
			d := inserted(t, icc).begin()
			d.online()
			d.refused(apdu.SWAuthenticationFailed, apdu.ExternalAuthenticate(make([]byte, 10)))
		}},
		"script failed": {states: emv.CVRScriptFailed, before: func(icc *card.ICC) {
			d := inserted(t, icc)
			d.approved()
			d.refused(apdu.SWMACIncorrect, wrongMAC(d))
		}},
		"DDA failed": {states: emv.CVRDDAFailedLastTransaction, before: func(icc *card.ICC) {
			d := inserted(t, icc).begin()
			d.data[0x95] = "0800000000"
			d.generate(emv.ACTypeAAC, d.fill(cdol1, nil))
		}},
		"SDA failed": {states: emv.CVRSDAFailedLastTransaction, before: func(icc *card.ICC) {
			d := inserted(t, icc).begin()
			d.data[0x95] = "4000000000"
			d.generate(emv.ACTypeAAC, d.fill(cdol1, nil))
		}},
		"PIN tries": {states: emv.CVRPINTryLimitExceeded, now: func(d *dialogue) {
			for range 3 {
				d.send(plaintext(t, "9999"))
			}
		}},
		"PIN wrong":         {states: emv.CVROfflinePINFailed, now: func(d *dialogue) { d.refused(0x63C2, plaintext(t, "9999")) }},
		"PIN not performed": {states: emv.CVROfflinePINNotPerformed},
		"wedge":             {states: emv.CVRTerminalConsidersPINOK, now: func(d *dialogue) { d.data[0x9F34] = "440302" }, extra: "9F3403"},
	} {
		for denial, want := range map[bool]emv.ACType{false: emv.ACTypeARQC, true: emv.ACTypeAAC} {
			icc := opened(t, created(t, func(a *image.Application) {
				a.CDOL1 = dol(t, cdol1+c.extra)
				a.Risk.Online = c.states
				if denial {
					a.Risk = image.Risk{Denial: c.states}
				}
			}))
			if c.before != nil {
				c.before(icc)
			}
			d := inserted(t, icc).begin()
			if c.now != nil {
				c.now(d)
			}
			a := d.generate(emv.ACTypeTC, d.fill(cdol1+c.extra, nil))
			assert.Equal(t, want, a.cid.Type(), "%s, denial %t", name, denial)
			assert.Equal(t, want, a.iad.CVR.FirstAC)
		}
	}
}

// TestConditionsDoNotApply: without the condition a TC is a TC.
func TestConditionsDoNotApply(t *testing.T) {
	all := func(a *image.Application) { a.Risk.Online = image.Conditions; a.Risk.Denial = image.Conditions }
	icc := opened(t, created(t, func(a *image.Application) {
		a.CDOL1 = dol(t, cdol1+"9F3403")
		all(a)
		a.Risk.Online &^= emv.CVRNewCard
		a.Risk.Denial &^= emv.CVRNewCard
	}))
	d := inserted(t, icc).begin()
	d.ok(plaintext(t, "1234"))
	d.data[0x9F34] = "410302"
	assert.Equal(t, emv.ACTypeTC, d.generate(emv.ACTypeTC, d.fill(cdol1+"9F3403", nil)).cid.Type())
}

// TestNeverRaises: whatever the card is asked for and set to, it gives no more.
func TestNeverRaises(t *testing.T) {
	less := map[emv.ACType][]emv.ACType{
		emv.ACTypeAAC:  {emv.ACTypeAAC},
		emv.ACTypeARQC: {emv.ACTypeARQC, emv.ACTypeAAC},
		emv.ACTypeTC:   {emv.ACTypeTC, emv.ACTypeARQC, emv.ACTypeAAC},
	}
	for asked, allowed := range less {
		for _, risk := range []image.Risk{
			{}, {Online: emv.CVRNewCard}, {Denial: emv.CVRNewCard}, {Default: emv.CVRNewCard}, {OfflineOnly: true},
			{OfflineOnly: true, Online: emv.CVRNewCard}, {OfflineOnly: true, Default: emv.CVRNewCard},
		} {
			d := inserted(t, opened(t, created(t, func(a *image.Application) { a.Risk = risk }))).begin()
			given := d.generate(asked, d.fill(cdol1, nil)).cid.Type()
			assert.Contains(t, allowed, given)
			if risk.OfflineOnly {
				assert.NotEqual(t, emv.ACTypeARQC, given)
			}
		}
	}
}

// TestMandatoryAuthentication: an answer without 91 is no approval; no answer at
// all is decided by the default.
func TestMandatoryAuthentication(t *testing.T) {
	mandatory := func(a *image.Application) { a.Risk.AuthenticationMandatory = true }
	for arc, want := range map[string]emv.ACType{"00": emv.ACTypeAAC, "Y3": emv.ACTypeTC} {
		d := inserted(t, opened(t, created(t, mandatory))).begin()
		d.online()
		second := d.complete(emv.ACTypeTC, arc)
		assert.Equal(t, want, second.cid.Type(), arc)
		assert.Equal(t, arc == "00", second.iad.CVR.Has(emv.CVRIssuerAuthenticationNotPerformedAfterOnline))
	}
	inserted(t, opened(t, created(t, mandatory))).approved()
}

// TestAdvisoryAuthentication: a card may be told to approve all the same. Scripts
// stay refused.
func TestAdvisoryAuthentication(t *testing.T) {
	d := inserted(t, opened(t, created(t, func(a *image.Application) { a.Risk.AuthenticationAdvisory = true }))).begin()
	d.online()
	d.refused(apdu.SWAuthenticationFailed, apdu.ExternalAuthenticate(make([]byte, 10)))
	second := d.complete(emv.ACTypeTC, "00")
	assert.Equal(t, emv.ACTypeTC, second.cid.Type())
	assert.True(t, second.iad.CVR.Has(emv.CVRIssuerAuthenticationFailed))
	d.refused(apdu.SWConditionsNotSatisfied, d.pinChange("5678"))
}

// TestWithoutAuthentication: a card that can not authenticate its issuer takes an
// answer for what it is.
func TestWithoutAuthentication(t *testing.T) {
	icc := opened(t, created(t, limited, func(a *image.Application) { a.Contact.AIP = emv.AIP{0x39, 0} }))
	d := inserted(t, icc)
	d.aip = &emv.AIP{0x39, 0}
	d.offline("000000000100")
	d.begin().online()
	d.complete(emv.ACTypeTC, "00")
	status := icc.Status()[0]
	assert.Equal(t, emv.ATC(2), status.LastOnlineATC)
	assert.Zero(t, status.OfflineCount)
	assert.False(t, status.LastOnlineNotCompleted)
}

// TestCardStatusUpdate: what the issuer asks for beside approving.
func TestCardStatusUpdate(t *testing.T) {
	alter := func(a *image.Application) {
		a.Cryptogram, a.Script = "visa-cvn18", "visa-csk"
		limited(a)
	}
	for name, c := range map[string]struct {
		csu   emv.CSU
		check func(t *testing.T, s card.Status)
	}{
		"nothing":           {emv.CSU{0, 0x80}, func(t *testing.T, s card.Status) { assert.Equal(t, 1, s.OfflineCount) }},
		"card block":        {emv.CSU{0, 0xC0}, func(t *testing.T, s card.Status) { assert.True(t, s.Blocked) }},
		"application block": {emv.CSU{0, 0xA0}, func(t *testing.T, s card.Status) { assert.True(t, s.Blocked) }},
		"tries to 1":        {emv.CSU{1, 0x90}, func(t *testing.T, s card.Status) { assert.Equal(t, 1, s.TriesLeft) }},
		"tries above limit": {emv.CSU{9, 0x90}, func(t *testing.T, s card.Status) { assert.Equal(t, 3, s.TriesLeft) }},
		"go online next":    {emv.CSU{0, 0x88}, func(t *testing.T, s card.Status) { assert.True(t, s.GoOnlineNext) }},
		"counters to zero":  {emv.CSU{0, 0x82}, func(t *testing.T, s card.Status) { assert.Zero(t, s.OfflineCount) }},
		"counters up": {emv.CSU{0, 0x81}, func(t *testing.T, s card.Status) {
			assert.Equal(t, 3, s.OfflineCount)
			assert.Equal(t, uint64(3000), s.OfflineAmount)
		}},
		"counters add": {emv.CSU{0, 0x83}, func(t *testing.T, s card.Status) {
			assert.Equal(t, 2, s.OfflineCount)
			assert.Equal(t, uint64(200), s.OfflineAmount)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			m := created(t, alter)
			icc := opened(t, m)
			d := inserted(t, icc)
			p, ok := cryptogram.ProfileByName("visa-cvn18")
			require.True(t, ok)
			d.profile = &p
			d.offline("000000000100")
			d.begin().online()
			data, err := d.keys().AppendIssuerAuthenticationData(nil, d.arqc, cryptogram.IssuerResponse{CSU: c.csu})
			require.NoError(t, err)
			d.ok(apdu.ExternalAuthenticate(data))
			assert.Equal(t, emv.ACTypeTC, d.complete(emv.ACTypeTC, "00").cid.Type())
			c.check(t, opened(t, m).Status()[0])
			assert.Equal(t, emv.ATC(2), icc.Status()[0].LastOnlineATC)
		})
	}
}

// TestCardStatusUpdateWithoutPIN: there are no tries to set.
func TestCardStatusUpdateWithoutPIN(t *testing.T) {
	icc := opened(t, created(t, withoutPIN, func(a *image.Application) { a.Cryptogram, a.Script = "visa-cvn18", "visa-csk" }))
	d := inserted(t, icc).begin()
	p, _ := cryptogram.ProfileByName("visa-cvn18")
	d.profile = &p
	d.online()
	data, err := d.keys().AppendIssuerAuthenticationData(nil, d.arqc, cryptogram.IssuerResponse{CSU: [4]byte{3, 0x90}})
	require.NoError(t, err)
	d.ok(apdu.ExternalAuthenticate(data))
	d.complete(emv.ACTypeTC, "00")
	assert.Zero(t, icc.Status()[0].TriesLeft)
}

// TestCyclicCount: the count of M/Chip runs on, from 15 to 0, so that a host can
// go by its change; that of a card that settles does not.
func TestCyclicCount(t *testing.T) {
	icc := opened(t, created(t, func(a *image.Application) { a.Cryptogram = "mc-cvn20" }))
	p, _ := cryptogram.ProfileByName("mc-cvn20")
	for round := range 18 {
		d := inserted(t, icc)
		d.profile = &p
		cvr := d.approved()
		assert.Equal(t, uint8(round%16), cvr.ScriptCount)
		assert.Equal(t, round > 0, cvr.Has(emv.CVRScriptReceived))
		d.ok(d.pinChange("5678"))
	}
}

// TestSuccessfulScriptsAreCounted: CCD and M/Chip tell how many commands were
// carried out, the Visa layout how many were looked at.
func TestSuccessfulScriptsAreCounted(t *testing.T) {
	for row, want := range map[string]uint8{"ccd": 1, "mc-cvn20": 1, "visa-cvn10": 2} {
		icc := opened(t, created(t, func(a *image.Application) { a.Cryptogram = row }))
		p, _ := cryptogram.ProfileByName(row)
		d := inserted(t, icc).begin()
		d.profile = &p
		d.online()
		data, err := d.keys().AppendIssuerAuthenticationData(nil, d.arqc, cryptogram.IssuerResponse{ARC: [2]byte{'0', '0'}, CSU: [4]byte{0, 0x80}})
		require.NoError(t, err)
		d.ok(apdu.ExternalAuthenticate(data))
		d.complete(emv.ACTypeTC, "00")
		d.refused(apdu.SWMACIncorrect, wrongMAC(d))
		d.ok(d.pinChange("5678"))
		d.begin()
		assert.Equal(t, want, d.online().ScriptCount, row)
	}
}

// TestGoOnlineNext: the wish holds for the next transaction, and is gone once that
// has heard the issuer.
func TestGoOnlineNext(t *testing.T) {
	icc := opened(t, created(t, func(a *image.Application) {
		a.Cryptogram, a.Script = "visa-cvn18", "visa-csk"
		a.Risk.Online = emv.CVRGoOnlineNextWasSet
	}))
	d := inserted(t, icc)
	p, _ := cryptogram.ProfileByName("visa-cvn18")
	d.profile = &p
	for i, csu := range [][4]byte{{0, 0x88}, {0, 0x80}} {
		want := emv.ACTypeTC
		if i > 0 {
			want = emv.ACTypeARQC
		}
		require.Equal(t, want, d.begin().generate(emv.ACTypeTC, d.fill(cdol1, nil)).cid.Type())
		d.begin().online()
		data, err := d.keys().AppendIssuerAuthenticationData(nil, d.arqc, cryptogram.IssuerResponse{CSU: csu})
		require.NoError(t, err)
		d.ok(apdu.ExternalAuthenticate(data))
		d.complete(emv.ACTypeTC, "00")
	}
	require.Equal(t, emv.ACTypeTC, d.begin().generate(emv.ACTypeTC, d.fill(cdol1, nil)).cid.Type())
}

// TestTransactionLog keeps the latest approvals, of either GENERATE AC.
func TestTransactionLog(t *testing.T) {
	m := created(t, func(a *image.Application) {
		a.Log = &image.Log{SFI: 11, Records: 2, Format: dol(t, "9F02065F2A029F36029F27019F2103")}
	})
	icc := opened(t, m)
	d := inserted(t, icc)
	d.ok(apdu.Select(unhex(t, testAID), apdu.First))
	assert.Equal(t, unhex(t, "9F4F0F 9F02065F2A029F36029F27019F2103"), d.ok(apdu.GetData(0x9F4F)))
	d.refused(apdu.SWRecordNotFound, apdu.ReadRecord(11, 1))
	d.offline("000000000100")
	d.data[0x9F02] = "000000000200"
	d.approved()
	d.begin().online()
	d.authenticated("05").complete(emv.ACTypeAAC, "05")
	d = inserted(t, opened(t, m))
	d.ok(apdu.Select(unhex(t, testAID), apdu.First))
	assert.Equal(t, unhex(t, "000000000200 0978 0002 40 000000"), d.ok(apdu.ReadRecord(11, 1)))
	assert.Equal(t, unhex(t, "000000000100 0978 0001 40 000000"), d.ok(apdu.ReadRecord(11, 2)))
	d.refused(apdu.SWRecordNotFound, apdu.ReadRecord(11, 3))
	d.offline("000000000300")
	assert.Equal(t, unhex(t, "000000000300 0978 0004 40 000000"), d.ok(apdu.ReadRecord(11, 1)))
	assert.Equal(t, unhex(t, "000000000200 0978 0002 40 000000"), d.ok(apdu.ReadRecord(11, 2)))
	assert.Equal(t, 2, d.icc.Status()[0].Logged)
	d.ok(apdu.Select([]byte(testPSE), apdu.First))
	d.refused(apdu.SWFileNotFound, apdu.ReadRecord(11, 1))
}
