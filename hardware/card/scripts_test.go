package card_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/apdu"
	"github.com/f510b0cf/till/emv/image"
	"github.com/f510b0cf/till/emv/script"
	"github.com/f510b0cf/till/hardware/card"
)

// secured returns what a builder of package script makes.
func secured(d *dialogue, build func(s script.Session) (apdu.Command, error)) apdu.Command {
	d.t.Helper()
	c, err := build(d.script())
	require.NoError(d.t, err)
	return c
}

func (d *dialogue) blockApplication() apdu.Command {
	return secured(d, script.Session.ApplicationBlock)
}

func (d *dialogue) unblockApplication() apdu.Command {
	return secured(d, script.Session.ApplicationUnblock)
}

func (d *dialogue) blockCard() apdu.Command { return secured(d, script.Session.CardBlock) }

func (d *dialogue) putData(tag emv.Tag, value string) apdu.Command {
	return secured(d, func(s script.Session) (apdu.Command, error) { return s.PutData(tag, unhex(d.t, value)) })
}

func (d *dialogue) updateRecord(sfi, record uint8, content string) apdu.Command {
	return secured(d, func(s script.Session) (apdu.Command, error) { return s.UpdateRecord(sfi, record, unhex(d.t, content)) })
}

// writable lets scripts change what the test's card has.
func writable(a *image.Application) {
	a.Puts = []emv.Tag{0x9F14, 0x9F17}
	a.Files[0].Updates = true
}

// TestApplicationBlock: SELECT says 6283, cryptograms are AACs, the other
// application is as before. Behind such an AAC the issuer can unblock.
func TestApplicationBlock(t *testing.T) {
	m := created(t)
	icc := opened(t, m)
	d := inserted(t, icc)
	d.approved()
	d.ok(d.blockApplication())
	require.True(t, icc.Status()[0].Blocked)
	require.False(t, icc.Status()[1].Blocked)

	icc = opened(t, m)
	d = inserted(t, icc)
	blocked := apdu.Response{Data: fci(t, unhex(t, testAID)), SW: apdu.SWSelectedFileInvalid}
	assert.Equal(t, blocked, d.send(apdu.Select(unhex(t, testAID), apdu.First)))
	d.ok(apdu.Select(unhex(t, testAID2), apdu.First))
	assert.Equal(t, blocked, d.send(apdu.Select(unhex(t, testAID), apdu.First)))
	d.atc = 2
	d.ok(apdu.GetProcessingOptions(unhex(t, "830122")))
	aac := d.generate(emv.ACTypeARQC, d.fill(cdol1, nil))
	assert.Equal(t, emv.ACTypeAAC, aac.cid.Type())
	assert.Equal(t, uint8(1), aac.iad.CVR.ScriptCount)
	before := icc.Status()[0]
	d.arqc = aac.ac
	d.refused(apdu.SWConditionsNotSatisfied, d.pinChange("5678"))
	d.refused(apdu.SWConditionsNotSatisfied, d.putData(0x9F14, "05"))
	wrong := d.unblockApplication()
	wrong.Data[7] ^= 1
	d.refused(apdu.SWMACIncorrect, wrong)
	assert.Equal(t, before, icc.Status()[0], "an unproven command leaves no evidence")
	d.ok(d.unblockApplication())
	before.Blocked = false
	assert.Equal(t, before, icc.Status()[0])
	d.refused(apdu.SWConditionsNotSatisfied, d.unblockApplication())
	assert.Equal(t, uint8(1), inserted(t, icc).approved().ScriptCount)
}

// TestUnprovenUnblockIsLimited: three wrong MACs on one AAC are the limit.
func TestUnprovenUnblockIsLimited(t *testing.T) {
	icc := opened(t, created(t))
	d := inserted(t, icc)
	d.approved()
	d.ok(d.blockApplication())
	d = inserted(t, icc)
	assert.Equal(t, apdu.SWSelectedFileInvalid, d.send(apdu.Select(unhex(t, testAID), apdu.First)).SW)
	d.atc = 2
	d.ok(apdu.GetProcessingOptions(unhex(t, "830122")))
	d.arqc = d.generate(emv.ACTypeTC, d.fill(cdol1, nil)).ac
	for range 3 {
		wrong := d.unblockApplication()
		wrong.Data[0] ^= 1
		d.refused(apdu.SWMACIncorrect, wrong)
	}
	d.refused(apdu.SWConditionsNotSatisfied, d.unblockApplication())
	assert.True(t, icc.Status()[0].Blocked)
}

