package card

import (
	"errors"

	"github.com/f510b0cf/till/emv/apdu"
	"github.com/f510b0cf/till/emv/image"
	"github.com/f510b0cf/till/emv/script"
)

// scripts is what a transaction keeps of its script commands.
type scripts struct {
	settled bool // the evidence of earlier transactions was cleared
	pin     bool // a PIN CHANGE/UNBLOCK was applied
	refused int
}

// scriptRefusalsMax is how many script commands that are not in order a
// transaction may bring, so that nobody can try many MACs on one cryptogram.
const scriptRefusalsMax = 3

// effect is what a script command does once it was found right.
type effect struct {
	change    func(*applicationState)
	blockCard bool
	pin       bool // it is PIN CHANGE/UNBLOCK
}

// opening checks a script command, its MAC included, and returns what it does, or
// why it is refused.
type opening func(s *session, c apdu.Command, secure script.Session) (effect, error)

// scriptCommand makes a handler of an opening. A script command is taken after
// successful issuer authentication alone: behind the second GENERATE AC (template
// 72), or before it (template 71) once EXTERNAL AUTHENTICATE has succeeded. One
// that comes in another phase, as the second PIN CHANGE/UNBLOCK of its transaction
// or as one too many is answered 6985 and leaves no evidence, since nobody has
// shown that the issuer made it and the evidence of what was applied must stand.
// EMV Book 3, 10.10.
func scriptCommand(open opening) handler {
	return func(s *session, c apdu.Command) ([]byte, apdu.SW) {
		if s.application().Script == image.NoScripts {
			return nil, apdu.SWInstructionUnknown
		}
		t := &s.transaction
		unproven := s.unblocksUnproven(c)
		if t.authentication.result != successful && !unproven || t.scripts.refused == scriptRefusalsMax {
			return nil, apdu.SWConditionsNotSatisfied
		}
		if c.INS == apdu.INSPINChange && t.scripts.pin {
			return nil, apdu.SWConditionsNotSatisfied
		}
		a := s.application()
		secure := script.NewSession(a.style, a.Keys, script.Context{ATC: t.input.ATC, AC: t.first})
		e, err := open(s, c, secure)
		var refusal *script.Refusal
		switch {
		case errors.As(err, &refusal):
			return nil, s.refuseScript(refusal.SW, unproven)
		case err != nil:
			return nil, apdu.SWExecutionError
		}
		return nil, s.applyScript(e, unproven)
	}
}

// unblocksUnproven reports whether a command is APPLICATION UNBLOCK behind the
// AAC of a blocked application. There is no ARQC that an issuer could have
// answered, so its MAC, over that AAC, is all the proof; such a command tells
// nothing of what scripts have come to and leaves the evidence alone.
func (s *session) unblocksUnproven(c apdu.Command) bool {
	return c.INS == apdu.INSApplicationUnblock && s.phase == phaseFinished && s.transaction.authentication.result == notPerformed && s.remembered().has(applicationBlocked)
}

// refuseScript counts a script command that is not in order and answers sw. Behind
// an applied PIN CHANGE/UNBLOCK it is not shown, so that nobody takes that for
// failed.
func (s *session) refuseScript(sw apdu.SW, unproven bool) apdu.SW {
	if !unproven && !s.transaction.scripts.pin {
		memory := s.countScript(effect{change: func(a *applicationState) { a.raise(scriptFailed) }})
		if memory != apdu.SWSuccess {
			return memory
		}
	}
	s.transaction.scripts.refused++
	return sw
}

// applyScript commits what a script command does, together with its evidence.
func (s *session) applyScript(e effect, unproven bool) apdu.SW {
	if unproven {
		return s.update(WriteScript, e.change)
	}
	change := e.change
	e.change = func(a *applicationState) {
		a.countApplied()
		if e.pin {
			a.flags &^= scriptFailed
		}
		change(a)
	}
	sw := s.countScript(e)
	if sw == apdu.SWSuccess && e.pin {
		s.transaction.scripts.pin = true
	}
	return sw
}

// countScript commits a script command with all that it changes. The first one
// of a transaction settles what earlier transactions have left, unless the
// second GENERATE AC has.
func (s *session) countScript(e effect) apdu.SW {
	settled := s.transaction.scripts.settled || s.phase == phaseFinished
	sw := s.updateCard(WriteScript, func(next *state) {
		a := &next.applications[s.selected]
		if !settled {
			a.settle()
		}
		a.scriptCount = min(a.scriptCount+1, scriptCountMax)
		e.change(a)
		next.blocked = next.blocked || e.blockCard
	})
	if sw == apdu.SWSuccess {
		s.transaction.scripts.settled = true
	}
	return sw
}
