package pinpad_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/terminal/kernel"
	"github.com/f510b0cf/till/terminal/pinpad"
)

// TestPrompt says what the PIN is for before it is typed.
func TestPrompt(t *testing.T) {
	for kind, want := range map[emv.TransactionKind]string{
		emv.Purchase:             "AMEX  12.34 USD\nPIN (2 tries left, empty line to skip): ",
		emv.PurchaseWithCashback: "AMEX  purchase with cashback, 12.34 USD\nPIN (2 tries left, empty line to skip): ",
		emv.UnattendedCash:       "AMEX  cash, 12.34 USD\nPIN (2 tries left, empty line to skip): ",
		emv.PINChange:            "AMEX  PIN change\nPIN (2 tries left, empty line to skip): ",
	} {
		assert.Equal(t, want, pinpad.PromptText(kernel.PINPrompt{
			Application: kernel.Candidate{Label: "AMEX"}, Kind: kind, Amount: 1234, Currency: 840, Exponent: 2, TriesLeft: 2, Bypass: true,
		}))
	}
	assert.Equal(t, "AMEX  0.01 USD\nPIN (last try): ", pinpad.PromptText(kernel.PINPrompt{
		Application: kernel.Candidate{Label: "AMEX"}, Amount: 1, Currency: 840, Exponent: 2, TriesLeft: 1,
	}))
}
