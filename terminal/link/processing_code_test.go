package link_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/issuer/message"
)

// TestProcessingCodes: DE 3 of the kinds of transaction, in the values of the
// issuer's messages.
func TestProcessingCodes(t *testing.T) {
	for kind, want := range map[emv.TransactionKind]message.ProcessingCode{
		emv.Purchase: message.Purchase, emv.PurchaseWithCashback: message.PurchaseWithCashback, emv.ManualCash: message.Cash,
		emv.UnattendedCash: message.Cash, emv.Refund: message.Refund, emv.BalanceInquiry: message.BalanceInquiry,
		emv.PINChange: 920000, emv.PINUnblock: 910000,
	} {
		t.Run(kind.String(), func(t *testing.T) {
			h := newHost(t, nil)
			l, _, _ := newLink(t, h, nil)
			r := purchase(t)
			r.Transaction.Kind, r.Transaction.Type = kind, kind.Type()
			_, err := l.Authorize(t.Context(), r)
			require.NoError(t, err)
			assert.Equal(t, want, next[*message.AuthorizationRequest](h).ProcessingCode)
		})
	}
}
