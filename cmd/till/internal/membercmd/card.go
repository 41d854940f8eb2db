package membercmd

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/f510b0cf/till/cmd/till/internal/cli"
	"github.com/f510b0cf/till/cmd/till/internal/doors"
	"github.com/f510b0cf/till/issuer/httpd"
)

// Card is the card that a command is about.
type Card struct {
	Card string `arg:"" optional:"" help:"Last four digits of the card number, or the card's reference. Not needed where you have one card of your own."`

	Session
	Output
}

// ask asks for something on the card and tells how it stands then.
func (c Card) ask(streams cli.Streams, method, path string, body []byte) error {
	ctx, stop := cli.Interruptible()
	defer stop()
	door, err := c.open()
	if err != nil {
		return err
	}
	ref, err := c.find(ctx, door)
	if err != nil {
		return failed(err)
	}
	var status httpd.Status
	if err := door.Ask(ctx, method, "/v1/cards/"+ref+path, body, &status); err != nil {
		return failed(err)
	}
	return c.tell(streams, status)
}

// loginNeeded is the code of a session that has ended.
const loginNeeded = "login-needed"

// failed is the outcome of what an issuer refused.
func failed(err error) error {
	var p *doors.Problem
	if errors.As(err, &p) && p.ErrorForm.Error.Code == loginNeeded {
		err = errors.New(p.ErrorForm.Error.Text + ": log in with `till login`")
	}
	return cli.Failed{Err: err}
}

// The errors of a card that is not found do not repeat what was typed: it may be
// an account number.
var (
	errNoCard    = errors.New("you have no such card: give its last four digits, or its reference")
	errWhichCard = errors.New("you have several cards: give the last four digits of one, or its reference")
)

// find returns the reference of the card that is meant: among all that the member
// sees by its digits or reference, else the only one that is his own.
func (c Card) find(ctx context.Context, door doors.Members) (string, error) {
	var cards []httpd.Card
	if err := door.Ask(ctx, http.MethodGet, "/v1/cards", nil, &cards); err != nil {
		return "", err
	}
	var found []string
	for _, card := range cards {
		named := c.Card == card.LastFour || strings.EqualFold(c.Card, card.Ref)
		if named || c.Card == "" && card.Yours {
			found = append(found, card.Ref)
		}
	}
	switch {
	case len(found) == 1:
		return found[0], nil
	case len(found) == 0:
		return "", errNoCard
	}
	return "", errWhichCard
}
