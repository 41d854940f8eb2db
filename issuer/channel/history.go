package channel

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/issuer/member"
	"github.com/f510b0cf/till/issuer/store"
)

// Payment is a request of a terminal or shop, as the cardholder sees it.
type Payment struct {
	At       time.Time
	Amount   uint64 // in the smallest unit of the currency
	Currency uint16 // ISO 4217, numeric
	Approved bool
	Reversed bool   // taken back
	How      string // chip, tap, online order, stripe
	What     string // cash, with cash back, refund; empty for a purchase
	Why      string // it was declined
}

// PINEvent is something that happened to a card and its PIN, without its value.
type PINEvent struct {
	At   time.Time
	Text string
}

// History is what happened to a card, newest first.
type History struct {
	Payments []Payment
	PIN      []PINEvent
}

const (
	historyMax  = 20  // lines of each kind
	journalMost = 400 // entries that are looked through
)

// History tells the cardholder what happened to his card.
func (s *Service) History(ctx context.Context, a Asked) (History, error) {
	var h History
	if _, _, err := s.look(ctx, a, verb{action: member.SeeHistory}); err != nil {
		return h, err
	}
	return h, s.entries(ctx, a.Card, func(e store.Entry) bool {
		if text := pinText(e); text != "" && len(h.PIN) < historyMax {
			h.PIN = append(h.PIN, PINEvent{At: e.At, Text: text})
		}
		if p, ok := payment(e); ok && len(h.Payments) < historyMax {
			h.Payments = append(h.Payments, p)
		}
		return len(h.PIN) < historyMax || len(h.Payments) < historyMax
	})
}

// entries gives the newest journal entries of a card to use, until it returns false.
func (s *Service) entries(ctx context.Context, ref account.Ref, use func(store.Entry) bool) error {
	n := 0
	for e, err := range s.store.History(ctx, ref) {
		if err != nil {
			return fmt.Errorf("read journal: %w", err)
		}
		if n++; n > journalMost || !use(e) {
			return nil
		}
	}
	return nil
}

// pinTexts are the lines of a PIN's history, by kind or by the text of a notice.
var pinTexts = map[string]string{
	kindActivated:            "Card activated",
	kindCreated:              "PIN created",
	kindChanged:              "PIN change requested",
	kindUnblock:              "PIN unlock requested",
	kindRegistered:           "Registered for Online Services",
	"notice probably active": "New PIN probably active: a terminal reported it",
	"notice done":            "New PIN active: confirmed by the card",
	"notice failed":          "New PIN did not arrive on the card",
	"notice held":            "New PIN could not be delivered",
	"notice unblocked":       "PIN unlocked: confirmed by the card",
	"notice cancelled":       "PIN change called off",
	"PIN retried":            "PIN delivery started again by the issuer",
	"card blocked":           "Card blocked",
	"card unblocked":         "Card unblocked",
}

// pinText returns the line of an entry, empty where it has none.
func pinText(e store.Entry) string {
	if e.Kind == "notice" {
		return pinTexts["notice "+e.Detail]
	}
	return pinTexts[e.Kind]
}

// decided is what authorisation writes into the journal, as far as it is told here.
type decided struct {
	Reason    string `json:"reason"`
	Type      string `json:"type"`
	Amount    uint64 `json:"amount"`
	Currency  uint16 `json:"currency"`
	Channel   string `json:"channel"`
	ATC       uint16 `json:"atc"`
	ChipTries string `json:"chip_tries"`
}

// ways are what cardholders call the channels of the journal.
var ways = map[string]string{
	"contact": "chip", "contactless": "tap", "card not present": "online order", "no chip data": "stripe",
}

// whats are what cardholders call the types of transaction of the journal that are no
// plain purchase.
var whats = map[string]string{"cash": "cash", "purchase with cash back": "with cash back", "refund": "refund"}

// decision reads the entry of a request; false where it is another.
func decision(e store.Entry) (d decided, ok bool) {
	if e.Kind != "approved" && e.Kind != "declined" && e.Kind != "reversal" || !strings.HasPrefix(e.Actor, "terminal ") {
		return d, false
	}
	return d, json.Unmarshal([]byte(e.Detail), &d) == nil
}

// payment reads the entry of a payment; false where it is none.
func payment(e store.Entry) (Payment, bool) {
	d, ok := decision(e)
	if !ok || d.Amount == 0 {
		return Payment{}, false
	}
	p := Payment{At: e.At, Amount: d.Amount, Currency: d.Currency, Approved: e.Kind == "approved", Reversed: e.Kind == "reversal", How: ways[d.Channel], What: whats[d.Type]}
	if e.Kind == "declined" {
		p.Why = whys[d.Reason]
	}
	return p, true
}

// whys are the reasons of authorisation that a cardholder is told, in his words. Others
// are none of his business, or of a thief's who reads his page.
var whys = map[string]string{
	"card is not activated":        "card is not activated",
	"card is blocked":              "card is blocked",
	"card is expired":              "card is expired",
	"online PIN is wrong":          "wrong PIN",
	"chip found the PIN wrong":     "wrong PIN",
	"online PIN tries are used up": "too many wrong PINs",
	"online PIN is the one that the chip does not have yet": "the new PIN is not on the card yet",
	"first insertion without a PIN":                         "a PIN was needed",
	"amount needs a PIN":                                    "a PIN was needed",
	"amount is above the limit of a transaction":            "above the limit of one payment",
	"more payments than a day may have":                     "above the number of payments of the day",
	"cash is above the limit of the day":                    "above the limit of cash of the day",
	"cash back is above its limit":                          "above the limit of cash with a purchase",
	"type of transaction needs a PIN":                       "a PIN was needed",
	"card identification digits are wrong":                  "wrong card identification code",
	"amount is above the limit of the day":                  "above the limit of the day",
}

// chipLocked reports whether the chip said, when it was last inserted, that its PIN
// tries are used up.
func (s *Service) chipLocked(ctx context.Context, ref account.Ref) (locked bool, err error) {
	return locked, s.entries(ctx, ref, func(e store.Entry) bool {
		d, ok := decision(e)
		inserted := ok && d.Channel == "contact" && d.ATC > 0
		locked = inserted && d.ChipTries == "used up"
		return !inserted
	})
}
