package httpd

import (
	"context"
	"time"

	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/issuer/channel"
)

type (
	ctx    = context.Context
	digits = secret.Value
)

// Card is a card as the members' door tells it.
type Card struct {
	Ref           string `json:"ref"`
	LastFour      string `json:"last_four"`
	Supplementary bool   `json:"supplementary"`
	Yours         bool   `json:"yours"`
	Status        string `json:"status"`
}

// Status is how a card and its PIN stand, as the members' door tells it.
type Status struct {
	Card    Card   `json:"card"`
	PIN     string `json:"pin"`
	Unblock bool   `json:"unblock,omitempty"`
	Locked  bool   `json:"locked,omitempty"`
	Chip    bool   `json:"chip_locked,omitempty"`
	Text    string `json:"text"`
	Next    string `json:"next,omitempty"`
}

// loginForm is the answer to a login.
type loginForm struct {
	Token   string    `json:"token,omitempty"`   // not where it is a cookie
	Refresh string    `json:"refresh,omitempty"` // token that gets the next one; likewise
	Name    string    `json:"name"`
	Expires time.Time `json:"expires"`
}

func cardOf(c channel.Card) Card {
	return Card{Ref: c.Ref.String(), LastFour: c.LastFour, Supplementary: c.Supplementary, Yours: c.Yours, Status: c.Status.String()}
}

func statusOf(s channel.Status) Status {
	return Status{Card: cardOf(s.Card), PIN: string(s.PIN), Unblock: s.Unblock, Locked: s.Locked, Chip: s.ChipLocked, Text: s.Text, Next: s.Next}
}

// Payment is a payment as the members' door tells it.
type Payment struct {
	At       time.Time `json:"at"`
	Amount   uint64    `json:"amount"`   // in the smallest unit
	Currency uint16    `json:"currency"` // ISO 4217, numeric
	Approved bool      `json:"approved"`
	Reversed bool      `json:"reversed,omitempty"`
	How      string    `json:"how,omitempty"`
	What     string    `json:"what,omitempty"` // no plain purchase: cash, with cash back, refund
	Why      string    `json:"why,omitempty"`  // it was declined
}

// PINEvent is a line of the history of a card and its PIN.
type PINEvent struct {
	At   time.Time `json:"at"`
	Text string    `json:"text"`
}

// History is what happened to a card, newest first.
type History struct {
	Payments []Payment  `json:"payments"`
	PIN      []PINEvent `json:"pin"`
}

func historyOf(h channel.History) History {
	form := History{Payments: make([]Payment, len(h.Payments)), PIN: make([]PINEvent, len(h.PIN))}
	for i, p := range h.Payments {
		form.Payments[i] = Payment(p)
	}
	for i, e := range h.PIN {
		form.PIN[i] = PINEvent(e)
	}
	return form
}

// pinKeyForm is what a page needs to encipher a PIN.
type pinKeyForm struct {
	Key       string    `json:"key"`       // identifier
	SPKI      []byte    `json:"spki"`      // base64
	Label     string    `json:"label"`     // of RSA-OAEP
	Challenge []byte    `json:"challenge"` // base64
	Token     string    `json:"token"`     // of the card, hexadecimal digits
	Expires   time.Time `json:"expires"`
}
