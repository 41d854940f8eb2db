package sim

import (
	"time"

	"github.com/f510b0cf/till/bench/plan"
	"github.com/f510b0cf/till/hardware/card"
	"github.com/f510b0cf/till/hardware/fault"
)

// family is a kind of fault at one place after the other.
type family func(n int) plan.Fault

// slowness is longer than an answer is awaited.
const slowness = 30 * time.Second

// families returns all kinds of faults.
func families() (all []family) {
	for _, f := range []fault.Fault{
		{Action: fault.PullBefore}, {Action: fault.PullAfter}, {Action: fault.MuteBefore}, {Action: fault.MuteAfter},
		{Action: fault.Delay, Delay: slowness}, {Action: fault.Status, Bytes: []byte{0x6F, 0x00}}, {Action: fault.Swallow, Bytes: []byte{0x90, 0x00}},
		{Action: fault.AlterResponse, Bytes: []byte{0x01}}, {Action: fault.AlterCommand, Bytes: []byte{0x10}, Offset: 6},
	} {
		all = append(all, func(n int) plan.Fault {
			f.Point = fault.Point{Number: n}
			return plan.Fault{Kind: plan.CardFault, Card: f}
		})
	}
	for _, f := range []fault.Fault{ // of a script: P2 of unblock, P2 of a change with the current PIN, the MAC
		{Bytes: []byte{0x02}, Offset: 3}, {Bytes: []byte{0x03}, Offset: 3}, {Bytes: []byte{0x01}, Offset: 26},
	} {
		f.Action = fault.AlterCommand
		all = append(all, func(n int) plan.Fault {
			f.Point = fault.Point{Name: "PIN_CHANGE/UNBLOCK", Number: n}
			return plan.Fault{Kind: plan.CardFault, Card: f}
		})
	}
	for _, w := range card.Writes() {
		for _, m := range card.Moments() {
			all = append(all, numberedFamily(plan.Fault{Kind: plan.CardCut, Point: card.Point{Write: w, Moment: m}}))
		}
	}
	for _, a := range plan.Actions() {
		f := plan.Fault{Kind: plan.Line, Action: a, Message: plan.AnyMessage}
		switch a {
		case plan.Cut:
			f.Bytes = 30
		case plan.Downgrade:
			f.Message = "answer"
		}
		all = append(all, numberedFamily(f))
	}
	all = append(all, numberedFamily(plan.Fault{Kind: plan.Line, Action: plan.Lose, Message: plan.AnyMessage, Stay: true}))
	for _, f := range []plan.Fault{
		{Kind: plan.KillHost}, {Kind: plan.KillHost, After: true}, {Kind: plan.HostFull}, {Kind: plan.HostSlow, Delay: slowness},
		{Kind: plan.KillTerminal}, {Kind: plan.KillTerminal, After: true}, {Kind: plan.TerminalFull},
	} {
		all = append(all, numberedFamily(f))
	}
	return all
}

func numberedFamily(f plan.Fault) family {
	return func(n int) plan.Fault {
		f.Number = n
		return f
	}
}
