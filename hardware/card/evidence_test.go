package card_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/apdu"
	"github.com/f510b0cf/till/emv/pin"
	"github.com/f510b0cf/till/hardware/card"
)

// verdict is what a host concludes about the last script that it sent.
type verdict string

const (
	applied    verdict = "applied"
	notApplied verdict = "not applied"
	noEvidence verdict = "no evidence"
)

// judge is the host's rule: base is the count in the request that the script
// answered, cvr that of a later one.
func judge(cvr emv.CVR, base uint8) verdict {
	failed, incomplete := cvr.Has(emv.CVRScriptFailed), cvr.Has(emv.CVRLastOnlineNotCompleted)
	switch {
	case cvr.ScriptCount == 0:
		return notApplied
	case !failed && (base == 0 || !incomplete):
		return applied
	case failed && !incomplete:
		return notApplied
	}
	return noEvidence
}

// The ways in which an online contact transaction goes, from the answer on.
type course func(d *dialogue)

var (
	answerLost       course = func(*dialogue) {}
	pulledBeforeGAC2 course = func(d *dialogue) { d.authenticated("00") }
	scriptLost       course = func(d *dialogue) { d.authenticated("00").complete(emv.ACTypeTC, "00") }
	declined         course = func(d *dialogue) { d.authenticated("05").complete(emv.ACTypeAAC, "05") }
)

// after72 goes on behind the second GENERATE AC with a script.
func after72(c course, sw apdu.SW, script func(d *dialogue) apdu.Command) course {
	return func(d *dialogue) {
		c(d)
		d.refused(sw, script(d))
	}
}

func change(digits string) func(d *dialogue) apdu.Command {
	return func(d *dialogue) apdu.Command { return d.pinChange(digits) }
}

// wrongMAC is a PIN CHANGE with one bit of its MAC turned.
func wrongMAC(d *dialogue) apdu.Command {
	c := d.pinChange("6666")
	c.Data[len(c.Data)-1] ^= 1
	return c
}

// garbled is a PIN CHANGE by P2 01 for a current PIN that the card does not
// have: the MAC is right and the block is not.
func garbled(d *dialogue) apdu.Command {
	c, err := d.script().PINChangeKnowingPIN(newPIN(d.t, "6666"), newPIN(d.t, "99999999"))
	require.NoError(d.t, err)
	return c
}

// TestEvidence plays transactions one after the other and looks at what the
// request after them says.
func TestEvidence(t *testing.T) {
	good := after72(scriptLost, apdu.SWSuccess, change("5678"))
	bad := after72(scriptLost, apdu.SWMACIncorrect, wrongMAC)
	for name, c := range map[string]struct {
		courses      []course
		count        uint8
		failed, lonc bool
		base         uint8 // count in the request before the last course
		verdict      verdict
	}{
		"nothing sent":                {[]course{scriptLost}, 0, false, false, 0, notApplied},
		"answer lost":                 {[]course{answerLost}, 0, false, true, 0, notApplied},
		"pulled before GAC 2":         {[]course{pulledBeforeGAC2}, 0, false, true, 0, notApplied},
		"applied":                     {[]course{good}, 1, false, false, 0, applied},
		"applied in a decline":        {[]course{after72(declined, apdu.SWSuccess, change("5678"))}, 1, false, false, 0, applied},
		"wrong MAC":                   {[]course{bad}, 1, true, false, 0, notApplied},
		"garbled block":               {[]course{after72(scriptLost, apdu.SWWrongData, garbled)}, 1, true, false, 0, notApplied},
		"applied, next answer lost":   {[]course{good, answerLost}, 1, false, true, 1, noEvidence},
		"applied, next script lost":   {[]course{good, scriptLost}, 0, false, false, 1, notApplied},
		"applied, pulled next time":   {[]course{good, pulledBeforeGAC2}, 1, false, true, 1, noEvidence},
		"applied twice":               {[]course{good, good}, 1, false, false, 1, applied},
		"applied, then failed":        {[]course{good, bad}, 1, true, false, 1, notApplied},
		"failed, then applied":        {[]course{bad, good}, 1, false, false, 1, applied},
		"failed, next answer lost":    {[]course{bad, answerLost}, 1, true, true, 1, noEvidence},
		"answer lost, then applied":   {[]course{answerLost, good}, 1, false, false, 0, applied},
		"wrong MAC and then the real": {[]course{after72(bad, apdu.SWSuccess, change("5678"))}, 2, false, false, 0, applied},
		"applied, wrong MAC behind":   {[]course{after72(good, apdu.SWConditionsNotSatisfied, wrongMAC)}, 1, false, false, 0, applied},
		"applied, then two lost":      {[]course{good, answerLost, answerLost}, 1, false, true, 1, noEvidence},
	} {
		t.Run(name, func(t *testing.T) {
			icc := opened(t, created(t))
			var base uint8
			for _, course := range c.courses {
				d := inserted(t, icc).begin()
				base = d.online().ScriptCount
				course(d)
			}
			cvr := inserted(t, icc).begin().online()
			assert.Equal(t, c.count, cvr.ScriptCount)
			assert.Equal(t, c.failed, cvr.Has(emv.CVRScriptFailed))
			assert.Equal(t, c.lonc, cvr.Has(emv.CVRLastOnlineNotCompleted))
			assert.Equal(t, c.base, base)
			assert.Equal(t, c.verdict, judge(cvr, base))
		})
	}
}

