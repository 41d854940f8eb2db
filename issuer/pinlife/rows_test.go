package pinlife_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/f510b0cf/till/issuer/pinlife"
)

// Shorthands of the expected effects.
var (
	build2  = pinlife.BuildScript{Generation: 2, P2: pinlife.P2NewPIN, Template: pinlife.Template72}
	build3  = pinlife.BuildScript{Generation: 3, P2: pinlife.P2NewPIN, Template: pinlife.Template72}
	unblock = pinlife.BuildUnblock{Template: pinlife.Template72}
)

func accepted(script bool) pinlife.Decision {
	return pinlife.Decision{PIN: pinlife.PINAccepted, Script: script}
}

func declinedBy(v pinlife.PINVerdict, script bool) pinlife.Decision {
	return pinlife.Decision{PIN: v, Decline: pinlife.DeclinePIN, Script: script}
}

func told(text pinlife.Text, g pinlife.Generation) pinlife.Notify {
	return pinlife.Notify{Text: text, Generation: g}
}

// row is one row of the table of states and events, docs/pin-lifecycle.md,
// section 3.
type row struct {
	name      string
	from      func(testing.TB) pinlife.State
	event     pinlife.Event
	phase     pinlife.Phase
	effects   []pinlife.Effect
	unchanged bool // but for the highest ATC
}

func unset(testing.TB) pinlife.State  { return pinlife.State{} }
func stable(testing.TB) pinlife.State { return pinlife.Personalised() }

// unblockAsked is stable with an unblock queued, unblockSent with one sent.
func unblockAsked(t testing.TB) pinlife.State {
	return after(t, pinlife.Personalised(), pinlife.UnblockAsked{})
}
func unblockSent(t testing.TB) pinlife.State { return after(t, unblockAsked(t), contact(1, blocked)) }

// changed gives the holder's next change to the state before.
func changed(from func(testing.TB) pinlife.State, g pinlife.Generation) func(testing.TB) pinlife.State {
	return func(t testing.TB) pinlife.State { return after(t, from(t), pinlife.PINChanged{Generation: g}) }
}

