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
	Text    string `json:"text"`
	Next    string `json:"next,omitempty"`
}

// loginForm is the answer to a login.
type loginForm struct {
	Token   string    `json:"token,omitempty"` // not where it is a cookie
	Name    string    `json:"name"`
	Expires time.Time `json:"expires"`
}

func cardOf(c channel.Card) Card {
	return Card{Ref: c.Ref.String(), LastFour: c.LastFour, Supplementary: c.Supplementary, Yours: c.Yours, Status: c.Status.String()}
}

func statusOf(s channel.Status) Status {
	return Status{Card: cardOf(s.Card), PIN: string(s.PIN), Unblock: s.Unblock, Locked: s.Locked, Text: s.Text, Next: s.Next}
}
