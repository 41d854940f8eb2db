package issuercmd

import (
	"context"
	"encoding/hex"
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/f510b0cf/till/cmd/till/internal/cli"
	"github.com/f510b0cf/till/cmd/till/internal/doors"
	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/issuer/httpd"
)

// Cards is `till issuer card`: what an operator does to cards.
type Cards struct {
	List       ListCards  `cmd:"" help:"List the cards."`
	Block      Block      `cmd:"" help:"Stop an active card for a time."`
	Unblock    Unblock    `cmd:"" help:"Make a blocked card active again."`
	Lost       Lost       `cmd:"" help:"Stop a card for good that was lost."`
	Stolen     Stolen     `cmd:"" help:"Stop a card for good that was stolen."`
	Close      CloseCard  `cmd:"" help:"End a card for ever, and its PIN."`
	Retry      Retry      `cmd:"" help:"Let a PIN go out again that is held after too many attempts."`
	ResetTries ResetTries `cmd:"" help:"Forget the wrong PINs that were sent online, and wrong identification digits."`
	AEVV       AEVV       `cmd:"" name:"aevv" help:"Make a verification value of an authentication of the cardholder, for orders."`
	CID        CID        `cmd:"" name:"cid" help:"Tell the identification digits of a card, for orders."`
}

// Card is the card that a command is about.
type Card struct {
	Card string `arg:"" help:"Last four digits of the card number, or the card's reference."`
	Data
}

// The errors of a card that is not found do not repeat what was typed: it may be
// an account number.
var (
	errNoCard    = errors.New("there is no such card: give its last four digits, or its reference; `till issuer card list` has them")
	errWhichCard = errors.New("several cards end in these digits: give the reference of one; `till issuer card list` has them")
)

// do does something to the card of a running issuer, and tells how it stands then.
func (c Card) do(parent *Command, streams cli.Streams, verb string) error {
	ctx, stop := cli.Interruptible()
	defer stop()
	door := doors.Operators(c.Data.Data)
	ref, err := c.find(ctx, door)
	if err != nil {
		return cli.Failed{Err: err}
	}
	var card httpd.IssuedCard
	if err := door.Ask(ctx, http.MethodPost, "/v1/cards/"+ref+"/"+verb, &card); err != nil {
		return cli.Failed{Err: err}
	}
	if parent.JSON {
		return writeJSON(streams, card)
	}
	return printCards(streams, []httpd.IssuedCard{card})
}

const lastFourDigits = 4

// find returns the reference of the card that is meant.
func (c Card) find(ctx context.Context, door doors.Operators) (string, error) {
	raw, err := hex.DecodeString(c.Card)
	if err == nil && len(raw) == len(account.Ref{}) {
		return c.Card, nil
	}
	if _, err := strconv.ParseUint(c.Card, 10, 16); err != nil || len(c.Card) != lastFourDigits {
		return "", errNoCard
	}
	var cards []httpd.IssuedCard
	if err := door.Ask(ctx, http.MethodGet, "/v1/cards?last_four="+c.Card, &cards); err != nil {
		return "", err
	}
	switch len(cards) {
	case 0:
		return "", errNoCard
	case 1:
		return cards[0].Ref, nil
	}
	return "", errWhichCard
}

// printCards prints a line for each card.
func printCards(streams cli.Streams, cards []httpd.IssuedCard) error {
	var table cli.Table
	for _, c := range cards {
		var tries []string
		if c.Tries > 0 {
			tries = append(tries, cli.Count(int(c.Tries), "wrong online PIN"))
		}
		if c.CIDTries > 0 {
			tries = append(tries, cli.Count(int(c.CIDTries), "wrong CID"))
		}
		table.Row(c.Ref, "ending in "+c.LastFour, c.Status, "PIN "+c.PIN, strings.Join(tries, ", "))
	}
	return table.Print(streams.Out)
}

// ListCards lists the cards.
type ListCards struct{ Data }

// Help is the text of the help page.
func (*ListCards) Help() string {
	return `Lists the cards of a running issuer, at most 1000, with their references.

Example:

  $ till issuer card list --data bank
  4d68b64c43bdece715048c2f4ec583ed  ending in 1007  not activated  PIN unset
  6aa9c541222ab76265a8e8dc407c3549  ending in 1006  active         PIN unset
`
}

// Run lists the cards.
func (c *ListCards) Run(parent *Command, streams cli.Streams) error {
	ctx, stop := cli.Interruptible()
	defer stop()
	var cards []httpd.IssuedCard
	if err := doors.Operators(c.Data.Data).Ask(ctx, http.MethodGet, "/v1/cards", &cards); err != nil {
		return cli.Failed{Err: err}
	}
	if parent.JSON {
		return writeJSON(streams, cards)
	}
	return printCards(streams, cards)
}