var rows = []row{
	{name: "created", from: unset, event: pinlife.PINCreated{Generation: 1}, phase: pinlife.Pending,
		effects: []pinlife.Effect{told(pinlife.TextPending, 1)}},
	{name: "changed before it was created", from: unset, event: pinlife.PINChanged{Generation: 1}, phase: pinlife.Unset, unchanged: true,
		effects: []pinlife.Effect{pinlife.Refused{Reason: pinlife.RefusedNoPIN}}},
	{name: "created twice", from: stable, event: pinlife.PINCreated{Generation: 2}, phase: pinlife.Stable, unchanged: true,
		effects: []pinlife.Effect{pinlife.Refused{Reason: pinlife.RefusedPINExists}}},
	{name: "created, decided on an older state", from: unset, event: pinlife.PINCreated{Generation: 2}, phase: pinlife.Unset, unchanged: true,
		effects: []pinlife.Effect{pinlife.Refused{Reason: pinlife.RefusedStale}}},
	{name: "changed, decided on an older state", from: pending2, event: pinlife.PINChanged{Generation: 2}, phase: pinlife.Pending, unchanged: true,
		effects: []pinlife.Effect{pinlife.Refused{Reason: pinlife.RefusedStale}}},
	{name: "stable, changed", from: stable, event: pinlife.PINChanged{Generation: 2}, phase: pinlife.Pending,
		effects: []pinlife.Effect{told(pinlife.TextPending, 2)}},
	{name: "pending, changed again", from: pending2, event: pinlife.PINChanged{Generation: 3}, phase: pinlife.Pending,
		effects: []pinlife.Effect{pinlife.Erase{Generation: 2}, told(pinlife.TextPending, 3)}},
	{name: "pending, changed back", from: pending2, event: pinlife.PINChanged{Generation: 3, EqualsReference: true}, phase: pinlife.Stable,
		effects: []pinlife.Effect{pinlife.Erase{Generation: 2}, pinlife.Erase{Generation: 3}, told(pinlife.TextCancelled, 0)}},
	{name: "stable, changed to the same digits", from: stable, event: pinlife.PINChanged{Generation: 2, EqualsReference: true}, phase: pinlife.Pending,
		effects: []pinlife.Effect{told(pinlife.TextPending, 2)}},
	{name: "sent, changed back", from: sent2, event: pinlife.PINChanged{Generation: 3, EqualsReference: true}, phase: pinlife.Sent,
		effects: []pinlife.Effect{told(pinlife.TextPending, 3)}},

	{name: "pending, the gate holds", from: pending2, event: contact(1, pinGood), phase: pinlife.Sent,
		effects: []pinlife.Effect{accepted(true), build2}},
	{name: "pending, tap", from: pending2, event: contact(1, by(pinlife.Contactless)), phase: pinlife.Pending, unchanged: true,
		effects: []pinlife.Effect{pinlife.Decision{PIN: pinlife.PINNotGiven}}},
	{name: "pending, tap with the old PIN", from: pending2, event: contact(1, by(pinlife.Contactless), de52(1)), phase: pinlife.Pending, unchanged: true,
		effects: []pinlife.Effect{accepted(false)}},
	{name: "pending, order", from: pending2, event: contact(0, by(pinlife.Order)), phase: pinlife.Pending, unchanged: true,
		effects: []pinlife.Effect{pinlife.Decision{PIN: pinlife.PINNotNeeded}}},
	{name: "pending, order with a PIN block", from: pending2, event: contact(0, by(pinlife.Order), de52(1)), phase: pinlife.Pending, unchanged: true,
		effects: []pinlife.Effect{declinedBy(pinlife.PINRefused, false)}},
	{name: "pending, wrong PIN", from: pending2, event: contact(1, pinBad), phase: pinlife.Pending, unchanged: true,
		effects: []pinlife.Effect{declinedBy(pinlife.PINWrongOffline, false)}},
	{name: "pending, wrong online PIN", from: pending2, event: contact(1, de52()), phase: pinlife.Pending, unchanged: true,
		effects: []pinlife.Effect{declinedBy(pinlife.PINWrong, false)}},
	{name: "pending, bypass", from: pending2, event: contact(1), phase: pinlife.Pending, unchanged: true,
		effects: []pinlife.Effect{pinlife.Decision{PIN: pinlife.PINNotGiven}}},
	{name: "pending, bad cryptogram", from: pending2, event: contact(1, pinGood, badARQC), phase: pinlife.Pending, unchanged: true,
		effects: []pinlife.Effect{pinlife.Decision{Decline: pinlife.DeclineBadCryptogram}}},
	{name: "pending, card not active", from: pending2, event: contact(1, pinGood, inactive), phase: pinlife.Pending, unchanged: true,
		effects: []pinlife.Effect{pinlife.Decision{Decline: pinlife.DeclineNotActive}}},
	{name: "pending, wedge", from: pending2, event: contact(1, func(r *pinlife.Request) { r.TerminalClaimsPIN = true }), phase: pinlife.Pending, unchanged: true,
		effects: []pinlife.Effect{pinlife.Audit{Reason: pinlife.AuditWedge}, pinlife.Decision{Decline: pinlife.DeclineWedge}}},

	{name: "sent, same request again", from: sent2, event: pinlife.Repeat{}, phase: pinlife.Sent, unchanged: true,
		effects: []pinlife.Effect{pinlife.ResendStored{}}},
	{name: "sent, reversal", from: sent2, event: pinlife.Reversal{}, phase: pinlife.Sent, unchanged: true},
	{name: "sent, time-out", from: sent2, event: pinlife.TimeOut{}, phase: pinlife.Sent, unchanged: true},
	{name: "sent, advice without a result", from: sent2, event: pinlife.Advice{ATC: 1, FinalCryptogramValid: true}, phase: pinlife.Sent, unchanged: true},
	{name: "sent, advice failed", from: sent2, event: pinlife.Advice{ATC: 1, Result: pinlife.Failed, FinalCryptogramValid: true}, phase: pinlife.Sent, unchanged: true},
	{name: "sent, advice not performed", from: sent2, event: pinlife.Advice{ATC: 1, Result: pinlife.NotPerformed, FinalCryptogramValid: true}, phase: pinlife.Sent, unchanged: true},
	{name: "sent, advice success without the cryptogram", from: sent2, event: pinlife.Advice{ATC: 1, Result: pinlife.Successful}, phase: pinlife.Sent, unchanged: true},
	{name: "sent, advice success", from: sent2, event: success(1), phase: pinlife.Claimed,
		effects: []pinlife.Effect{told(pinlife.TextProbablyActive, 2)}},
	{name: "claimed, advice success again", from: claimed2, event: success(1), phase: pinlife.Claimed, unchanged: true},
	{name: "claimed, advice failed", from: claimed2, event: pinlife.Advice{ATC: 1, Result: pinlife.Failed, FinalCryptogramValid: true}, phase: pinlife.Claimed, unchanged: true},

	{name: "sent, proof", from: sent2, event: contact(2, pinGood, proof), phase: pinlife.Stable,
		effects: []pinlife.Effect{pinlife.Erase{Generation: 1}, told(pinlife.TextDone, 2), accepted(false)}},
	{name: "claimed, proof", from: claimed2, event: contact(2, pinGood, proof), phase: pinlife.Stable,
		effects: []pinlife.Effect{pinlife.Erase{Generation: 1}, told(pinlife.TextDone, 2), accepted(false)}},
	{name: "sent and changed, proof", from: changed(sent2, 3), event: contact(2, pinGood, proof), phase: pinlife.Sent,
		effects: []pinlife.Effect{pinlife.Erase{Generation: 1}, told(pinlife.TextDone, 2), accepted(true), build3}},
	{name: "sent and changed, proof, gate shut", from: changed(sent2, 3), event: contact(2, pinBad, proof), phase: pinlife.Pending,
		effects: []pinlife.Effect{pinlife.Erase{Generation: 1}, told(pinlife.TextDone, 2), declinedBy(pinlife.PINWrongOffline, false)}},
	{name: "sent, not applied", from: sent2, event: contact(2, pinGood), phase: pinlife.Sent,
		effects: []pinlife.Effect{accepted(true), build2}},
	{name: "sent, no evidence, gate shut", from: sent2, event: contact(2, scripts(1, true, true)), phase: pinlife.Pending,
		effects: []pinlife.Effect{pinlife.Decision{PIN: pinlife.PINNotGiven}}},
	{name: "claimed, not applied", from: claimed2, event: contact(2, pinGood), phase: pinlife.Sent,
		effects: []pinlife.Effect{pinlife.Audit{Reason: pinlife.AuditClaimRefuted}, told(pinlife.TextFailed, 2), accepted(true), build2}},
	{name: "sent, tap with proof in it", from: sent2, event: contact(2, by(pinlife.Contactless), proof), phase: pinlife.Sent, unchanged: true,
		effects: []pinlife.Effect{pinlife.Decision{PIN: pinlife.PINNotGiven}}},
	{name: "sent, changed again", from: sent2, event: pinlife.PINChanged{Generation: 3}, phase: pinlife.Sent,
		effects: []pinlife.Effect{told(pinlife.TextPending, 3)}},
	{name: "claimed, changed again", from: claimed2, event: pinlife.PINChanged{Generation: 3}, phase: pinlife.Claimed,
		effects: []pinlife.Effect{told(pinlife.TextPending, 3)}},
	{name: "not active, proof", from: sent2, event: contact(2, proof, inactive), phase: pinlife.Stable,
		effects: []pinlife.Effect{pinlife.Erase{Generation: 1}, told(pinlife.TextDone, 2), pinlife.Decision{Decline: pinlife.DeclineNotActive}}},

	{name: "held, the gate holds", from: held2, event: contact(9, pinGood), phase: pinlife.Held, unchanged: true,
		effects: []pinlife.Effect{accepted(false)}},
	{name: "held, retry", from: held2, event: pinlife.OperatorRetry{}, phase: pinlife.Pending,
		effects: []pinlife.Effect{pinlife.Audit{Reason: pinlife.AuditRetried}}},
	{name: "held, changed", from: held2, event: pinlife.PINChanged{Generation: 3}, phase: pinlife.Pending,
		effects: []pinlife.Effect{told(pinlife.TextPending, 3)}},
	{name: "held, unblock asked", from: held2, event: pinlife.UnblockAsked{}, phase: pinlife.Held, unchanged: true,
		effects: []pinlife.Effect{pinlife.Refused{Reason: pinlife.RefusedHeld}}},
	{name: "nothing held, retry", from: pending2, event: pinlife.OperatorRetry{}, phase: pinlife.Pending, unchanged: true,
		effects: []pinlife.Effect{pinlife.Refused{Reason: pinlife.RefusedNotHeld}}},

	{name: "request with an old ATC", from: sent2, event: contact(1, pinGood, proof), phase: pinlife.Sent, unchanged: true,
		effects: []pinlife.Effect{pinlife.Audit{Reason: pinlife.AuditATCNotNew}, pinlife.Decision{Decline: pinlife.DeclineATCNotNew}}},
	{name: "tap with an old ATC", from: sent2, event: contact(1, by(pinlife.Contactless)), phase: pinlife.Sent, unchanged: true,
		effects: []pinlife.Effect{pinlife.Audit{Reason: pinlife.AuditATCNotNew}, pinlife.Decision{Decline: pinlife.DeclineATCNotNew}}},
	{name: "advice of another transaction", from: sent2, event: success(9), phase: pinlife.Sent, unchanged: true},
	{name: "advice of nothing sent", from: stable, event: success(1), phase: pinlife.Stable, unchanged: true},

	{name: "closed", from: sent2, event: pinlife.CardClosed{}, phase: pinlife.Closed,
		effects: []pinlife.Effect{pinlife.Erase{Generation: 2}}},
	{name: "pending, closed", from: pending2, event: pinlife.CardClosed{}, phase: pinlife.Closed,
		effects: []pinlife.Effect{pinlife.Erase{Generation: 2}}},
	{name: "closed, request", from: closed, event: contact(2, pinGood), phase: pinlife.Closed, unchanged: true,
		effects: []pinlife.Effect{pinlife.Decision{Decline: pinlife.DeclineClosed}}},
	{name: "closed, created", from: closed, event: pinlife.PINCreated{Generation: 3}, phase: pinlife.Closed, unchanged: true,
		effects: []pinlife.Effect{pinlife.Refused{Reason: pinlife.RefusedClosed}}},
	{name: "closed, changed", from: closed, event: pinlife.PINChanged{Generation: 3}, phase: pinlife.Closed, unchanged: true,
		effects: []pinlife.Effect{pinlife.Refused{Reason: pinlife.RefusedClosed}}},
	{name: "closed, unblock asked", from: closed, event: pinlife.UnblockAsked{}, phase: pinlife.Closed, unchanged: true,
		effects: []pinlife.Effect{pinlife.Refused{Reason: pinlife.RefusedClosed}}},
	{name: "closed, restored", from: closed, event: pinlife.RestoredFromBackup{}, phase: pinlife.Closed, unchanged: true,
		effects: []pinlife.Effect{pinlife.Audit{Reason: pinlife.AuditRestored}}},

	{name: "restored", from: pending2, event: pinlife.RestoredFromBackup{}, phase: pinlife.Unsure,
		effects: []pinlife.Effect{pinlife.Erase{Generation: 2}, pinlife.Audit{Reason: pinlife.AuditRestored}, told(pinlife.TextSetAgain, 0)}},
	{name: "restored with an unblock sent", from: unblockSent, event: pinlife.RestoredFromBackup{}, phase: pinlife.Unsure,
		effects: []pinlife.Effect{pinlife.Audit{Reason: pinlife.AuditRestored}, told(pinlife.TextSetAgain, 0)}},
	{name: "unsure, the chip's PIN is good", from: unsure, event: contact(2, pinGood, proof), phase: pinlife.Unsure, unchanged: true,
		effects: []pinlife.Effect{accepted(false)}},
	{name: "unsure, online PIN", from: unsure, event: contact(2, de52(1, 2)), phase: pinlife.Unsure, unchanged: true,
		effects: []pinlife.Effect{declinedBy(pinlife.PINWrong, false)}},
	{name: "unsure, unblock asked", from: unsure, event: pinlife.UnblockAsked{}, phase: pinlife.Unsure, unchanged: true,
		effects: []pinlife.Effect{pinlife.Refused{Reason: pinlife.RefusedUnsure}}},
	{name: "unsure, created", from: unsure, event: pinlife.PINCreated{Generation: 3}, phase: pinlife.Pending,
		effects: []pinlife.Effect{told(pinlife.TextPending, 3)}},
	{name: "unsure, changed back", from: unsure, event: pinlife.PINChanged{Generation: 3, EqualsReference: true}, phase: pinlife.Pending,
		effects: []pinlife.Effect{told(pinlife.TextPending, 3)}},

	{name: "unset, unblock asked", from: unset, event: pinlife.UnblockAsked{}, phase: pinlife.Unset, unchanged: true,
		effects: []pinlife.Effect{pinlife.Refused{Reason: pinlife.RefusedNoPIN}}},
	{name: "stable, unblock asked", from: stable, event: pinlife.UnblockAsked{}, phase: pinlife.Stable,
		effects: []pinlife.Effect{told(pinlife.TextUnblockQueued, 0)}},
	{name: "unblock asked, request", from: unblockAsked, event: contact(1, blocked), phase: pinlife.Sent,
		effects: []pinlife.Effect{pinlife.Decision{PIN: pinlife.PINNotGiven, Script: true}, unblock}},
	{name: "unblock sent, proof", from: unblockSent, event: contact(2, pinGood, proof), phase: pinlife.Stable,
		effects: []pinlife.Effect{told(pinlife.TextUnblocked, 0), accepted(false)}},
	{name: "unblock sent, not applied", from: unblockSent, event: contact(2, blocked), phase: pinlife.Sent,
		effects: []pinlife.Effect{pinlife.Decision{PIN: pinlife.PINNotGiven, Script: true}, unblock}},
	{name: "unblock sent, advice success", from: unblockSent, event: success(1), phase: pinlife.Sent, unchanged: true},
	{name: "unblock asked and changed: the change takes its place", from: changed(unblockAsked, 2), event: contact(1, blocked), phase: pinlife.Sent,
		effects: []pinlife.Effect{pinlife.Decision{PIN: pinlife.PINNotGiven, Script: true}, build2}},
	{name: "unblock sent and changed, not applied", from: changed(unblockSent, 2), event: contact(2, blocked), phase: pinlife.Sent,
		effects: []pinlife.Effect{pinlife.Decision{PIN: pinlife.PINNotGiven, Script: true}, build2}},
	{name: "unblock sent and changed, proof, gate shut", from: changed(unblockSent, 2), event: contact(2, proof), phase: pinlife.Pending,
		effects: []pinlife.Effect{told(pinlife.TextUnblocked, 0), pinlife.Decision{PIN: pinlife.PINNotGiven}}},
}

