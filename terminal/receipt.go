package terminal

import (
	"time"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/hardware"
	"github.com/f510b0cf/till/terminal/guard"
	"github.com/f510b0cf/till/terminal/kernel"
	"github.com/f510b0cf/till/terminal/profile"
)

// Receipt says what became of a transaction: for the customer and the merchant,
// and for those who test the terminal. It prints account numbers masked.
type Receipt struct {
	Merchant   string // name and location
	MerchantID string
	TerminalID string

	Kind     emv.TransactionKind
	Time     time.Time
	Counter  uint32 // of transactions at this terminal
	Amount   uint64 // in the smallest unit of Currency, cashback included
	Cashback uint64
	Currency uint16 // ISO 4217 numeric
	Exponent uint8

	Presentation hardware.Presentation

	// Foreign says that the card is not one of ours, and Withheld what was kept from
	// it for that.
	Foreign  bool
	Withheld []guard.Action

	PAN    account.PAN // zero where the transaction did not get as far as the card's records
	Result *kernel.Result
	// Unrecorded says why the end of the transaction could not be recorded; nil
	// where it was. Such a transaction will be reversed, whatever its outcome.
	Unrecorded error
	// Unkept says why no copy of the receipt could be kept; nil where it was, or
	// where none is.
	Unkept error
}

func newReceipt(p profile.Profile, tx kernel.Transaction, held hardware.Presentation, result *kernel.Result) *Receipt {
	return &Receipt{
		Merchant:     p.MerchantNameAndLocation,
		MerchantID:   p.MerchantIdentifier,
		TerminalID:   p.TerminalIdentification,
		Kind:         tx.Kind,
		Time:         tx.Time,
		Counter:      tx.Counter,
		Amount:       tx.Amount,
		Cashback:     tx.OtherAmount,
		Currency:     p.CurrencyCode,
		Exponent:     p.CurrencyExponent,
		Presentation: held,
		PAN:          result.PAN,
		Result:       result,
	}
}

// watched notes what the guard has seen of the card.
func (r *Receipt) watched(s *guard.Session) {
	r.Withheld = s.Withheld()
	r.Foreign = !s.Ours() && (s.Read() || len(r.Withheld) > 0)
}

// Verification says in plain words how the cardholder was verified. EMV Book 4,
// 6.3.4.5 and Annex A4.
func (r *Receipt) Verification() string {
	results := r.Result.CVMResults
	if r.Result.TVR.Has(emv.TVRCardholderVerificationNotSuccessful) {
		return "failed"
	}
	switch method := results.Rule().Code.Method(); method {
	case emv.CVMPlaintextPIN, emv.CVMEncipheredPIN:
		return "PIN, verified by the card"
	case emv.CVMPlaintextPINAndSignature, emv.CVMEncipheredPINAndSignature:
		return "PIN, verified by the card, and signature"
	case emv.CVMOnlinePIN:
		return "PIN, for the issuer to verify"
	case emv.CVMSignature:
		return "signature"
	case emv.CVMNone:
		return "none required"
	case emv.CVMNotPerformed:
		return "not performed"
	default:
		return method.String()
	}
}

// Next says what the merchant does now, one sentence each.
func (r *Receipt) Next() []string {
	var next []string
	if r.Result.SignatureNeeded {
		next = append(next, "Have the receipt signed and compare the signature with the one on the card.")
	}
	if r.Result.ReversalDue {
		next = append(next, "A reversal is due: the host may have booked an amount that does not stand.")
	}
	if r.Result.TVR.Has(emv.TVRPINTryLimitExceeded) {
		next = append(next, "No PIN tries are left on the card, or it has no PIN yet: its issuer can change that in an online transaction.")
	}
	if len(r.Withheld) > 0 {
		next = append(next, "The card is not one of till's: see docs/checkout.md for what is kept from such cards, and how to consent to it.")
	}
	if r.Unkept != nil {
		next = append(next, "No copy of this receipt could be kept: keep this one, and see to the terminal.")
	}
	return append(next, r.advice())
}