// TestTemplate71 takes the script between EXTERNAL AUTHENTICATE and the second
// GENERATE AC. It settles earlier evidence itself, and the second GENERATE AC
// leaves its own alone.
func TestTemplate71(t *testing.T) {
	for name, finish := range map[string]course{
		"completed": func(d *dialogue) { d.complete(emv.ACTypeAAC, "00") },
		"pulled":    func(*dialogue) {},
	} {
		t.Run(name, func(t *testing.T) {
			icc := opened(t, created(t))
			for _, digits := range []string{"5678", "2580"} {
				d := inserted(t, icc).begin()
				d.online()
				d.refused(apdu.SWConditionsNotSatisfied, d.pinChange(digits))
				d.authenticated("00")
				d.ok(d.pinChange(digits))
				finish(d)
				d.refused(apdu.SWConditionsNotSatisfied, d.pinChange("6666"))

				d = inserted(t, icc).begin()
				d.ok(plaintext(t, digits))
				cvr := d.online()
				assert.Equal(t, uint8(1), cvr.ScriptCount)
				assert.False(t, cvr.Has(emv.CVRScriptFailed))
				assert.False(t, cvr.Has(emv.CVRLastOnlineNotCompleted))
			}
		})
	}
}

// TestEvidenceOutlivesOtherTransactions: taps, offline approvals and declines
// between leave the evidence as it is.
func TestEvidenceOutlivesOtherTransactions(t *testing.T) {
	m := created(t)
	icc := opened(t, m)
	d := inserted(t, icc)
	d.approved()
	d.ok(d.pinChange("5678"))
	tap := presented(t, icc, 1).begin()
	tap.online()
	for _, asked := range []emv.ACType{emv.ACTypeTC, emv.ACTypeAAC} {
		offline := inserted(t, icc).begin()
		offline.generate(asked, offline.fill(cdol1, nil))
	}
	cvr := inserted(t, opened(t, m)).begin().online()
	assert.Equal(t, applied, judge(cvr, 1), "even with a base that is not 0")
}

// TestScriptRefusedInWrongPhase: nobody can spoil the evidence without the
// issuer's answer.
func TestScriptRefusedInWrongPhase(t *testing.T) {
	icc := opened(t, created(t))
	d := inserted(t, icc)
	d.approved()
	d.ok(d.pinChange("5678"))
	replay := d.pinChange("5678")
	d.refused(apdu.SWConditionsNotSatisfied, replay)
	before := icc.Status()[0]

	d = inserted(t, icc)
	for _, step := range []func(){
		func() {},
		func() { d.ok(apdu.Select(unhex(t, testAID), apdu.First)) },
		func() { d.begin() },
	} {
		step()
		d.refused(apdu.SWConditionsNotSatisfied, replay)
		d.refused(apdu.SWConditionsNotSatisfied, wrongMAC(d))
	}
	before.ATC++
	assert.Equal(t, before, icc.Status()[0])
	d.online()
	d.refused(apdu.SWConditionsNotSatisfied, d.pinChange("2580"))
	before.LastOnlineNotCompleted = true
	assert.Equal(t, before, icc.Status()[0])
}

