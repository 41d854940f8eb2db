package issuercmd

import "github.com/f510b0cf/till/cmd/till/internal/cli"

// Block stops a card for a time.
type Block struct{ Card }

// Help is the text of the help page.
func (*Block) Help() string {
	return `Stops an active card for a time: every request with it is declined, until
` + "`till issuer card unblock`" + `. A PIN that waits for the card goes on waiting.
A card that was not activated is declined anyway and can not be blocked.

Example:

  $ till issuer card block 1006 --data bank
  6aa9c541222ab76265a8e8dc407c3549  ending in 1006  blocked  PIN unset
`
}

// Run blocks the card.
func (c *Block) Run(parent *Command, streams cli.Streams) error {
	return c.do(parent, streams, "block")
}

// Unblock makes a blocked card active again.
type Unblock struct{ Card }

// Help is the text of the help page.
func (*Unblock) Help() string {
	return `Makes a blocked card active again. A card that was reported lost or stolen does
not come back, wherever it turns up, nor does one that is closed. New PIN tries
on the chip are another matter: its holder asks for them, till pin unblock.

Example:

  $ till issuer card unblock 1006 --data bank
  6aa9c541222ab76265a8e8dc407c3549  ending in 1006  active  PIN unset
`
}

// Run unblocks the card.
func (c *Unblock) Run(parent *Command, streams cli.Streams) error {
	return c.do(parent, streams, "unblock")
}

// Lost stops a card that was lost.
type Lost struct{ Card }

// Help is the text of the help page.
func (*Lost) Help() string {
	return `Stops a card for good that its holder has lost: every request with it is declined
as lost. A mistaken report of a theft becomes one of a loss.

Example:

  $ till issuer card lost 1006 --data bank --json
  {"ref":"6aa9c541222ab76265a8e8dc407c3549","last_four":"1006","sequence_number":"00","expires":"3512","holder":2,"primary":1,"status":"lost","pin":"unset","tries":0,"highest_atc":0,"cryptogram":"amex-style","script":"amex-style","key_set":1,"cid_tries":0}
`
}

// Run reports the card as lost.
func (c *Lost) Run(parent *Command, streams cli.Streams) error {
	return c.do(parent, streams, "lost")
}

// Stolen stops a card that was stolen.
type Stolen struct{ Card }

// Help is the text of the help page.
func (*Stolen) Help() string {
	return `Stops a card for good that was stolen: every request with it is declined as stolen,
which asks the merchant to keep the card.

Example:

  $ till issuer card stolen 1006 --data bank
  6aa9c541222ab76265a8e8dc407c3549  ending in 1006  stolen  PIN unset
`
}

// Run reports the card as stolen.
func (c *Stolen) Run(parent *Command, streams cli.Streams) error {
	return c.do(parent, streams, "stolen")
}

// CloseCard ends a card.
type CloseCard struct{ Card }

// Help is the text of the help page.
func (*CloseCard) Help() string {
	return `Ends a card for ever, as when another takes its place. A PIN that waits for it is
erased.

Example:

  $ till issuer card close 1006 --data bank; till issuer card close 1006 --data bank
  6aa9c541222ab76265a8e8dc407c3549  ending in 1006  closed  PIN closed
  till: the card is closed, for ever: issue another
`
}

// Run closes the card.
func (c *CloseCard) Run(parent *Command, streams cli.Streams) error {
	return c.do(parent, streams, "close")
}

// Retry lets a held PIN go out again.
type Retry struct{ Card }

// Help is the text of the help page.
func (*Retry) Help() string {
	return `Lets a PIN go out again that is held: it went out as often as the policy allows,
and the card did not confirm it. Find out why first: a card that takes no script
needs to be replaced.

Example:

  $ till issuer card retry 1006 --data bank
  till: the PIN of this card is not held: look at the status of the card
`
}

// Run lets the PIN go out again.
func (c *Retry) Run(parent *Command, streams cli.Streams) error {
	return c.do(parent, streams, "retry")
}

// ResetTries forgets wrong online PINs.
type ResetTries struct{ Card }

// Help is the text of the help page.
func (*ResetTries) Help() string {
	return `Forgets the wrong PINs that were sent online, so that the right one is accepted
again, and the wrong card identification digits of orders. The chip counts those PINs
that were entered into it, which is another matter: till pin unblock, by the card's
holder.

Example:

  $ till issuer card reset-tries 1006 --data bank
  6aa9c541222ab76265a8e8dc407c3549  ending in 1006  active  PIN unset
`
}

// Run forgets the tries.
func (c *ResetTries) Run(parent *Command, streams cli.Streams) error {
	return c.do(parent, streams, "reset-tries")
}
