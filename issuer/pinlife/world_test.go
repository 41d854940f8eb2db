package pinlife_test

import (
	"fmt"
	"slices"

	"github.com/f510b0cf/till/issuer/pinlife"
)

// stepFunc is State.Step, or a mutant of it.
type stepFunc func(pinlife.State, pinlife.Event) (pinlife.State, []pinlife.Effect)

// rig is what stays the same on all paths.
type rig struct {
	policy pinlife.Policy
	step   stepFunc
	// afterKill returns what a host has on its disk that was killed right after
	// its answer went out.
	afterKill func(before, after pinlife.State) pinlife.State
}

func newRig(p pinlife.Policy) rig {
	return rig{
		policy:    p,
		step:      pinlife.State.Step,
		afterKill: func(_, after pinlife.State) pinlife.State { return after },
	}
}

// world is host, chip and what is between them, with what the checks remember.
type world struct {
	host pinlife.State
	chip chip
	late pinlife.Advice // one advice that is on its way; none where its ATC is 0

	wanted pinlife.Generation // what the holder was last told to be his PIN
	owed   bool               // an unblock was acknowledged, and no script reached the chip since
	sends  uint8              // since the last proof, change or retry
}

// run is one path: a world that events change, and the first thing that went
// wrong.
type run struct {
	rig
	world
	effects []pinlife.Effect // of the last step
	err     error
}

func (x *run) violate(format string, args ...any) {
	if x.err == nil {
		x.err = fmt.Errorf(format, args...)
	}
}

// tell has the host take a step that is no request.
func (x *run) tell(e pinlife.Event) {
	before := x.host
	x.host, x.effects = x.rig.step(x.host, e)
	if x.host.Proven != before.Proven {
		x.violate("I10: %T proves generation %d", e, x.host.Proven)
	}
}

// did reports whether the last step had an effect.
func (x *run) did(e pinlife.Effect) bool { return slices.Contains(x.effects, e) }

// setPIN has the holder create or change the PIN.
func (x *run) setPIN() {
	g := x.host.Next()
	if x.host.Phase() == pinlife.Unset {
		x.tell(pinlife.PINCreated{Generation: g})
	} else {
		x.tell(pinlife.PINChanged{Generation: g})
	}
	x.wanted, x.sends = g, 0
	if x.host.Pending != g {
		x.violate("change to generation %d was not taken", g)
	}
}

// setBack has the holder change the PIN to the digits of the reference.
func (x *run) setBack() {
	g := x.host.Next()
	x.tell(pinlife.PINChanged{Generation: g, EqualsReference: true})
	switch {
	case x.host.Pending == g:
		x.wanted, x.sends = g, 0
	case x.host.Newest == g:
		x.wanted, x.sends = x.host.Reference(), 0
	}
}

func (x *run) askUnblock() {
	x.tell(pinlife.UnblockAsked{})
	if x.did(pinlife.Notify{Text: pinlife.TextUnblockQueued}) {
		x.owed = true
	}
}

func (x *run) retry() {
	if x.host.Held {
		x.sends = 0
	}
	x.tell(pinlife.OperatorRetry{})
}

// lateAdvice has the delayed advice arrive, if there is one.
func (x *run) lateAdvice() {
	if x.late.ATC != 0 {
		x.tell(x.late)
		x.late = pinlife.Advice{}
	}
}

// tap is a contactless request. What its results say of scripts is unknown to
// this model: a chip may keep another record for that interface.
func (x *run) tap(count uint8) {
	x.chip.atc++
	x.request(pinlife.Request{Channel: pinlife.Contactless, ATC: x.chip.atc, ARQCValid: true, CVR: pinlife.CVR{ScriptCount: count}})
}

// replay is a captured request with a good PIN and good evidence.
func (x *run) replay() {
	x.request(pinlife.Request{
		Channel: pinlife.Contact, ATC: x.host.HighestATC, ARQCValid: true,
		CVR: pinlife.CVR{OfflinePINPerformed: true, ScriptCount: 1},
	})
}

