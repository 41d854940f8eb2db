package authorization

import (
	"github.com/f510b0cf/till/emv/cryptogram"
	"github.com/f510b0cf/till/issuer/message"
	"github.com/f510b0cf/till/issuer/pinlife"
)

// Processing codes for the PIN at a terminal: without an amount, for the script
// that the answer carries. Networks choose these codes.
const (
	pinUnblock message.ProcessingCode = 910000
	pinChange  message.ProcessingCode = 920000
)

// kind is what a type of transaction (DE 3) asks for.
type kind struct {
	name     string // in the journal; a purchase has none
	noAmount bool   // DE 4 is zero
	refund   bool   // pays to the card: no limit of a day, no PIN
	cash     bool   // all of it is paid out
	needsPIN bool
	order    bool // can be given without the card
	stripe   bool // can be made without the chip
	tap      bool // can be made without an insertion
}

// kinds are the types of transaction that are offered.
var kinds = map[message.ProcessingCode]kind{
	message.Purchase:             {order: true, stripe: true, tap: true},
	message.PurchaseWithCashback: {name: "purchase with cash back", needsPIN: true, tap: true},
	message.Cash:                 {name: "cash", cash: true, needsPIN: true, stripe: true, tap: true},
	message.Refund:               {name: "refund", refund: true, order: true, stripe: true, tap: true},
	message.BalanceInquiry:       {name: "balance inquiry", noAmount: true, needsPIN: true, stripe: true, tap: true},
	pinUnblock:                   {name: "PIN unblock", noAmount: true},
	pinChange:                    {name: "PIN change", noAmount: true},
}

// allows reports whether a transaction of that kind comes by a channel.
func (k kind) allows(c pinlife.Channel) bool {
	switch c {
	case pinlife.Order:
		return k.order
	case pinlife.Stripe:
		return k.stripe
	case pinlife.Contactless:
		return k.tap
	}
	return true
}

// kind looks at whether the type of transaction is offered, and in this way.
func (d *decision) kind() reason {
	k, ok := kinds[d.request.ProcessingCode.Type()]
	switch {
	case !ok:
		return notSupported
	case !k.allows(d.channel):
		return wrongChannel
	case k.noAmount && d.request.Amount != 0:
		return wrongAmount
	}
	return approved
}

// cashOf returns how much of a transaction is paid out in cash: with a purchase what
// its cryptogram covers as the other amount (9F03).
func cashOf(t *message.Transaction, in *cryptogram.Input) int64 {
	switch {
	case kinds[t.ProcessingCode.Type()].cash:
		return int64(t.Amount)
	case t.ProcessingCode.Type() == message.PurchaseWithCashback:
		return int64(min(bcd(in.AmountOther[:]), t.Amount))
	}
	return 0
}
