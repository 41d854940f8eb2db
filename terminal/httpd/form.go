package httpd

import (
	"fmt"
	"time"

	"github.com/f510b0cf/till/terminal/desk"
	"github.com/f510b0cf/till/terminal/kernel"
	"github.com/f510b0cf/till/terminal/profile"
)

// Payment is a payment, refund or other transaction as the door tells it.
type Payment struct {
	ID       uint64    `json:"id"`
	Type     string    `json:"type"`
	Amount   string    `json:"amount,omitempty"` // in major units, without the cashback
	Cashback string    `json:"cashback,omitempty"`
	Currency string    `json:"currency"` // ISO 4217 numeric
	Created  time.Time `json:"created"`
	State    string    `json:"state"`
	Result   string    `json:"result,omitempty"` // empty as long as it is not known
	Outcome  string    `json:"outcome,omitempty"`
	Reason   string    `json:"reason,omitempty"`
	Cause    string    `json:"cause,omitempty"`
	Card     string    `json:"card,omitempty"`    // number, masked
	Receipt  uint64    `json:"receipt,omitempty"` // of GET /v1/receipts/{id}
	Reversal string    `json:"reversal"`
	Next     []string  `json:"next"` // what the cashier does
}

// Event is an event of a payment as the door tells it.
type Event struct {
	Type    string    `json:"type"`
	At      time.Time `json:"at"`
	Text    string    `json:"text"`
	PIN     *PIN      `json:"pin,omitempty"`
	Payment *Payment  `json:"payment,omitempty"`
}

// PIN is what is known of the entry of a PIN.
type PIN struct {
	Verifier  string `json:"verifier"` // card or issuer
	TriesLeft *int   `json:"tries_left,omitempty"`
	LastTry   bool   `json:"last_try,omitempty"`
	Bypass    bool   `json:"bypass,omitempty"` // the entry may be skipped
}

// Terminal is how a terminal is.
type Terminal struct {
	State      string `json:"state"`             // free, or that of the payment that runs
	Payment    uint64 `json:"payment,omitempty"` // the one that runs
	TerminalID string `json:"terminal_id"`
	MerchantID string `json:"merchant_id"`
	Merchant   string `json:"merchant"`
	Profile    string `json:"profile"`
	Currency   string `json:"currency"` // ISO 4217 numeric
	Letters    string `json:"currency_letters"`
	Reader     string `json:"reader"`
	Hand       bool   `json:"hand"`           // POST /v1/card/insert and pull are there
	Host       string `json:"host,omitempty"` // of the issuer; none where the terminal is offline

	// What the issuer has not acknowledged.
	OwedReversals int `json:"owed_reversals"`
	OwedAdvices   int `json:"owed_advices"`
}

// form returns a payment as the door tells it.
func (d *Door) form(p desk.Payment) *Payment {
	form := Payment{
		ID: p.ID, Type: string(p.Request.Type), Currency: currency(d.Profile), Created: p.Created,
		State: string(p.State), Result: string(p.Result), Outcome: p.Outcome, Reason: p.Reason, Cause: p.Cause,
		Card: p.Card, Receipt: p.Receipt, Reversal: string(p.Reversal), Next: p.Next,
	}
	if !p.Request.Kind().IssuerOnly() {
		form.Amount = profile.FormatAmount(p.Request.Amount, d.Profile.CurrencyExponent)
	}
	if p.Request.Cashback > 0 {
		form.Cashback = profile.FormatAmount(p.Request.Cashback, d.Profile.CurrencyExponent)
	}
	if form.Next == nil {
		form.Next = []string{}
	}
	return &form
}

func currency(p profile.Profile) string { return fmt.Sprintf("%03d", p.CurrencyCode) }

// eventForm returns an event as the door tells it.
func (d *Door) eventForm(e desk.Event) Event {
	form := Event{Type: string(e.Type), At: e.At, Text: e.Text}
	if e.Payment != nil {
		form.Payment = d.form(*e.Payment)
	}
	if e.PIN != nil {
		form.PIN = pinForm(*e.PIN)
	}
	return form
}

func pinForm(p desk.PIN) *PIN {
	form := PIN{Verifier: "card", LastTry: p.TriesLeft == 1, Bypass: p.Bypass}
	if p.Online {
		form.Verifier = "issuer"
	}
	if p.TriesLeft != kernel.TriesUnknown {
		form.TriesLeft = &p.TriesLeft
	}
	return &form
}
