package pinlife_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/issuer/pinlife"
)

// mutant is a machine with one seeded mistake.
type mutant struct {
	name      string
	step      stepFunc
	afterKill func(before, after pinlife.State) pinlife.State
	found     string // what the model must find
}

// onRequest is the real machine, but for what bend does to a request before it
// and mend to the state after it. Either may be nil.
func onRequest(bend func(pinlife.State, pinlife.Request) (pinlife.State, pinlife.Request), mend func(before, after pinlife.State) pinlife.State) stepFunc {
	return func(s pinlife.State, e pinlife.Event) (pinlife.State, []pinlife.Effect) {
		r, ok := e.(pinlife.Request)
		if !ok {
			return s.Step(e)
		}
		if bend != nil {
			s, r = bend(s, r)
		}
		after, effects := s.Step(r)
		if mend != nil {
			after = mend(s, after)
		}
		return after, effects
	}
}

// on is the real machine, but for what mend does to the state after events of
// one type.
func on[E pinlife.Event](mend func(before, after pinlife.State) pinlife.State) stepFunc {
	return func(s pinlife.State, e pinlife.Event) (pinlife.State, []pinlife.Effect) {
		after, effects := s.Step(e)
		if _, ok := e.(E); ok {
			after = mend(s, after)
		}
		return after, effects
	}
}

// forgetSent drops all sent items.
func forgetSent(s pinlife.State) pinlife.State {
	s.Sent, s.SentCount, s.Open, s.Claimed = [pinlife.SentMax]pinlife.Item{}, 0, false, false
	return s
}

// keepLast drops all sent items but the last.
func keepLast(s pinlife.State) pinlife.State {
	last := s.Sent[s.SentCount-1]
	s.Sent, s.SentCount = [pinlife.SentMax]pinlife.Item{last}, 1
	return s
}

// missed reports that a request closed an item without proof.
func missed(before, after pinlife.State) bool {
	return before.Open && before.Sent[0].Generation != pinlife.NoPIN && after.Proven == before.Proven &&
		after.HighestATC != before.HighestATC
}

// takeAsProved makes the last item's generation the proven one.
func takeAsProved(s pinlife.State) pinlife.State {
	s.Proven = s.Sent[s.SentCount-1].Generation
	if s.Pending == s.Proven {
		s.Pending = pinlife.NoPIN
	}
	return forgetSent(s)
}

