package ivr

import "github.com/f510b0cf/till/issuer/channel/ivr/prompts"

// The keys of the menu.
const (
	keyCare     = '0'
	keyActivate = '1'
	keyCreate   = '2'
	keyUnlock   = '3'
	keyEnd      = '9'
)

// menu offers what there is to do.
func (s State) menu(first ...Effect) (State, []Effect) {
	s.Step, s.Digits = AtMenu, 0
	effects := append(first, Collect{})
	if !s.Card.Active {
		effects = append(effects, Say{prompts.MenuActivate})
	}
	if s.Card.HasPIN {
		effects = append(effects, Say{prompts.MenuUnlock})
	} else {
		effects = append(effects, Say{prompts.MenuCreate})
	}
	if s.Care {
		effects = append(effects, Say{prompts.MenuCare})
	}
	return s, append(effects, Say{prompts.MenuEnd})
}

// stepMenu is a step while a choice is waited for.
func (s State) stepMenu(e Event) (State, []Effect) {
	choice, ok := e.(Choice)
	if _, silence := e.(Silence); silence {
		return s.silent()
	}
	if !ok {
		return s, nil
	}
	if s.Choices++; s.Choices > ChoicesMax {
		return s.goodbye(TooOften, Say{prompts.TooOften})
	}
	switch choice.Key {
	case keyCare:
		s.Silent = 0
		return s.toCare()
	case keyActivate:
		return s.work(Activate)
	case keyCreate:
		if s.Card.HasPIN {
			return s.menu(Say{prompts.PINExists})
		}
		s.Step, s.Silent = AtPIN, 0
		return s.again()
	case keyUnlock:
		return s.work(Unlock)
	case keyEnd:
		return s.goodbye(Finished)
	}
	if s.Silent++; s.Silent == SilentMax {
		return s.goodbye(Unheard)
	}
	return s.menu(Say{prompts.NotOffered})
}

// work begins a task.
func (s State) work(t Task) (State, []Effect) {
	s.Step, s.Silent = Working, 0
	return s, []Effect{Do{t}}
}

// stepWorking is a step while a task is being done.
func (s State) stepWorking(e Event) (State, []Effect) {
	switch e := e.(type) {
	case Identified:
		if s.Identified {
			return s, nil
		}
		s.Identified, s.Card = true, e.Card
		return s.menu()
	case NotIdentified:
		if s.Identified {
			return s, nil
		}
		return s.notIdentified(e)
	case Done:
		if !s.Identified {
			return s, nil
		}
		s.Card = e.Card
		return s.done(e.Outcome)
	}
	return s, nil
}

// notIdentified lets the caller try again, or hands him to customer care.
func (s State) notIdentified(e NotIdentified) (State, []Effect) {
	if e.Broken {
		return s.goodbye(OutOfReach, Say{prompts.Broken})
	}
	if s.Failed++; s.Failed < TriesMax {
		return s.askCard(Say{prompts.NotIdentified})
	}
	if s.Care {
		return s.toCare(Say{prompts.NotIdentified})
	}
	return s.goodbye(Unknown, Say{prompts.NotIdentified})
}
