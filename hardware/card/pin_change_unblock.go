package card

import (
	"errors"

	"github.com/f510b0cf/till/emv/apdu"
	"github.com/f510b0cf/till/emv/script"
)

// scripts is what a transaction keeps of its script commands.
type scripts struct {
	settled bool // the evidence of earlier transactions was cleared
	applied bool
	refused int
}

// scriptRefusalsMax is how many script commands that are not in order a
// transaction may bring, so that nobody can try many MACs on one cryptogram.
const scriptRefusalsMax = 3

// pinChangeUnblock is PIN CHANGE/UNBLOCK, once in a transaction. It is taken
// after successful issuer authentication alone: behind the second GENERATE AC
// (template 72), or before it (template 71) once EXTERNAL AUTHENTICATE has
// succeeded. PIN, try counter and evidence change in one commit. A command that
// is refused for its phase, as the second of its transaction or as one too many
// leaves no evidence, since nobody has shown that the issuer made it and the
// evidence of what was applied must stand. EMV Book 3, 6.5.10 and 10.10.
func (s *session) pinChangeUnblock(c apdu.Command) ([]byte, apdu.SW) {
	t := &s.transaction
	if t.authentication.result != successful || t.scripts.applied || t.scripts.refused == scriptRefusalsMax {
		return nil, apdu.SWConditionsNotSatisfied
	}
	change, sw := s.openPINChange(c)
	if sw != apdu.SWSuccess {
		return nil, s.refuseScript(sw)
	}
	if sw := s.countScript(true, change); sw != apdu.SWSuccess {
		return nil, sw
	}
	t.scripts.applied = true
	return nil, apdu.SWSuccess
}

// openPINChange checks a command and returns what it does to PIN and try
// counter, or the status word by which it is refused. A PIN that was never set
// is not unblocked.
func (s *session) openPINChange(c apdu.Command) (change func(*applicationState), sw apdu.SW) {
	a := s.application()
	session := script.NewSession(a.style, a.Keys, script.Context{ATC: s.transaction.input.ATC, AC: s.transaction.arqc})
	current := s.remembered().pin
	newPIN, err := session.OpenPINChange(c, current)
	var refusal *script.Refusal
	switch {
	case errors.As(err, &refusal):
		return nil, refusal.SW
	case err != nil:
		return nil, apdu.SWExecutionError
	case newPIN.IsZero() && current.IsZero():
		return nil, apdu.SWConditionsNotSatisfied
	case newPIN.IsZero():
		newPIN = current
	}
	return func(state *applicationState) { state.pin, state.triesLeft = newPIN, a.PINTryLimit }, apdu.SWSuccess
}

// refuseScript counts a script command that is not in order and answers sw.
func (s *session) refuseScript(sw apdu.SW) apdu.SW {
	if memory := s.countScript(false, func(*applicationState) {}); memory != apdu.SWSuccess {
		return memory
	}
	s.transaction.scripts.refused++
	return sw
}

// countScript commits a script command with all that it changes. The first one
// of a transaction settles what earlier transactions have left, unless the
// second GENERATE AC has.
func (s *session) countScript(applied bool, change func(*applicationState)) apdu.SW {
	settled := s.transaction.scripts.settled || s.phase == phaseFinished
	sw := s.update(func(a *applicationState) {
		if !settled {
			a.settle()
		}
		a.countScript(applied)
		change(a)
	})
	if sw == apdu.SWSuccess {
		s.transaction.scripts.settled = true
	}
	return sw
}
