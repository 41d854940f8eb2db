package pinlife_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/issuer/pinlife"
)

// after returns the state that events lead to, each state checked.
func after(t testing.TB, s pinlife.State, events ...pinlife.Event) pinlife.State {
	t.Helper()
	s, _ = step(t, s, events...)
	return s
}

// step returns the state that events lead to, and the effects of the last.
func step(t testing.TB, s pinlife.State, events ...pinlife.Event) (pinlife.State, []pinlife.Effect) {
	t.Helper()
	var effects []pinlife.Effect
	for _, e := range events {
		s, effects = s.Step(e)
		require.NoError(t, s.Validate())
	}
	return s, effects
}

// decided returns the decision among effects.
func decided(t testing.TB, effects []pinlife.Effect) pinlife.Decision {
	t.Helper()
	for _, e := range effects {
		if d, ok := e.(pinlife.Decision); ok {
			return d
		}
	}
	require.Fail(t, "no decision")
	return pinlife.Decision{}
}

// option changes a request.
type option func(*pinlife.Request)

// contact is a good contact request without a PIN, of a chip that has none
// blocked and nothing to tell, under the default policy.
func contact(atc uint16, options ...option) pinlife.Request {
	r := pinlife.Request{Policy: pinlife.DefaultPolicy(), Channel: pinlife.Contact, ATC: atc, ARQCValid: true, Active: true}
	for _, o := range options {
		o(&r)
	}
	return r
}

// pinGood: the chip verified the PIN.
func pinGood(r *pinlife.Request) { r.CVR.OfflinePINPerformed, r.TerminalClaimsPIN = true, true }

// pinBad: the chip found the PIN wrong.
func pinBad(r *pinlife.Request) { r.CVR.OfflinePINPerformed, r.CVR.OfflinePINFailed = true, true }

// blocked: the chip has no tries left, or no PIN.
func blocked(r *pinlife.Request) { r.CVR.TryLimitExceeded = true }

// scripts sets the evidence bits.
func scripts(count uint8, failed, lonc bool) option {
	return func(r *pinlife.Request) {
		r.CVR.ScriptCount, r.CVR.ScriptFailed, r.CVR.LastOnlineNotCompleted = count, failed, lonc
	}
}

// proof: the last script was applied, in the last transaction.
var proof = scripts(1, false, false)

// de52 is a PIN block that equals generations.
func de52(equals ...pinlife.Generation) option {
	return func(r *pinlife.Request) { r.PINBlock, r.Equals = true, equals }
}

// by sets the channel.
func by(c pinlife.Channel) option { return func(r *pinlife.Request) { r.Channel = c } }

// under changes the policy.
func under(change func(*pinlife.Policy)) option {
	return func(r *pinlife.Request) { change(&r.Policy) }
}

func immediate(p *pinlife.Policy)         { p.OnlinePINEffective = pinlife.Immediate }
func declined(r *pinlife.Request)         { r.Declined = true }
func inactive(r *pinlife.Request)         { r.Active = false }
func foreign(r *pinlife.Request)          { r.Foreign = true }
func badARQC(r *pinlife.Request)          { r.ARQCValid = false }
func noScriptOnDecline(p *pinlife.Policy) { p.DeliverOnDecline = false }

// success is an advice of a successful script, with the final cryptogram.
func success(atc uint16) pinlife.Advice {
	return pinlife.Advice{ATC: atc, Result: pinlife.Successful, FinalCryptogramValid: true}
}

// States on the way of a card that was personalised with a PIN.
func pending2(t testing.TB) pinlife.State {
	return after(t, pinlife.Personalised(), pinlife.PINChanged{Generation: 2})
}

// sent2 has generation 2 sent in the answer to ATC 1, with base 0.
func sent2(t testing.TB) pinlife.State { return after(t, pending2(t), contact(1, pinGood)) }

func claimed2(t testing.TB) pinlife.State { return after(t, sent2(t), success(1)) }

// held2 has all attempts at generation 2 used up.
func held2(t testing.TB) pinlife.State {
	s := pending2(t)
	for atc := range uint16(pinlife.DefaultPolicy().AttemptsMax + 1) {
		s = after(t, s, contact(atc+1, pinGood))
	}
	require.Equal(t, pinlife.Held, s.Phase())
	return s
}

func unsure(t testing.TB) pinlife.State { return after(t, sent2(t), pinlife.RestoredFromBackup{}) }

func closed(t testing.TB) pinlife.State { return after(t, sent2(t), pinlife.CardClosed{}) }