func (x *run) order(pinBlock bool) {
	before := x.host
	x.request(pinlife.Request{Channel: pinlife.Order, PINBlock: pinBlock, Equals: x.host.Live()})
	if x.host != before {
		x.violate("an order touched the state")
	}
}

// request has the host decide, and returns what its answer carries.
func (x *run) request(r pinlife.Request) script {
	r.Policy, r.Active = x.policy, true
	before := x.host
	x.host, x.effects = x.rig.step(x.host, r)
	x.checkProof(before, r)
	s := x.carried(r)
	if !s.none() {
		x.checkScript(before, r)
	}
	return s
}

// carried returns the script among the effects, and checks the decision.
func (x *run) carried(r pinlife.Request) script {
	var s script
	decided := false
	for _, e := range x.effects {
		switch e := e.(type) {
		case pinlife.BuildScript:
			s = script{generation: e.Generation}
		case pinlife.BuildUnblock:
			s = script{unblock: true}
		case pinlife.Decision:
			decided = true
			if r.Channel == pinlife.Order && (e.PIN == pinlife.PINRefused) != r.PINBlock {
				x.violate("order with PIN block %v: PIN %v", r.PINBlock, e.PIN)
			}
		}
	}
	if !decided {
		x.violate("request without decision")
	}
	return s
}

// genuine reports whether a request is the chip's own and new, by contact.
func (x *run) genuine(before pinlife.State, r pinlife.Request) bool {
	return r.Channel == pinlife.Contact && r.ATC == x.chip.atc && r.ATC > before.HighestATC
}

// checkProof checks I10: what the host takes as proved, the chip has just said,
// and it is true.
func (x *run) checkProof(before pinlife.State, r pinlife.Request) {
	unblocked := x.did(pinlife.Notify{Text: pinlife.TextUnblocked})
	if x.host.Proven == before.Proven && !unblocked {
		return
	}
	x.sends = 0
	switch {
	case !x.genuine(before, r):
		x.violate("I10: proof by a request that is no new contact request")
	case x.chip.applied != before.Sent[before.SentCount-1].ATC:
		x.violate("I10: proof of a script that the chip did not apply")
	case !unblocked && x.chip.pin != x.host.Proven:
		x.violate("I10: generation %d proved, the chip has %d", x.host.Proven, x.chip.pin)
	}
}

func (x *run) checkScript(before pinlife.State, r pinlife.Request) {
	x.sends++
	switch {
	case !x.genuine(before, r):
		x.violate("script to a request that is no new contact request")
	case x.sends > x.policy.AttemptsMax:
		x.violate("sent %d times without proof", x.sends)
	case !x.did(pinlife.Decision{PIN: x.verdict().PIN, Decline: x.verdict().Decline, Script: true}):
		x.violate("script without the decision for it")
	}
}

// verdict returns the decision among the effects.
func (x *run) verdict() pinlife.Decision {
	for _, e := range x.effects {
		if d, ok := e.(pinlife.Decision); ok {
			return d
		}
	}
	return pinlife.Decision{}
}

// check checks what must hold between events.
func (x *run) check() error {
	switch {
	case x.err != nil:
		return x.err
	case !slices.Contains(x.host.Candidates(), x.chip.pin):
		return fmt.Errorf("I2: the chip has generation %d, which is no candidate", x.chip.pin)
	case x.host.Phase() == pinlife.Stable && x.host.Reference() != x.chip.pin:
		return fmt.Errorf("stable with generation %d, the chip has %d", x.host.Reference(), x.chip.pin)
	case x.wanted != pinlife.NoPIN && !slices.Contains(x.host.Live(), x.wanted):
		return fmt.Errorf("I4: generation %d is lost", x.wanted)
	}
	return x.host.Validate()
}
