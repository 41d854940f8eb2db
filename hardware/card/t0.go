package card

import (
	"github.com/f510b0cf/till/emv/apdu"
)

// waiting is what GET RESPONSE gives in T=0: the rest of the answer to the command
// before it.
type waiting struct{ data []byte }

// sw1Available and sw1WrongLe are SW1 of the words that tell a length in SW2: of
// what waits for GET RESPONSE, and of what the command would answer. EMV Book 1,
// 9.3.1.
const (
	sw1Available = 0x61
	sw1WrongLe   = 0x6C
)

// withLength returns a word that tells a length, 256 as 00.
func withLength(sw1 apdu.SW, n int) apdu.SW { return sw1<<8 | apdu.SW(n&0xFF) }

// procedure answers a command as a card does that speaks T=0 with its reader. To a
// command with data there is no data in the answer: 61xx says how much GET
// RESPONSE will give. To one without data the Le must be right, 00 stands for 256:
// else 6Cxx says what it is, and nothing was done. A warning with data, such as
// 6283, comes alone, and GET RESPONSE gives the data. EMV Book 1, 9.3.1 and Annex
// A, from memory.
func (s *session) procedure(raw []byte) ([]byte, apdu.SW) {
	before := s.waiting
	s.waiting = waiting{}
	c, err := apdu.ParseCommand(raw)
	if err == nil && c.INS == apdu.INSGetResponse && c.CLA == 0 {
		return s.getResponse(c, before)
	}
	data, sw := s.dispatch(raw)
	switch {
	case len(data) == 0:
		return nil, sw
	case len(c.Data) > 0:
		s.waiting = waiting{data}
		if sw == apdu.SWSuccess {
			sw = withLength(sw1Available, len(data))
		}
		return nil, sw
	case c.Le != len(data):
		return nil, withLength(sw1WrongLe, len(data))
	}
	return data, sw
}

// getResponse is GET RESPONSE: as much of what waits as is asked for. EMV Book 1,
// 9.3.1.3.
func (s *session) getResponse(c apdu.Command, w waiting) ([]byte, apdu.SW) {
	switch {
	case len(w.data) == 0:
		return nil, apdu.SWConditionsNotSatisfied
	case c.P1 != 0 || c.P2 != 0:
		return nil, apdu.SWWrongP1P2
	case len(c.Data) > 0:
		return nil, apdu.SWWrongLength
	case c.Le == 0 || c.Le > len(w.data):
		s.waiting = w
		return nil, withLength(sw1WrongLe, len(w.data))
	case c.Le < len(w.data):
		s.waiting = waiting{w.data[c.Le:]}
		return w.data[:c.Le], withLength(sw1Available, len(w.data)-c.Le)
	}
	return w.data, apdu.SWSuccess
}
