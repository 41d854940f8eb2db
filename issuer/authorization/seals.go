package authorization

import (
	"fmt"

	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/issuer/hsm"
	"github.com/f510b0cf/till/issuer/store"
)

// CheckScript reports a sent script that does not open for its account.
func CheckScript(m hsm.Module, ref account.Ref, s store.SentScript) error {
	if _, err := m.Unseal(purposeScript, ref, s.Sealed); err != nil {
		return fmt.Errorf("script of ATC %d: %w", s.ATC, err)
	}
	return nil
}
