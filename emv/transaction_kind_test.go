package emv_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/f510b0cf/till/emv"
)

func TestTransactionKinds(t *testing.T) {
	for kind, want := range map[emv.TransactionKind]struct {
		name                   string
		code                   byte
		cash, pins, issuerOnly bool
	}{
		emv.Purchase:             {"purchase", 0x00, false, false, false},
		emv.PurchaseWithCashback: {"purchase with cashback", 0x09, false, false, false},
		emv.ManualCash:           {"cash", 0x01, true, false, false},
		emv.UnattendedCash:       {"cash", 0x01, true, false, false},
		emv.Refund:               {"refund", 0x20, false, false, false},
		emv.BalanceInquiry:       {"balance inquiry", 0x31, false, false, true},
		emv.PINChange:            {"PIN change", 0x92, false, true, true},
		emv.PINUnblock:           {"PIN unblock", 0x91, false, true, true},
		99:                       {"TransactionKind(99)", 0x00, false, false, false},
	} {
		assert.Equal(t, want.name, kind.String())
		assert.Equal(t, want.code, kind.Type(), kind)
		assert.Equal(t, want.cash, kind.Cash(), kind)
		assert.Equal(t, want.pins, kind.PINManagement(), kind)
		assert.Equal(t, want.issuerOnly, kind.IssuerOnly(), kind)
	}
}

// TestKindsOfConditions: of the conditions about kinds, those that are neither cash
// nor cashback satisfy the one that says so.
func TestKindsOfConditions(t *testing.T) {
	for condition, kinds := range map[emv.CVMCondition][]emv.TransactionKind{
		emv.CVMUnattendedCash:     {emv.UnattendedCash},
		emv.CVMManualCash:         {emv.ManualCash},
		emv.CVMCashback:           {emv.PurchaseWithCashback},
		emv.CVMNotCashNorCashback: {emv.Purchase, emv.Refund, emv.BalanceInquiry, emv.PINChange, emv.PINUnblock},
	} {
		list := emv.CVMList{Rules: []emv.CVMRule{{Code: emv.NewCVMCode(emv.CVMNone, false), Condition: condition}}}
		var satisfied []emv.TransactionKind
		for kind := emv.Purchase; kind <= emv.PINUnblock; kind++ {
			walk, err := list.Walk(emv.CVMFacts{Capabilities: capabilities(t, "no-cvm"), Kind: kind})
			assert.NoError(t, err)
			if walk.Successful() {
				satisfied = append(satisfied, kind)
			}
		}
		assert.Equal(t, kinds, satisfied, condition)
	}
}
