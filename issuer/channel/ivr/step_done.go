package ivr

import (
	"slices"

	"github.com/f510b0cf/till/issuer/channel/ivr/prompts"
)

// outcomePrompts is what the caller is told before the menu.
var outcomePrompts = map[Outcome][]Effect{
	OutOfOrder:  {Say{prompts.Broken}},
	CardActive:  {Say{prompts.Activated}},
	PINCreated:  {Say{prompts.PINCreated}, Say{prompts.PINCreatedNext}},
	UnlockAsked: {Say{prompts.Unlocked}},
	PINExists:   {Say{prompts.PINExists}},
	NoPIN:       {Say{prompts.NoPIN}},
	NotUsable:   {Say{prompts.NotUsable}},
}

// done goes on after a task for the card.
func (s State) done(o Outcome) (State, []Effect) {
	switch o {
	case Mismatch:
		return s.pinAgain(prompts.Mismatch)
	case WeakPIN:
		return s.pinAgain(prompts.WeakPIN)
	}
	return s.menu(slices.Clone(outcomePrompts[o])...)
}

// pinAgain lets the caller choose another PIN.
func (s State) pinAgain(why prompts.Prompt) (State, []Effect) {
	if s.PINTries++; s.PINTries == TriesMax {
		return s.goodbye(TooOften, Say{why}, Say{prompts.TooOften})
	}
	s.Step = AtPIN
	return s.again(Say{why})
}

// toCare puts the call into the queue of customer care.
func (s State) toCare(first ...Effect) (State, []Effect) {
	if !s.Care {
		return s.again(append(first, Say{prompts.CareClosed})...)
	}
	s.Step, s.Digits = WithCare, 0
	return s, append(first, Collect{}, Do{CallCare}, Say{prompts.Hold})
}

// stepCare is a step while an agent has the call.
func (s State) stepCare(e Event) (State, []Effect) {
	switch e := e.(type) {
	case HandedBack:
		s.Identified, s.Card = true, e.Card
		return s.menu(Say{prompts.CareDone})
	case Dismissed:
		return s.goodbye(Unknown, Say{prompts.NotIdentified})
	case Silence:
		return s.goodbye(Unattended, Say{prompts.CareClosed})
	}
	return s, nil
}
