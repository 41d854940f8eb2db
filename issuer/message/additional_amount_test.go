package message_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/issuer/message"
)

// TestAdditionalAmountsByHand: a balance in credit and one in debit.
func TestAdditionalAmountsByHand(t *testing.T) {
	m := &message.AuthorizationResponse{Header: header(t, false, false), Amounts: []message.AdditionalAmount{
		{AmountType: message.AvailableBalance, Currency: 978, Amount: 4711},
		{AccountType: 30, AmountType: message.LedgerBalance, Currency: 40, Amount: -5},
	}}
	b := pack(t, message.ISO93(), m)
	assert.Contains(t, string(b), "\x00\x40"+"0002978C000000004711"+"3001040D000000000005")
	back, err := message.ISO93().Unpack(b)
	require.NoError(t, err)
	assert.Equal(t, m.Amounts, back.(*message.AuthorizationResponse).Amounts)
}

// TestAdditionalAmountsRefused: what is not whole amounts, or too many of them, is
// neither written nor read.
func TestAdditionalAmountsRefused(t *testing.T) {
	for name, amounts := range map[string][]message.AdditionalAmount{
		"seven":      make([]message.AdditionalAmount, 7),
		"too large":  {{Amount: 1_000_000_000_000}},
		"no account": {{AccountType: 100}},
	} {
		m := &message.AuthorizationResponse{Header: header(t, false, false), Amounts: amounts}
		_, err := message.ISO93().Pack(m)
		assert.ErrorContains(t, err, "DE 54", name)
	}
	m := &message.AuthorizationResponse{Header: header(t, false, false), Amounts: make([]message.AdditionalAmount, 1)}
	b := pack(t, message.ISO93(), m)
	for at, bad := range map[int]byte{3: 'X', 12: ' ', 2: 'x'} {
		altered := append([]byte(nil), b...)
		altered[len(altered)-at] = bad
		_, err := message.ISO93().Unpack(altered)
		assert.Error(t, err, at)
	}
}
