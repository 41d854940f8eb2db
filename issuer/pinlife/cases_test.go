package pinlife_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/issuer/pinlife"
)

// The tests of this file are named after the cases of docs/pin-lifecycle.md,
// section 8. Host and modelled chip play them together; what the model checks on
// its paths is checked after each.

// story is a run in a test.
type story struct {
	*run
	t *testing.T
}

// tell starts a story under the default policy.
func tell(t *testing.T, start world) story {
	s := story{&run{rig: newRig(pinlife.DefaultPolicy()), world: start}, t}
	t.Cleanup(func() { require.NoError(t, s.check()) })
	return s
}

// inserted makes an insertion and expects what the decision is and what goes out.
func (s story) inserted(till terminal, e entry, f fate, v pinlife.PINVerdict, sent pinlife.Generation) {
	s.t.Helper()
	carried := s.insert(till, e, f)
	require.NoError(s.t, s.check())
	assert.Equal(s.t, v, s.verdict().PIN)
	assert.Equal(s.t, script{generation: sent}, carried)
}

// is expects a phase, and a generation on the chip.
func (s story) is(p pinlife.Phase, chip pinlife.Generation) {
	s.t.Helper()
	assert.Equal(s.t, p, s.host.Phase())
	assert.Equal(s.t, chip, s.chip.pin)
}

// changedPIN is the story of a card with a PIN whose holder changed it.
func changedPIN(t *testing.T) story {
	s := tell(t, withPIN)
	s.setPIN()
	s.is(pinlife.Pending, 1)
	return s
}

func TestCase01AnswerLost(t *testing.T) {
	s := changedPIN(t)
	s.inserted(checkout, rightPIN, answerOff, pinlife.PINAccepted, 2)
	s.is(pinlife.Sent, 1)
	s.inserted(checkout, rightPIN, completed, pinlife.PINAccepted, 2)
	s.is(pinlife.Sent, 2)
	s.inserted(checkout, newPIN, completed, pinlife.PINAccepted, pinlife.NoPIN)
	s.is(pinlife.Stable, 2)
}

func TestCase02PulledBeforeTheScript(t *testing.T) {
	s := changedPIN(t)
	s.inserted(checkout, rightPIN, pulled, pinlife.PINAccepted, 2)
	s.is(pinlife.Sent, 1)
	s.inserted(checkout, rightPIN, completed, pinlife.PINAccepted, 2)
	s.is(pinlife.Sent, 2)
}

func TestCase03PulledInTheWrite(t *testing.T) {
	t.Run("not written", func(t *testing.T) {
		s := changedPIN(t)
		s.inserted(checkout, rightPIN, pulled, pinlife.PINAccepted, 2)
		s.is(pinlife.Sent, 1)
		assert.NoError(t, s.progress())
	})
	t.Run("written", func(t *testing.T) {
		s := changedPIN(t)
		s.inserted(checkout, rightPIN, torn, pinlife.PINAccepted, 2)
		s.is(pinlife.Sent, 2)
		s.inserted(checkout, newPIN, completed, pinlife.PINAccepted, pinlife.NoPIN)
		s.is(pinlife.Stable, 2)
	})
}

func TestCase04StatusWordLost(t *testing.T) {
	s := changedPIN(t)
	s.inserted(checkout, rightPIN, fate{script: applied, report: pinlife.NotPerformed}, pinlife.PINAccepted, 2)
	s.is(pinlife.Sent, 2)
	s.inserted(checkout, newPIN, completed, pinlife.PINAccepted, pinlife.NoPIN)
	s.is(pinlife.Stable, 2)
}

func TestCase05AdviceLost(t *testing.T) {
	s := changedPIN(t)
	s.inserted(checkout, rightPIN, completed, pinlife.PINAccepted, 2)
	s.is(pinlife.Sent, 2)
	s.inserted(offlineTill, newPIN, completed, pinlife.PINAccepted, pinlife.NoPIN)
	s.is(pinlife.Stable, 2)
}

func TestCase06AdviceSuccessChipFailed(t *testing.T) {
	s := changedPIN(t)
	s.inserted(checkout, rightPIN, fate{script: refused, report: pinlife.Successful}, pinlife.PINAccepted, 2)
	s.is(pinlife.Claimed, 1)
	assert.Equal(t, pinlife.Generation(2), s.host.Reference())
	s.inserted(cashMachine, rightPIN, answerOff, pinlife.PINAccepted, 2)
	assert.Contains(t, s.effects, pinlife.Audit{Reason: pinlife.AuditClaimRefuted})
	assert.Equal(t, pinlife.Generation(1), s.host.Reference())
	s.is(pinlife.Sent, 1)
}

func TestCase08ChangesWhileOneIsSent(t *testing.T) {
	s := changedPIN(t)
	s.inserted(checkout, rightPIN, completed, pinlife.PINAccepted, 2)
	s.setPIN()
	s.setPIN()
	assert.Equal(t, []pinlife.Effect{pinlife.Erase{Generation: 3}, told(pinlife.TextPending, 4)}, s.effects, "3 was never sent, 2 was")
	s.inserted(checkout, rightPIN, completed, pinlife.PINAccepted, 4)
	assert.Equal(t, pinlife.Generation(2), s.host.Proven)
	s.inserted(checkout, newPIN, completed, pinlife.PINAccepted, pinlife.NoPIN)
	s.is(pinlife.Stable, 4)
}

