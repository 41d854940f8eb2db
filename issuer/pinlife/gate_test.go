package pinlife_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/f510b0cf/till/issuer/pinlife"
)

func created1(t testing.TB) pinlife.State {
	return after(t, pinlife.State{}, pinlife.PINCreated{Generation: 1})
}

func pendingAndUnblock(t testing.TB) pinlife.State {
	return after(t, pending2(t), pinlife.UnblockAsked{})
}

// unsurePending has the PIN set again as generation 3 after a restore.
func unsurePending(t testing.TB) pinlife.State {
	return after(t, unsure(t), pinlife.PINCreated{Generation: 3})
}

// TestGate has each condition of docs/pin-lifecycle.md, section 5, alone.
func TestGate(t *testing.T) {
	withoutOldPIN := under(func(p *pinlife.Policy) { p.RequireOldPIN = false })
	for name, test := range map[string]struct {
		from    func(testing.TB) pinlife.State
		request pinlife.Request
		want    pinlife.Decision
	}{
		"(a) offline PIN good":             {pending2, contact(9, pinGood), accepted(true)},
		"(a) offline PIN wrong":            {pending2, contact(9, pinBad), declinedBy(pinlife.PINWrongOffline, false)},
		"(b) reference":                    {pending2, contact(9, de52(1)), accepted(true)},
		"(b) pending, on commit":           {pending2, contact(9, de52(2)), declinedBy(pinlife.PINNotYet, false)},
		"(b) pending, immediate":           {pending2, contact(9, de52(2), under(immediate)), accepted(true)},
		"(b) reference, immediate":         {pending2, contact(9, de52(1), under(immediate)), accepted(true)},
		"(b) same digits again":            {pending2, contact(9, de52(1, 2)), accepted(true)},
		"(b) wrong":                        {pending2, contact(9, de52()), declinedBy(pinlife.PINWrong, false)},
		"(b) old PIN of a candidate":       {changed(sent2, 3), contact(9, de52(2), scripts(1, true, true)), declinedBy(pinlife.PINWrong, false)},
		"(c) first PIN right":              {created1, contact(9, blocked, de52(1)), accepted(true)},
		"(c) first PIN wrong":              {created1, contact(9, blocked, de52()), declinedBy(pinlife.PINWrong, true)},
		"(c) first PIN absent":             {created1, contact(9, blocked), declinedBy(pinlife.PINMissing, true)},
		"(c) the chip has a PIN":           {created1, contact(9), pinlife.Decision{PIN: pinlife.PINNotGiven}},
		"(c) not the first PIN":            {pending2, contact(9, blocked), pinlife.Decision{PIN: pinlife.PINNotGiven}},
		"(d) unblock asked, change waits":  {pendingAndUnblock, contact(9, blocked), pinlife.Decision{PIN: pinlife.PINNotGiven, Script: true}},
		"(d) unblock asked, PIN wrong":     {unblockAsked, contact(9, blocked, de52()), declinedBy(pinlife.PINWrong, true)},
		"(e) forgotten, on commit":         {pending2, contact(9, blocked, de52(2)), declinedBy(pinlife.PINNotYet, true)},
		"(e) forgotten, immediate":         {pending2, contact(9, blocked, de52(2), under(immediate)), accepted(true)},
		"no old PIN required":              {pending2, contact(9, withoutOldPIN), pinlife.Decision{PIN: pinlife.PINNotGiven, Script: true}},
		"no old PIN required, tap":         {pending2, contact(9, withoutOldPIN, by(pinlife.Contactless)), pinlife.Decision{PIN: pinlife.PINNotGiven}},
		"declined elsewhere":               {pending2, contact(9, pinGood, declined), accepted(true)},
		"declined elsewhere, not then":     {pending2, contact(9, pinGood, declined, under(noScriptOnDecline)), accepted(false)},
		"declined for the PIN, not then":   {created1, contact(9, blocked, under(noScriptOnDecline)), declinedBy(pinlife.PINMissing, false)},
		"approved, no script on declines":  {pending2, contact(9, pinGood, under(noScriptOnDecline)), accepted(true)},
		"foreign card, count 0":            {pending2, contact(9, pinGood, foreign), accepted(true)},
		"foreign card, count not 0":        {pending2, contact(9, pinGood, foreign, proof), accepted(false)},
		"nothing waits":                    {stable, contact(9, pinGood), accepted(false)},
		"stripe":                           {pending2, contact(0, by(pinlife.Stripe), de52(1)), accepted(false)},
		"stripe without PIN":               {pending2, contact(0, by(pinlife.Stripe)), pinlife.Decision{PIN: pinlife.PINNotGiven}},
		"stripe, not active":               {pending2, contact(0, by(pinlife.Stripe), de52(1), inactive), pinlife.Decision{Decline: pinlife.DeclineNotActive}},
		"stripe, pending":                  {pending2, contact(0, by(pinlife.Stripe), de52(2)), declinedBy(pinlife.PINNotYet, false)},
		"stripe, sent":                     {sent2, contact(0, by(pinlife.Stripe), de52(2)), accepted(false)},
		"stripe, sent, wrong":              {sent2, contact(0, by(pinlife.Stripe), de52()), declinedBy(pinlife.PINWrong, false)},
		"stripe, unsure":                   {unsure, contact(0, by(pinlife.Stripe), de52(2)), declinedBy(pinlife.PINWrong, false)},
		"unset, PIN block":                 {unset, contact(9, blocked, de52()), declinedBy(pinlife.PINWrong, false)},
		"unset, no PIN":                    {unset, contact(9, blocked), pinlife.Decision{PIN: pinlife.PINNotGiven}},
		"unsure, set again, the chip's":    {unsurePending, contact(9, pinGood), accepted(true)},
		"unsure, set again, old reference": {unsurePending, contact(9, de52(1)), declinedBy(pinlife.PINWrong, false)},
		"unsure, set again, immediate":     {unsurePending, contact(9, de52(3), under(immediate)), declinedBy(pinlife.PINNotYet, false)},
		"unsure, set again, forgotten":     {unsurePending, contact(9, blocked, de52(3)), declinedBy(pinlife.PINNotYet, true)},
	} {
		t.Run(name, func(t *testing.T) {
			s, effects := step(t, test.from(t), test.request)
			assert.Equal(t, test.want, decided(t, effects))
			assert.Equal(t, test.want.Script, s.Open && s.Sent[s.SentCount-1].ATC == 9)
		})
	}
}

