package pinlife

// step has the stored answer sent again; a repeat is no new event.
func (Repeat) step(s State) (State, []Effect) { return s, []Effect{ResendStored{}} }

// step changes nothing: the chip may hold the PIN though the payment is undone.
func (Reversal) step(s State) (State, []Effect) { return s, nil }

// step changes nothing: silence proves nothing.
func (TimeOut) step(s State) (State, []Effect) { return s, nil }

// step takes a reported success as a claim, of the item that it is about and
// while the chip has not spoken since. Any other report proves nothing: a
// terminal is not the card, and the chip may have applied what it calls failed.
// docs/pin-lifecycle.md, section 3.
func (a Advice) step(s State) (State, []Effect) {
	claim := a.Result == Successful && a.FinalCryptogramValid
	if !claim || !s.Open || s.Claimed || s.last().ATC != a.ATC || s.last().Generation == NoPIN {
		return s, nil
	}
	s.Claimed = true
	return s, []Effect{Notify{TextProbablyActive, s.last().Generation}}
}