func TestCase09ChangedBetweenRequestAndAnswer(t *testing.T) {
	s := changedPIN(t)
	s.inserted(checkout, rightPIN, fate{script: applied, changed: true, silent: true}, pinlife.PINAccepted, 2)
	s.is(pinlife.Sent, 2)
	s.inserted(checkout, rightPIN, completed, pinlife.PINAccepted, 3)
	s.inserted(checkout, newPIN, completed, pinlife.PINAccepted, pinlife.NoPIN)
	s.is(pinlife.Stable, 3)
}

func TestCase12OutOfOrder(t *testing.T) {
	s := after(t, sent2(t), contact(3, pinGood, proof))
	got, effects := step(t, s, contact(2, pinGood, proof))
	assert.Equal(t, s, got)
	assert.Equal(t, pinlife.DeclineATCNotNew, decided(t, effects).Decline)
}

func TestCase13AdviceAfterProof(t *testing.T) {
	s := changedPIN(t)
	s.inserted(checkout, rightPIN, fate{script: applied, report: pinlife.Successful, late: true}, pinlife.PINAccepted, 2)
	s.setPIN()
	s.inserted(checkout, rightPIN, completed, pinlife.PINAccepted, 3)
	before := s.host
	s.lateAdvice()
	assert.Equal(t, before, s.host)
	assert.Empty(t, s.effects)
}

func TestCase14RestoredImage(t *testing.T) {
	s := changedPIN(t)
	image := s.chip
	s.inserted(checkout, rightPIN, completed, pinlife.PINAccepted, 2)
	s.inserted(checkout, newPIN, completed, pinlife.PINAccepted, pinlife.NoPIN)
	found := after(t, s.host, pinlife.PINChanged{Generation: 3})
	found, effects := step(t, found, contact(image.atc+1, pinGood))
	assert.Equal(t, []pinlife.Effect{
		pinlife.Audit{Reason: pinlife.AuditATCNotNew},
		pinlife.Decision{Decline: pinlife.DeclineATCNotNew},
	}, effects)
	found, effects = step(t, found, pinlife.CardClosed{})
	assert.Equal(t, pinlife.Closed, found.Phase())
	assert.Equal(t, []pinlife.Effect{pinlife.Erase{Generation: 3}}, effects)
}

func TestCase15UnblockInADeclinedAnswer(t *testing.T) {
	s := tell(t, withPIN)
	for range triesMax {
		s.inserted(checkout, wrongPIN, completed, pinlife.PINWrongOffline, pinlife.NoPIN)
	}
	assert.Zero(t, s.chip.tries)
	s.askUnblock()
	carried := s.insert(checkout, wrongPIN, completed)
	assert.Equal(t, script{unblock: true}, carried)
	assert.Equal(t, declinedBy(pinlife.PINWrong, true), s.verdict())
	assert.Equal(t, uint8(triesMax), s.chip.tries)
	s.inserted(checkout, rightPIN, completed, pinlife.PINAccepted, pinlife.NoPIN)
	assert.Contains(t, s.effects, told(pinlife.TextUnblocked, pinlife.NoPIN))
}

func TestCase18CardKnowsNoScript(t *testing.T) {
	s := changedPIN(t)
	for range s.policy.AttemptsMax {
		s.inserted(checkout, rightPIN, fate{script: unknown, report: pinlife.Failed}, pinlife.PINAccepted, 2)
		s.is(pinlife.Sent, 1)
	}
	s.inserted(checkout, rightPIN, completed, pinlife.PINAccepted, pinlife.NoPIN)
	s.is(pinlife.Held, 1)
	assert.Equal(t, pinlife.Generation(1), s.host.Reference(), "the old PIN stays valid")
}

func TestCase19Wedge(t *testing.T) {
	wedged := contact(1, func(r *pinlife.Request) { r.TerminalClaimsPIN = true })
	for name, from := range map[string]func(testing.TB) pinlife.State{"pending": pending2, "unblock asked": unblockAsked, "stable": stable} {
		t.Run(name, func(t *testing.T) {
			s, effects := step(t, from(t), wedged)
			assert.Equal(t, []pinlife.Effect{pinlife.Audit{Reason: pinlife.AuditWedge}, pinlife.Decision{Decline: pinlife.DeclineWedge}}, effects)
			assert.Equal(t, from(t).Phase(), s.Phase())
		})
	}
}

func TestCase20TapOrderAndStandInWhilePending(t *testing.T) {
	s := changedPIN(t)
	for range 3 {
		s.tap(1)
		s.order(false)
		s.order(true)
		s.tell(pinlife.Advice{ATC: s.chip.atc + 1}) // what a stand-in reports
	}
	s.is(pinlife.Pending, 1)
	s.inserted(checkout, rightPIN, completed, pinlife.PINAccepted, 2)
}

