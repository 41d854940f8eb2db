package membercmd

import (
	"encoding/json"
	"errors"
	"net/http"

	"github.com/f510b0cf/till/cmd/till/internal/cli"
	"github.com/f510b0cf/till/emv/secret"
)

// Activate makes a delivered card usable.
type Activate struct{ Card }

// Help is the text of the help page.
func (*Activate) Help() string {
	return `Activates a delivered card. Before that, every payment with it is declined.

Example:

  $ till activate 1006
  card  ending in 1006, active
  PIN   none: the card has no PIN
  next  create a PIN
`
}

// Run activates the card.
func (c *Activate) Run(streams cli.Streams) error {
	return c.ask(streams, http.MethodPost, "/activate", nil)
}

// Create sets the first PIN.
type Create struct {
	Card
	NewPIN
}

// Help is the text of the help page.
func (*Create) Help() string {
	return `Sets the first PIN of a card: four digits. It comes to the card at the first
insertion at a checkout terminal, which asks for it already; a tap will not do.

Example, of a card that is not activated yet:

  $ echo 8361 | till pin create 1006 --pin-fd 0
  card  ending in 1006, not activated
  PIN   first-pending: the card is not activated; the PIN waits for the card
  next  activate the card, then insert the card at a checkout terminal and enter the PIN; a tap will not do
`
}

// Run creates the PIN.
func (c *Create) Run(streams cli.Streams) error {
	return c.set(streams, c.Card, http.MethodPost, secret.Value{})
}

// Change sets a new PIN.
type Change struct {
	Card
	NewPIN
	Password
}

// Help is the text of the help page.
func (*Change) Help() string {
	return `Sets a new PIN: four digits. It is pending until the card is inserted at a checkout
terminal, where the old PIN is used a last time; a tap will not do. It can be changed again at any time.
The password of the login is wanted again: somebody else may have come by the login.

Example: the card never had the first one, so that the new one takes its place.

  $ echo 9272 | till pin change 1006 --pin-fd 0 --password-file bank-handout/ben.password --json
  {"card":{"ref":"6aa9c541222ab76265a8e8dc407c3549","last_four":"1006","supplementary":true,"yours":true,"status":"active"},"pin":"first-pending","text":"the PIN waits for the card","next":"insert the card at a checkout terminal and enter the PIN; a tap will not do"}
`
}

// Run changes the PIN.
func (c *Change) Run(streams cli.Streams) error {
	if _, err := c.open(); err != nil {
		return err
	}
	ctx, stop := cli.Interruptible()
	defer stop()
	password, err := c.Password.read(ctx, streams)
	if err != nil {
		return err
	}
	return c.set(streams, c.Card, http.MethodPut, password)
}

// Unblock asks for new PIN tries.
type Unblock struct{ Card }

// Help is the text of the help page.
func (*Unblock) Help() string {
	return `Asks for new PIN tries on the card, for a card whose tries are used up. They come at
the next insertion at a checkout terminal. A card that no PIN has come to has none.

Example:

  $ till pin unblock 1006
  till: the card has no PIN yet: create one, or bring the one that waits to the card
`
}

// Run asks for the unblock.
func (c *Unblock) Run(streams cli.Streams) error {
	return c.ask(streams, http.MethodPost, "/pin/unblock", nil)
}

// Status says how a card and its PIN stand.
type Status struct{ Card }

// Help is the text of the help page.
func (*Status) Help() string {
	return `Says how a card and its PIN stand, and what to do next.

Example:

  $ till pin status
  card  ending in 1006, active
  PIN   first-pending: the PIN waits for the card
  next  insert the card at a checkout terminal and enter the PIN; a tap will not do
`
}

// Run asks for the status.
func (c *Status) Run(streams cli.Streams) error {
	return c.ask(streams, http.MethodGet, "/pin", nil)
}

// NewPIN is the PIN that is to be set.
type NewPIN struct {
	cli.PINSource `embed:"" set:"pin=the new PIN"`
}

var errNotTheSame = errors.New("the two PINs differ: nothing was changed, try again")

// set asks for the PIN, twice where it is typed, and sets it. A zero password is none.
func (n NewPIN) set(streams cli.Streams, c Card, method string, password secret.Value) error {
	if _, err := c.open(); err != nil {
		return err
	}
	digits, err := n.Read(streams, "New PIN")
	if err != nil {
		return err
	}
	if !n.Given() {
		again, err := n.Read(streams, "New PIN, again")
		if err != nil {
			return err
		}
		if !again.Equal(digits) {
			return errNotTheSame
		}
	}
	body, err := pinBody(digits, password)
	defer secret.Wipe(body)
	if err != nil {
		return err
	}
	return c.ask(streams, method, "/pin", body)
}

// pinBody returns the body of a request with a PIN; the caller wipes it.
func pinBody(digits, password secret.Value) (body []byte, err error) {
	var form struct {
		PIN      string `json:"pin"`
		Password string `json:"password,omitempty"`
	}
	digits.Open(func(clear []byte) { form.PIN = string(clear) })
	password.Open(func(clear []byte) { form.Password = string(clear) })
	return json.Marshal(form)
}
