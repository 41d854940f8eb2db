package kernel

// BalanceKind says what is counted in a balance.
type BalanceKind uint8

// The kinds of balances. ISO 8583, DE 54.
const (
	LedgerBalance    BalanceKind = iota + 1 // what is booked
	AvailableBalance                        // what there is to spend
)

// String returns the kind in words.
func (k BalanceKind) String() string {
	switch k {
	case LedgerBalance:
		return "ledger balance"
	case AvailableBalance:
		return "available balance"
	}
	return "unknown balance"
}

// Balance is what the issuer says of an account. The terminal prints it and does
// nothing else with it.
type Balance struct {
	Kind        BalanceKind
	AccountType uint8  // two digits as in DE 3 of ISO 8583; 0 is the default account
	Currency    uint16 // ISO 4217 numeric
	Amount      int64  // in the smallest unit of Currency; below zero is a debit
}
