package load

import (
	"errors"
	"fmt"

	"github.com/f510b0cf/till/issuer/message"
)

// The faults of answers.
var (
	errNoAnswer = errors.New("no answer")
	errOther    = errors.New("answer to another request")
)

// declined is the fault of an answer that does not approve.
type declined message.ActionCode

// Error names the action code.
func (d declined) Error() string {
	return fmt.Sprintf("declined with %s, %s", message.ActionCode(d), message.ActionCode(d).Text())
}

// check reports what is wrong with the answer to a request: none has come, it is that
// of another, it declines, or its cryptogram is not the issuer's.
func (s *shot) check(d *message.Dialect) error {
	if s.answer == nil {
		return errNoAnswer
	}
	m, err := d.Unpack(s.answer)
	if err != nil {
		return fmt.Errorf("read answer: %w", err)
	}
	if m.Head().STAN != s.stan {
		return errOther
	}
	switch m := m.(type) {
	case *message.AuthorizationResponse:
		switch {
		case s.kind == Reversal:
			return errOther
		case !m.ActionCode.Approves():
			return declined(m.ActionCode)
		case s.chip != nil:
			return s.chip.check(m)
		}
		return nil
	case *message.ReversalResponse:
		switch {
		case s.kind != Reversal:
			return errOther
		case m.ActionCode != message.ActionReversalAccepted:
			return declined(m.ActionCode)
		}
		return nil
	}
	return errOther
}