func TestCase21StaleEvidence(t *testing.T) {
	s := changedPIN(t)
	s.inserted(checkout, rightPIN, completed, pinlife.PINAccepted, 2)
	s.setPIN()
	s.inserted(checkout, rightPIN, answerOff, pinlife.PINAccepted, 3)
	assert.Equal(t, pinlife.Generation(2), s.host.Proven)
	assert.Equal(t, uint8(1), s.host.Sent[0].Base)
	s.inserted(checkout, rightPIN, completed, pinlife.PINAccepted, 3)
	assert.Equal(t, pinlife.Generation(2), s.host.Proven, "the count is still that of generation 2")
	s.is(pinlife.Sent, 3)
	s.inserted(checkout, newPIN, completed, pinlife.PINAccepted, pinlife.NoPIN)
	s.is(pinlife.Stable, 3)
}

func TestCase23CashMachine(t *testing.T) {
	t.Run("on_commit", func(t *testing.T) {
		s := changedPIN(t)
		s.inserted(cashMachine, newPIN, completed, pinlife.PINNotYet, pinlife.NoPIN)
		s.inserted(cashMachine, rightPIN, completed, pinlife.PINAccepted, 2)
		s.inserted(cashMachine, newPIN, completed, pinlife.PINAccepted, pinlife.NoPIN)
		s.is(pinlife.Stable, 2)
	})
	t.Run("immediate", func(t *testing.T) {
		s := changedPIN(t)
		s.policy.OnlinePINEffective = pinlife.Immediate
		s.inserted(cashMachine, newPIN, completed, pinlife.PINAccepted, 2)
		s.inserted(cashMachine, newPIN, completed, pinlife.PINAccepted, pinlife.NoPIN)
		s.is(pinlife.Stable, 2)
	})
}

func TestCase26CreateInsertChangeInsert(t *testing.T) {
	s := tell(t, newCard)
	s.setPIN()
	s.inserted(checkout, rightPIN, completed, pinlife.PINAccepted, 1)
	s.is(pinlife.Sent, 1)
	s.setPIN()
	s.inserted(checkout, rightPIN, completed, pinlife.PINAccepted, 2)
	s.is(pinlife.Sent, 2)
	s.inserted(checkout, newPIN, completed, pinlife.PINAccepted, pinlife.NoPIN)
	s.is(pinlife.Stable, 2)
}

func TestCase27ForgottenOldPIN(t *testing.T) {
	s := changedPIN(t)
	for range triesMax {
		s.inserted(checkout, wrongPIN, completed, pinlife.PINWrongOffline, pinlife.NoPIN)
	}
	s.inserted(checkout, newPIN, completed, pinlife.PINNotYet, 2)
	assert.Equal(t, pinlife.DeclinePIN, s.verdict().Decline)
	s.inserted(checkout, newPIN, completed, pinlife.PINAccepted, pinlife.NoPIN)
	s.is(pinlife.Stable, 2)
}

func TestCase28AttemptsUsedUpAndRetry(t *testing.T) {
	s := changedPIN(t)
	for range s.policy.AttemptsMax {
		s.inserted(checkout, rightPIN, answerOff, pinlife.PINAccepted, 2)
	}
	s.inserted(checkout, rightPIN, completed, pinlife.PINAccepted, pinlife.NoPIN)
	s.is(pinlife.Held, 1)
	s.retry()
	s.is(pinlife.Pending, 1)
	s.inserted(checkout, rightPIN, completed, pinlife.PINAccepted, 2)
	s.inserted(checkout, newPIN, completed, pinlife.PINAccepted, pinlife.NoPIN)
	s.is(pinlife.Stable, 2)
}

func TestCase30RestoredBackupWhileSent(t *testing.T) {
	s := changedPIN(t)
	s.inserted(checkout, rightPIN, completed, pinlife.PINAccepted, 2)
	backup := s.host
	s.setPIN() // generation 3, which the backup does not know
	s.inserted(checkout, rightPIN, completed, pinlife.PINAccepted, 3)
	s.inserted(checkout, newPIN, answerOff, pinlife.PINAccepted, pinlife.NoPIN)

	restored, effects := step(t, backup, pinlife.RestoredFromBackup{})
	assert.Equal(t, []pinlife.Effect{pinlife.Audit{Reason: pinlife.AuditRestored}, told(pinlife.TextSetAgain, pinlife.NoPIN)}, effects)
	s.host, s.wanted = restored, pinlife.NoPIN
	carried := s.insert(checkout, rightPIN, completed)
	assert.True(t, carried.none())
	assert.Equal(t, pinlife.Unsure, s.host.Phase(), "the count that the chip shows is no proof of generation 2")

	again := s.host.Next()
	s.tell(pinlife.PINCreated{Generation: again})
	carried = s.insert(checkout, rightPIN, completed)
	assert.Equal(t, script{generation: again}, carried, "the chip's own word opens the gate")
	s.wanted = again
	s.inserted(checkout, newPIN, completed, pinlife.PINAccepted, pinlife.NoPIN)
	s.is(pinlife.Stable, again)
}