var mutants = []mutant{
	{
		name: "a count is a proof, whatever the base and the last transaction",
		step: onRequest(func(s pinlife.State, r pinlife.Request) (pinlife.State, pinlife.Request) {
			r.CVR.LastOnlineNotCompleted = r.CVR.LastOnlineNotCompleted && r.CVR.ScriptFailed
			return s, r
		}, nil),
		found: "I10: proof of a script",
	},
	{
		name: "every base is 0",
		step: onRequest(nil, func(_, after pinlife.State) pinlife.State {
			for i := range after.Sent {
				after.Sent[i].Base = 0
			}
			return after
		}),
		found: "I10: proof of a script",
	},
	{
		name: "a failed script is taken as applied",
		step: onRequest(func(s pinlife.State, r pinlife.Request) (pinlife.State, pinlife.Request) {
			r.CVR.ScriptFailed = false
			return s, r
		}, nil),
		found: "I10: proof of a script",
	},
	{
		name:      "the commit comes after the sending",
		step:      pinlife.State.Step,
		afterKill: func(before, _ pinlife.State) pinlife.State { return before },
		found:     "I2",
	},
	{
		name: "a reversal says not applied",
		step: on[pinlife.Reversal](func(_, after pinlife.State) pinlife.State {
			if after.Open {
				after = forgetSent(after)
			}
			return after
		}),
		found: "I2",
	},
	{
		name: "an advice of a failed script says not applied",
		step: func(s pinlife.State, e pinlife.Event) (pinlife.State, []pinlife.Effect) {
			after, effects := s.Step(e)
			if a, ok := e.(pinlife.Advice); ok && a.Result == pinlife.Failed && after.Open {
				after = forgetSent(after)
			}
			return after, effects
		},
		found: "I2",
	},
	{
		name:  "a change erases the candidates",
		step:  on[pinlife.PINChanged](func(_, after pinlife.State) pinlife.State { return forgetSent(after) }),
		found: "I2",
	},
	{
		name: "evidence of not applied erases the candidate",
		step: onRequest(nil, func(before, after pinlife.State) pinlife.State {
			switch {
			case !missed(before, after):
				return after
			case after.Open:
				return keepLast(after)
			default:
				return forgetSent(after)
			}
		}),
		found: "I2",
	},
	{
		name: "a tap gives evidence",
		step: onRequest(func(s pinlife.State, r pinlife.Request) (pinlife.State, pinlife.Request) {
			if r.Channel == pinlife.Contactless {
				settled := pinlife.Request{Policy: r.Policy, ATC: r.ATC, ARQCValid: true, CVR: r.CVR}
				s, _ = s.Step(settled) // of a card that is not active: nothing goes out
				s.HighestATC--
			}
			return s, r
		}, nil),
		found: "I10: proof by a request",
	},
	{
		name: "a replayed request gives evidence",
		step: onRequest(func(s pinlife.State, r pinlife.Request) (pinlife.State, pinlife.Request) {
			if r.ATC != 0 && r.ATC == s.HighestATC {
				s.HighestATC--
			}
			return s, r
		}, nil),
		found: "no new contact request",
	},
	{
		name: "an advice of success is a proof",
		step: func(s pinlife.State, e pinlife.Event) (pinlife.State, []pinlife.Effect) {
			after, effects := s.Step(e)
			if after.Claimed {
				after = takeAsProved(after)
			}
			return after, effects
		},
		found: "I10: pinlife.Advice proves",
	},
	{
		name: "the reference stays with a refuted claim",
		step: onRequest(func(s pinlife.State, r pinlife.Request) (pinlife.State, pinlife.Request) {
			if s.Claimed && r.ATC > s.HighestATC && r.Channel == pinlife.Contact {
				s = takeAsProved(s)
			}
			return s, r
		}, nil),
		found: "I10",
	},
	{
		name: "a proof drops the newer change",
		step: onRequest(nil, func(before, after pinlife.State) pinlife.State {
			if after.Proven != before.Proven && !after.Open {
				after.Pending = pinlife.NoPIN
			}
			return after
		}),
		found: "I4",
	},
	{
		name: "what was not applied is not sent again",
		step: onRequest(nil, func(before, after pinlife.State) pinlife.State {
			if missed(before, after) {
				after.Pending, after.Unsure = pinlife.NoPIN, true
			}
			return after
		}),
		found: "I13",
	},
	{
		name: "attempts are not counted",
		step: onRequest(nil, func(_, after pinlife.State) pinlife.State {
			after.Attempts, after.Held = 0, false
			return after
		}),
		found: "times without proof",
	},
	{
		name: "a lost unblock is forgotten",
		step: onRequest(nil, func(before, after pinlife.State) pinlife.State {
			if before.Open && before.Sent[0].Generation == pinlife.NoPIN && !after.Open {
				after.Unblock, after.Held = false, false
			}
			return after
		}),
		found: "I6: the unblock",
	},
	{
		name: "only the item sent last is a candidate",
		step: onRequest(nil, func(_, after pinlife.State) pinlife.State {
			if after.SentCount > 1 {
				after = keepLast(after)
			}
			return after
		}),
		found: "I2",
	},
}

// mutantDepth is deep enough for each mutant.
const mutantDepth = 6

func TestModelFindsMutants(t *testing.T) {
	for _, m := range mutants {
		t.Run(m.name, func(t *testing.T) {
			t.Parallel()
			r := newRig(modelPolicy(pinlife.OnCommit, pinlife.Template72))
			r.step = m.step
			if m.afterKill != nil {
				r.afterKill = m.afterKill
			}
			_, err := newWalk(r, withPIN).paths(mutantDepth)
			require.Error(t, err)
			require.ErrorContains(t, err, m.found)
			t.Log(err)
		})
	}
}
