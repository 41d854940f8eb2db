package terminal

import (
	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/terminal/kernel"
	"github.com/f510b0cf/till/terminal/profile"
)

// advice is what follows from the outcome.
func (r *Receipt) advice() string {
	if r.Unrecorded != nil {
		return "The terminal could not record the transaction and will reverse it: hand over nothing, and see to the terminal."
	}
	switch r.Result.Outcome {
	case kernel.ApprovedOffline, kernel.ApprovedOnline, kernel.Done:
		return r.adviceOfSuccess()
	case kernel.DeclinedOffline:
		if r.Result.ARC == emv.ARCUnableToGoOnlineRefuse {
			return "The issuer could not be asked: try again when the terminal is online, or ask for another means of payment."
		}
		return "Ask for another means of payment."
	case kernel.DeclinedOnline:
		if r.Kind.PINManagement() {
			return "Do not count on a change of the card: its issuer knows what became of it, and can be asked again."
		}
		return "Ask for another means of payment; the issuer knows why."
	case kernel.Fallback:
		return "The chip can not be used here: ask for another card."
	case kernel.CardRemoved:
		return "Insert the card again and leave it in until the terminal says to remove it."
	default:
		return "Ask for another card or means of payment."
	}
}

// adviceOfSuccess is what the merchant does where a transaction came to what it is
// for.
func (r *Receipt) adviceOfSuccess() string {
	switch r.Kind {
	case emv.PurchaseWithCashback:
		return "Hand over the goods and " + r.money(r.Cashback) + " in cash."
	case emv.ManualCash, emv.UnattendedCash:
		return "Hand over " + r.money(r.Amount) + " in cash."
	case emv.Refund:
		return "Take the goods back: the amount goes to the account of the card."
	case emv.BalanceInquiry:
		if len(r.balances()) == 0 {
			return "The issuer has answered, and told no balance."
		}
		return "Hand over the receipt: the balance stands on it."
	case emv.PINChange:
		return "The card has its new PIN, which is the only one from now on."
	case emv.PINUnblock:
		return "The card has its PIN tries back."
	}
	return "Hand over the goods."
}

func (r *Receipt) money(amount uint64) string {
	return profile.FormatMoney(amount, r.Currency, r.Exponent)
}

// amountText is empty where no amount is at stake.
func (r *Receipt) amountText() string {
	switch {
	case r.Kind.IssuerOnly():
		return ""
	case r.Cashback > 0:
		return r.money(r.Amount) + ", of which " + r.money(r.Cashback) + " in cash"
	}
	return r.money(r.Amount)
}

// kindText is empty for a purchase, which is what a receipt is for as a rule.
func (r *Receipt) kindText() string {
	if r.Kind == emv.Purchase {
		return ""
	}
	return r.Kind.String()
}