// TestApplicationBlockBeforeSecondAC: a block of template 71 turns a TC into an
// AAC, and an unblock of the same answer turns it back.
func TestApplicationBlockBeforeSecondAC(t *testing.T) {
	for _, unblock := range []bool{false, true} {
		d := inserted(t, opened(t, created(t))).begin()
		d.online()
		d.authenticated("00")
		d.ok(d.blockApplication())
		want := emv.ACTypeAAC
		if unblock {
			d.ok(d.unblockApplication())
			want = emv.ACTypeTC
		}
		assert.Equal(t, want, d.complete(emv.ACTypeTC, "00").cid.Type())
	}
}

// TestCardBlock: no application can be selected ever after.
func TestCardBlock(t *testing.T) {
	m := created(t)
	icc := opened(t, m)
	d := inserted(t, icc).begin()
	d.online()
	d.authenticated("00")
	d.ok(d.blockCard())
	assert.Equal(t, emv.ACTypeAAC, d.complete(emv.ACTypeTC, "00").cid.Type())
	for _, icc := range []*card.ICC{icc, opened(t, m)} {
		d = inserted(t, icc)
		for _, name := range [][]byte{unhex(t, testAID), unhex(t, testAID2), []byte(testPSE)} {
			d.refused(apdu.SWFunctionNotSupported, apdu.Select(name, apdu.First))
		}
		d.refused(apdu.SWConditionsNotSatisfied, apdu.GetProcessingOptions(unhex(t, "830122")))
		assert.True(t, icc.Status()[0].Blocked && icc.Status()[1].Blocked)
	}
}

// TestPutData changes what GET DATA gives, in its length.
func TestPutData(t *testing.T) {
	m := created(t, writable)
	icc := opened(t, m)
	d := inserted(t, icc)
	d.approved()
	d.ok(d.putData(0x9F14, "05"))
	d.ok(d.putData(0x9F14, "06"))
	assert.Equal(t, unhex(t, "9F140106"), d.ok(apdu.GetData(0x9F14)))
	assert.Equal(t, 2, icc.Status()[0].ScriptsApplied)
	d.refused(apdu.SWWrongLength, d.putData(0x9F14, "0506"))
	d.refused(apdu.SWConditionsNotSatisfied, d.putData(0x9F36, "0001"))
	d.refused(apdu.SWReferencedDataNotFound, d.putData(0x9F58, "05"))
	d.refused(apdu.SWConditionsNotSatisfied, d.putData(0x9F14, "07"))
	d = inserted(t, opened(t, m)).begin()
	assert.Equal(t, unhex(t, "9F140106"), d.ok(apdu.GetData(0x9F14)))
	cvr := d.online()
	assert.Equal(t, uint8(5), cvr.ScriptCount)
	assert.True(t, cvr.Has(emv.CVRScriptFailed), "an applied PUT DATA does not hide a refused one")
	assert.False(t, inserted(t, opened(t, created(t))).approved().Has(emv.CVRScriptFailed))
}

// TestPutTryCounter: the PIN try counter goes up to its limit, where there is a
// PIN.
func TestPutTryCounter(t *testing.T) {
	icc := opened(t, created(t, writable))
	d := inserted(t, icc).begin()
	for range 3 {
		d.send(plaintext(t, "9999"))
	}
	d.online()
	d.authenticated("05").complete(emv.ACTypeAAC, "05")
	d.refused(apdu.SWWrongData, d.putData(0x9F17, "04"))
	d.ok(d.putData(0x9F17, "01"))
	assert.Equal(t, 1, icc.Status()[0].TriesLeft)
	d = inserted(t, opened(t, created(t, writable, withoutPIN)))
	d.approved()
	d.refused(apdu.SWWrongData, d.putData(0x9F17, "01"))
}

