package terminal_test

import (
	"bytes"
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/terminal"
	"github.com/f510b0cf/till/terminal/kernel"
)

// TestBalances: what the issuer says of the account stands on the receipt, each amount
// by the exponent of its own currency, where the transaction stands.
func TestBalances(t *testing.T) {
	told := []kernel.Balance{
		{Kind: kernel.AvailableBalance, Currency: 840, Amount: 987_66},
		{Kind: kernel.LedgerBalance, AccountType: 20, Currency: 840, Amount: -5},
		{Kind: kernel.AvailableBalance, Currency: 392, Amount: 1500},
		{Kind: kernel.LedgerBalance, AccountType: 99, Currency: 999, Amount: 1500},
	}
	for _, c := range []struct {
		name    string
		arc     string
		outcome kernel.Outcome
		lines   []string
		json    string
	}{
		{"approved", "00", kernel.ApprovedOnline, []string{
			"available balance 987.66 USD", "ledger balance, cheque account -0.05 USD", "available balance 1500 JPY",
			"ledger balance, account type 99 1500 (currency 999) in its smallest unit", "Hand over the receipt: the balance stands on it.",
		}, `[{"type":"available balance","account":"00","amount":"987.66","currency":"840"},
			{"type":"ledger balance","account":"20","amount":"-0.05","currency":"840"},
			{"type":"available balance","account":"00","amount":"1500","currency":"392"},
			{"type":"ledger balance","account":"99","amount":"1500","currency":"999","smallest_unit":true}]`},
		{"declined", "05", kernel.DeclinedOnline, nil, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			response := &kernel.OnlineResponse{ARC: '0'<<8 | '0', Balances: told}
			if c.arc == "05" {
				response.ARC = '0'<<8 | '5'
			}
			receipt := inquire(t, response)
			require.Equal(t, c.outcome, receipt.Result.Outcome)
			var text bytes.Buffer
			require.NoError(t, receipt.WriteText(&text))
			for _, line := range c.lines {
				assert.Contains(t, squeezed(text.String()), line)
			}
			var kept struct {
				Balances json.RawMessage `json:"balances"`
			}
			b, err := json.Marshal(receipt)
			require.NoError(t, err)
			require.NoError(t, json.Unmarshal(b, &kept))
			if c.json == "" {
				assert.NotContains(t, text.String(), "987.66")
				assert.Nil(t, kept.Balances)
				return
			}
			assert.JSONEq(t, c.json, string(kept.Balances))
		})
	}
}

// inquire asks for a balance and returns the receipt.
func inquire(t *testing.T, response *kernel.OnlineResponse) *terminal.Receipt {
	t.Helper()
	b := newBench(t, "demo", &listener{host: host{response: response}})
	b.slot.Insert(newChip("1F03"))
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	receipt, err := b.terminal.BalanceInquiry(ctx)
	require.NoError(t, err)
	return receipt
}