func TestRows(t *testing.T) {
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			before := r.from(t)
			got, effects := step(t, before, r.event)
			assert.Equal(t, r.phase, got.Phase())
			assert.Equal(t, r.effects, effects)
			if r.unchanged {
				before.HighestATC = got.HighestATC
				assert.Equal(t, before, got)
			} else {
				assert.NotEqual(t, before, got)
			}
		})
	}
}

// TestClaimMovesTheReference: after a claim the new PIN is compared with, and
// the old one no more; a claim that the chip does not confirm goes back.
func TestClaimMovesTheReference(t *testing.T) {
	s := claimed2(t)
	assert.Equal(t, pinlife.Generation(2), s.Reference())
	assert.Equal(t, []pinlife.Generation{1, 2}, s.Candidates())
	_, effects := step(t, s, contact(2, by(pinlife.Contactless), de52(1)))
	assert.Equal(t, pinlife.PINWrong, decided(t, effects).PIN)

	s, effects = step(t, s, contact(2, de52(1)))
	assert.Equal(t, accepted(true), decided(t, effects), "the evidence is settled before DE52 is judged")
	assert.Equal(t, pinlife.Generation(1), s.Reference())
}

// TestTapRaisesTheATC: a tap is not evidence, and older requests are refused
// after it.
func TestTapRaisesTheATC(t *testing.T) {
	s := after(t, sent2(t), contact(5, by(pinlife.Contactless)))
	assert.Equal(t, uint16(5), s.HighestATC)
	_, effects := step(t, s, contact(4, pinGood, proof))
	assert.Equal(t, pinlife.DeclineATCNotNew, decided(t, effects).Decline)
	assert.Equal(t, pinlife.Claimed, after(t, s, success(1)).Phase(), "a tap does not overtake an advice")
	assert.Equal(t, pinlife.Stable, after(t, s, contact(6, proof)).Phase())
}