// TestForeignScripts: a script is for one card in one transaction, whole.
func TestForeignScripts(t *testing.T) {
	for name, c := range map[string]struct {
		sw    apdu.SW
		alter func(d *dialogue) apdu.Command
	}{
		"other ATC": {apdu.SWMACIncorrect, func(d *dialogue) apdu.Command { d.atc--; return d.pinChange("5678") }},
		"other AC":  {apdu.SWMACIncorrect, func(d *dialogue) apdu.Command { d.arqc[0]++; return d.pinChange("5678") }},
		"other card": {apdu.SWMACIncorrect, func(d *dialogue) apdu.Command {
			s := d.script()
			s.SMI = tdes(t, "00112233445566778899AABBCCDDEEFF")
			c, err := s.PINChange(newPIN(t, "5678"))
			require.NoError(t, err)
			return c
		}},
		"without its MAC": {apdu.SWMACMissing, func(d *dialogue) apdu.Command {
			c := d.pinChange("5678")
			c.Data = c.Data[:16]
			return c
		}},
		"cut":      {apdu.SWWrongLength, func(d *dialogue) apdu.Command { c := d.pinChange("5678"); c.Data = c.Data[:20]; return c }},
		"P2 other": {apdu.SWMACIncorrect, func(d *dialogue) apdu.Command { c := d.pinChange("5678"); c.P2 = 1; return c }},
		"P2 RFU":   {apdu.SWWrongP1P2, func(d *dialogue) apdu.Command { c := d.pinChange("5678"); c.P2 = 3; return c }},
		"class 8C": {apdu.SWMACIncorrect, func(d *dialogue) apdu.Command { c := d.pinChange("5678"); c.CLA = 0x8C; return c }},
	} {
		t.Run(name, func(t *testing.T) {
			m := created(t)
			icc := opened(t, m)
			d := inserted(t, icc)
			d.approved()
			d.refused(c.sw, c.alter(d))
			assert.True(t, acceptsPIN(t, m, "1234"))
			assert.False(t, acceptsPIN(t, m, "5678"))
			assert.Equal(t, card.Status{
				Name: unhex(t, testAID), ATC: 1, LastOnlineATC: 1, PINSet: true, TriesLeft: tryLimit, ScriptCount: 1, ScriptFailed: true,
			}, icc.Status()[0])
		})
	}
}

// TestScriptRefusalsAreLimited: after three the right one is not looked at.
func TestScriptRefusalsAreLimited(t *testing.T) {
	icc := opened(t, created(t))
	d := inserted(t, icc)
	d.approved()
	for range 3 {
		d.refused(apdu.SWMACIncorrect, wrongMAC(d))
	}
	d.refused(apdu.SWConditionsNotSatisfied, d.pinChange("5678"))
	cvr := inserted(t, icc).begin().online()
	assert.Equal(t, uint8(3), cvr.ScriptCount)
	assert.Equal(t, notApplied, judge(cvr, 0))
}

// TestReplayInLaterTransaction: the script of one transaction fails in the next.
func TestReplayInLaterTransaction(t *testing.T) {
	icc := opened(t, created(t))
	d := inserted(t, icc)
	d.approved()
	old := d.pinChange("5678")
	d = inserted(t, icc)
	d.approved()
	d.refused(apdu.SWMACIncorrect, old)
}

// TestHasPIN follows the PIN through a change, and spends no try.
func TestHasPIN(t *testing.T) {
	icc := opened(t, created(t))
	has := func(digits string) bool {
		p, err := pin.Parse([]byte(digits))
		require.NoError(t, err)
		return icc.HasPIN(0, p)
	}
	assert.True(t, has("1234"))
	assert.False(t, has("5678"))
	play(t, icc)
	assert.True(t, has("5678"))
	assert.False(t, has("1234"))
	assert.Equal(t, 3, icc.Status()[0].TriesLeft)
}
