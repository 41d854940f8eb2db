package message

import (
	"fmt"

	"github.com/f510b0cf/till/emv"
)

// AdditionalAmount is an amount beside that of the transaction, such as a balance.
// DE 54 holds up to six.
type AdditionalAmount struct {
	AccountType uint8 // two digits as in DE 3; zero is the default account
	AmountType  AmountType
	Currency    uint16 // ISO 4217 numeric
	Amount      int64  // in the smallest unit of Currency; below zero is a debit
}

// AmountType says what an additional amount is, two digits. ISO 8583:1993 (from
// memory).
type AmountType uint8

// Types of additional amounts.
const (
	LedgerBalance    AmountType = 1
	AvailableBalance AmountType = 2
	AmountCash       AmountType = 40 // of a purchase with cash back
)

// String returns the two digits.
func (a AmountType) String() string { return fmt.Sprintf("%02d", uint8(a)) }

// An additional amount is the type of the account and of the amount with two digits
// each, the currency with three, C or D, and twelve digits.
const (
	additionalAmountLength = 20
	creditSign, debitSign  = 'C', 'D'
	signAt                 = 7
)

// additionalAmounts is an element of such amounts, one behind the other.
func additionalAmounts(c *coder, n int, v *[]AdditionalAmount) {
	transfer(c, n, v, codec[[]AdditionalAmount]{
		isZero: func(v []AdditionalAmount) bool { return len(v) == 0 },
		append: func(dst []byte, v []AdditionalAmount, _ *element) []byte {
			for _, a := range v {
				dst = a.append(dst)
			}
			return dst
		},
		parse: func(value []byte, _ *element) ([]AdditionalAmount, error) { return parseAdditionalAmounts(value) },
	})
}

func (a AdditionalAmount) append(dst []byte) []byte {
	dst = appendDigits(dst, uint64(a.AccountType), 2)
	dst = appendDigits(dst, uint64(a.AmountType), 2)
	dst = appendDigits(dst, uint64(a.Currency), 3)
	sign, amount := byte(creditSign), uint64(a.Amount)
	if a.Amount < 0 {
		sign, amount = debitSign, -amount
	}
	return appendDigits(append(dst, sign), amount, amountDigits)
}

func parseAdditionalAmounts(value []byte) (amounts []AdditionalAmount, err error) {
	if len(value) == 0 || len(value)%additionalAmountLength != 0 {
		return nil, fault("additional amounts have 20 characters each")
	}
	for ; len(value) > 0; value = value[additionalAmountLength:] {
		head, sign, amount := value[:signAt], value[signAt], value[signAt+1:additionalAmountLength]
		if !emv.Decimal(head) || !emv.Decimal(amount) || sign != creditSign && sign != debitSign {
			return nil, fault("additional amount is not digits, C or D, and digits")
		}
		a := AdditionalAmount{
			AccountType: uint8(parseDigits(head[:2])), AmountType: AmountType(parseDigits(head[2:4])),
			Currency: uint16(parseDigits(head[4:])), Amount: int64(parseDigits(amount)),
		}
		if sign == debitSign {
			a.Amount = -a.Amount
		}
		amounts = append(amounts, a)
	}
	return amounts, nil
}