// TestUpdateRecord changes a record, up to the length that it was made with.
func TestUpdateRecord(t *testing.T) {
	m := created(t, writable)
	icc := opened(t, m)
	d := inserted(t, icc)
	d.approved()
	d.ok(d.updateRecord(1, 2, "70025F34"))
	assert.Equal(t, unhex(t, "70025F34"), d.ok(apdu.ReadRecord(1, 2)))
	assert.Equal(t, unhex(t, "70045A023742"), d.ok(apdu.ReadRecord(1, 1)))
	d.refused(apdu.SWNotEnoughMemory, d.updateRecord(1, 2, "70045A023742"))
	d.refused(apdu.SWWrongData, d.updateRecord(1, 1, "7103000000"))
	d.refused(apdu.SWRecordNotFound, d.updateRecord(1, 3, "7000"))
	d.refused(apdu.SWConditionsNotSatisfied, d.updateRecord(2, 1, "7000"))
	d = inserted(t, icc)
	d.approved()
	d.refused(apdu.SWFileNotFound, d.updateRecord(2, 1, "7000"))
	d.ok(d.updateRecord(1, 2, "70035F3401"))
	d = inserted(t, opened(t, m)).begin()
	assert.Equal(t, unhex(t, "70035F3401"), d.ok(apdu.ReadRecord(1, 2)))

	d = inserted(t, opened(t, created(t)))
	d.approved()
	d.refused(apdu.SWConditionsNotSatisfied, d.updateRecord(1, 2, "7000"))
	d.ok(apdu.Select([]byte(testPSE), apdu.First))
	assert.Equal(t, unhex(t, "7003610100"), d.ok(apdu.ReadRecord(1, 1)), "files of environments are others")
}

// TestPresent: the card as it is now, and as it was made.
func TestPresent(t *testing.T) {
	m := created(t, writable)
	icc := opened(t, m)
	d := inserted(t, icc)
	d.approved()
	d.ok(d.putData(0x9F14, "05"))
	d.ok(d.updateRecord(1, 2, "70025F34"))
	for _, c := range []*card.ICC{icc, opened(t, m)} {
		now, made := c.Present().Applications[0], c.Image().Applications[0]
		assert.Equal(t, []byte{5}, now.Data[0].Value)
		assert.Equal(t, [][]byte{unhex(t, "70045A023742"), unhex(t, "70025F34")}, now.Files[0].Records)
		assert.Equal(t, []byte{3}, made.Data[0].Value)
		assert.Equal(t, unhex(t, "70035F3400"), made.Files[0].Records[1])
	}
}

// TestPINChangeStands: the evidence of an applied PIN CHANGE is not touched by a
// command that is refused behind it, and not claimed by one that is applied
// after a refused PIN CHANGE.
func TestPINChangeStands(t *testing.T) {
	icc := opened(t, created(t, writable))
	d := inserted(t, icc)
	d.approved()
	d.ok(d.pinChange("5678"))
	d.refused(apdu.SWWrongLength, d.putData(0x9F14, "0506"))
	d.ok(d.putData(0x9F14, "05"))
	d.refused(apdu.SWConditionsNotSatisfied, d.pinUnblock())
	cvr := inserted(t, icc).begin().online()
	assert.Equal(t, applied, judge(cvr, 0))
	assert.Equal(t, uint8(2), cvr.ScriptCount)

	d = inserted(t, icc)
	d.approved()
	d.refused(apdu.SWMACIncorrect, wrongMAC(d))
	d.ok(d.putData(0x9F14, "06"))
	assert.Equal(t, notApplied, judge(inserted(t, icc).begin().online(), 0))
}

// TestNoScriptOnATap: a tap knows none of them.
func TestNoScriptOnATap(t *testing.T) {
	d := presented(t, opened(t, created(t, writable)), 1).begin()
	d.online()
	for _, c := range []apdu.Command{d.blockApplication(), d.unblockApplication(), d.blockCard(), d.putData(0x9F14, "05"), d.updateRecord(1, 1, "7000")} {
		d.refused(apdu.SWConditionsNotSatisfied, c)
	}
}
