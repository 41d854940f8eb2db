package emv

import "fmt"

// TransactionKind is what a transaction is for. The conditions of CVM lists and
// the application usage control tell some kinds apart. EMV Book 3, 10.4.2 and
// Annex C3.
type TransactionKind uint8

// The kinds of transaction.
const (
	Purchase TransactionKind = iota // goods or services, without cashback
	PurchaseWithCashback
	ManualCash     // paid out by staff
	UnattendedCash // paid out by a machine
	Refund
	BalanceInquiry
	PINChange  // without an amount, for the script that the answer carries
	PINUnblock // likewise
)

// transactionKinds are the kinds with their words and their values of tag 9C:
// the first two digits of the processing code of ISO 8583:1993. Those for PINs
// are of the range that is left to networks.
var transactionKinds = [...]struct {
	name string
	code byte
}{
	Purchase:             {"purchase", 0x00},
	PurchaseWithCashback: {"purchase with cashback", 0x09},
	ManualCash:           {"cash", 0x01},
	UnattendedCash:       {"cash", 0x01},
	Refund:               {"refund", 0x20},
	BalanceInquiry:       {"balance inquiry", 0x31},
	PINChange:            {"PIN change", 0x92},
	PINUnblock:           {"PIN unblock", 0x91},
}

// String returns the kind in words.
func (k TransactionKind) String() string {
	if int(k) < len(transactionKinds) {
		return transactionKinds[k].name
	}
	return fmt.Sprintf("TransactionKind(%d)", uint8(k))
}

// Type returns the transaction type (tag 9C) of the kind: two decimal digits.
func (k TransactionKind) Type() byte {
	if int(k) < len(transactionKinds) {
		return transactionKinds[k].code
	}
	return 0
}

// Cash reports whether cash is paid out and nothing else.
func (k TransactionKind) Cash() bool { return k == ManualCash || k == UnattendedCash }

// PINManagement reports whether the transaction is for a PIN on the card, and
// nothing is booked.
func (k TransactionKind) PINManagement() bool { return k == PINChange || k == PINUnblock }

// IssuerOnly reports whether only the issuer can carry the transaction out, so
// that nothing comes of it offline.
func (k TransactionKind) IssuerOnly() bool { return k == BalanceInquiry || k.PINManagement() }