// TestAttemptsCountForWhatIsPending: what a superseded generation failed at does
// not use up the attempts of the newest.
func TestAttemptsCountForWhatIsPending(t *testing.T) {
	once := under(func(p *pinlife.Policy) { p.AttemptsMax = 1 })
	s := after(t, sent2(t), pinlife.PINChanged{Generation: 3})
	s, effects := step(t, s, contact(2, pinGood, once))
	assert.Contains(t, effects, build3)
	s, effects = step(t, s, contact(3, pinGood, once))
	assert.Equal(t, pinlife.Held, s.Phase())
	assert.Equal(t, []pinlife.Effect{pinlife.Audit{Reason: pinlife.AuditAttemptsUsedUp}, told(pinlife.TextHeld, 3), accepted(false)}, effects)
	assert.Equal(t, []pinlife.Generation{1, 2, 3}, s.Candidates(), "held keeps the candidates")
}

// TestSentIsBounded: the change after SentMax unproven ones is acknowledged and
// does not go out.
func TestSentIsBounded(t *testing.T) {
	s := pinlife.Personalised()
	atc := uint16(0)
	for g := pinlife.Generation(2); g < 2+pinlife.SentMax; g++ {
		atc++
		s = after(t, s, pinlife.PINChanged{Generation: g}, contact(atc, pinGood))
		assert.Equal(t, pinlife.Sent, s.Phase())
	}
	atc++
	s, effects := step(t, s, contact(atc, pinGood))
	assert.True(t, decided(t, effects).Script, "what is among the candidates goes out again")
	atc++
	s, effects = step(t, s, pinlife.PINChanged{Generation: s.Next()}, contact(atc, pinGood))
	assert.Equal(t, []pinlife.Effect{accepted(false), pinlife.Audit{Reason: pinlife.AuditSentFull}, told(pinlife.TextHeld, s.Pending)}, effects)
	assert.Equal(t, pinlife.Held, s.Phase())
	assert.Len(t, s.Live(), pinlife.SentMax+2)
}
