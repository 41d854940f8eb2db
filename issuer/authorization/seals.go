package authorization

import (
	"errors"
	"fmt"

	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/issuer/hsm"
	"github.com/f510b0cf/till/issuer/store"
)

// CheckReply reports an answer to a terminal that does not open for its account.
func CheckReply(m hsm.Module, r store.Reply) error {
	reply, err := m.Unseal(purposeReply, r.Ref, r.Sealed)
	whole := false
	reply.Open(func(clear []byte) { whole = len(clear) > replyHeadBytes })
	if err == nil && !whole {
		err = errors.New("it is no answer")
	}
	if err != nil {
		return fmt.Errorf("stored answer: %w", err)
	}
	return nil
}

// CheckScript reports a sent script that does not open for its account.
func CheckScript(m hsm.Module, ref account.Ref, s store.SentScript) error {
	if _, err := m.Unseal(purposeScript, ref, s.Sealed); err != nil {
		return fmt.Errorf("script of ATC %d: %w", s.ATC, err)
	}
	return nil
}