// TestStripeIsAudited: a PIN block without chip data may equal any candidate
// between sending and proof.
func TestStripeIsAudited(t *testing.T) {
	_, effects := step(t, sent2(t), contact(0, by(pinlife.Stripe), de52(2)))
	assert.Equal(t, []pinlife.Effect{pinlife.Audit{Reason: pinlife.AuditStripeCandidate}, accepted(false)}, effects)
	_, effects = step(t, sent2(t), contact(0, by(pinlife.Stripe), de52(1)))
	assert.Equal(t, []pinlife.Effect{accepted(false)}, effects)
}

// TestCurrentPIN: P2 01 only where the chip's PIN is certain.
func TestCurrentPIN(t *testing.T) {
	currentPIN := under(func(p *pinlife.Policy) { p.CurrentPIN, p.ScriptTemplate = true, pinlife.Template71 })
	for name, test := range map[string]struct {
		from func(testing.TB) pinlife.State
		want pinlife.BuildScript
	}{
		"proven":         {pending2, pinlife.BuildScript{Generation: 2, P2: pinlife.P2WithCurrentPIN, Template: pinlife.Template71}},
		"sent before":    {sent2, pinlife.BuildScript{Generation: 2, P2: pinlife.P2NewPIN, Template: pinlife.Template71}},
		"first PIN":      {created1, pinlife.BuildScript{Generation: 1, P2: pinlife.P2NewPIN, Template: pinlife.Template71}},
		"after a backup": {unsurePending, pinlife.BuildScript{Generation: 3, P2: pinlife.P2NewPIN, Template: pinlife.Template71}},
	} {
		t.Run(name, func(t *testing.T) {
			_, effects := step(t, test.from(t), contact(9, pinGood, currentPIN))
			assert.Contains(t, effects, test.want)
		})
	}
}
