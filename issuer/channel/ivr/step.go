package ivr

import "github.com/f510b0cf/till/issuer/channel/ivr/prompts"

// Next takes the dialogue through an event. An event that has no place where the
// dialogue stands changes nothing.
func (s State) Next(e Event) (State, []Effect) {
	if h, ok := e.(HungUp); ok {
		return s.end(h.Why)
	}
	switch s.Step {
	case NotBegun:
		if _, ok := e.(Began); ok {
			return s.askCard(Say{prompts.Welcome})
		}
	case AtCard, AtCode, AtPIN, AtPINAgain:
		return s.stepEntry(e)
	case AtMenu:
		return s.stepMenu(e)
	case Working:
		return s.stepWorking(e)
	case WithCare:
		return s.stepCare(e)
	}
	return s, nil
}

// stepEntry is a step while digits are entered.
func (s State) stepEntry(e Event) (State, []Effect) {
	switch e.(type) {
	case Digit:
		s.Digits++
		if s.Digits == s.Length() || s.Digits == cardDigitsMax {
			return s.complete()
		}
		return s, nil
	case Entered:
		return s.complete()
	case Cleared:
		return s.again()
	case Silence:
		if s.Step == AtCard && s.Digits >= cardDigitsMin {
			return s.complete()
		}
		return s.silent()
	case Help:
		if s.Step == AtCard && s.Digits == 0 {
			return s.toCare()
		}
	}
	return s, nil
}

// complete goes on with an entry that came to its end; one that is too short is to be
// entered again.
func (s State) complete() (State, []Effect) {
	least := s.Length()
	if s.Step == AtCard {
		least = cardDigitsMin
	}
	if s.Digits < least {
		return s.silent()
	}
	entry, _ := s.Entry()
	effects := []Effect{Keep{entry}}
	s.Digits, s.Silent = 0, 0
	switch s.Step {
	case AtCard:
		s.Step = AtCode
		return s, append(effects, Say{prompts.AskCode})
	case AtPIN:
		s.Step = AtPINAgain
		return s, append(effects, Say{prompts.AskRepeat})
	case AtCode:
		s.Step = Working
		return s, append(effects, Do{Identify})
	}
	s.Step = Working
	return s, append(effects, Do{CreatePIN})
}

// silent counts a time-out or a key of no use, and asks again.
func (s State) silent() (State, []Effect) {
	if s.Silent++; s.Silent == SilentMax {
		return s.goodbye(Unheard)
	}
	return s.again(Say{prompts.Silence})
}

// again asks once more for what is waited for.
func (s State) again(first ...Effect) (State, []Effect) {
	s.Digits = 0
	switch s.Step {
	case AtCode:
		return s, append(first, Collect{}, Say{prompts.AskCode})
	case AtPIN:
		return s, append(first, Collect{}, Say{prompts.AskPIN})
	case AtPINAgain:
		return s, append(first, Collect{}, Say{prompts.AskRepeat})
	case AtMenu:
		return s.menu(first...)
	}
	return s.askCard(first...)
}

// askCard asks for the card number.
func (s State) askCard(first ...Effect) (State, []Effect) {
	s.Step, s.Digits = AtCard, 0
	effects := append(first, Collect{}, Say{prompts.AskCard})
	if s.Care {
		effects = append(effects, Say{prompts.AskCardCare})
	}
	return s, effects
}

// goodbye ends the call after announcements.
func (s State) goodbye(why End, first ...Effect) (State, []Effect) {
	s, end := s.end(why)
	return s, append(append(first, Say{prompts.Goodbye}), end...)
}

// end ends the call.
func (s State) end(why End) (State, []Effect) {
	if s.Step == Over {
		return s, nil
	}
	s.Step, s.Digits = Over, 0
	return s, []Effect{Collect{}, HangUp{why}}
}
