// Package checkout holds the commands of a point of sale: `till checkout` takes a
// card through a purchase, or another transaction that a merchant wants, `till
// order` makes a purchase without the card.
package checkout

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/f510b0cf/till/cmd/till/internal/cli"
	"github.com/f510b0cf/till/cmd/till/internal/tracefile"
	"github.com/f510b0cf/till/emv/clock"
	"github.com/f510b0cf/till/emv/random"
	"github.com/f510b0cf/till/hardware"
	"github.com/f510b0cf/till/hardware/trace"
	"github.com/f510b0cf/till/terminal"
	"github.com/f510b0cf/till/terminal/guard"
	"github.com/f510b0cf/till/terminal/kernel"
	"github.com/f510b0cf/till/terminal/profile"
)

// Command is `till checkout`.
type Command struct {
	Point
	Amount      string `placeholder:"12.34" help:"Amount, in the terminal's currency; not for balance, pin-change and pin-unblock."`
	Type        string `default:"purchase" enum:"purchase,cash,refund,balance,pin-change,pin-unblock" placeholder:"TYPE" help:"What the card is for: ${enum}. Default: purchase."`
	ForceOnline bool   `name:"force-online" help:"The merchant wants the purchase to be looked at online, whatever its amount."`
	Cashback    string `placeholder:"20.00" help:"Amount to be paid out in cash beside a purchase, on top of --amount."`

	Time    localTime `placeholder:"TIME" help:"Date and time at the terminal, such as 2026-11-23T12:00:00. Default: now."`
	Seed    *uint64   `placeholder:"N" help:"Draw the terminal's random numbers from a stream that repeats. The card draws its own."`
	Explain bool      `help:"Show what the terminal decided in each phase, and why."`
	JSON    bool      `help:"Write the receipt, and what was decided, as JSON."`

	tracefile.Flags
}

// Help is the text of the help page.
func (*Command) Help() string {
	return `Inserts a card, takes it through a purchase, or what --type asks for, and prints
the receipt; what the terminal displays goes to standard error. Ends with 0 where
the purchase is approved, or what was asked for is done, and with 1 where it is
not. Without --host the terminal is unable to go online, and card and terminal
decide by their action codes. docs/checkout.md has the outcomes and the format of
terminal profiles, docs/kernel.md more of --explain.

Examples:

  $ till card issue --profile amex-pin --seed 1 --out my.card --key k >issued 2>&1; \
      printf 1234 | till checkout --reader image:my.card --key k --amount 12.34 --terminal offline \
        --pin-fd 0 | grep -v -e ^time -e ^cryptogram
  PIN OK
  Approved
  Remove card
  merchant       TILL DEMO AIRLINE, TILLDEMO0000001, terminal TILL0002
  amount         12.34 USD
  card           374245*****1007, inserted
  application    A000000025010801, AMERICAN EXPRESS
  outcome        APPROVED OFFLINE
  verification   PIN, verified by the card (CVM results 440302)
  response code  Y1  Offline approved
  TVR            0000000000
  TSI            E800  oda-performed, cvm-performed, card-risk-management-performed, terminal-risk-management-performed
  next           Hand over the goods.

  $ till card issue --profile amex-pin --seed 1 --out my.card --key k >issued 2>&1; \
      till checkout --reader image:my.card --key k --amount 12.34 --bypass-pin --explain | \
      grep -e ^completion -e ^TVR -e ^outcome
  Please wait
  Declined
  Remove card
  completion                       unable to go online: default code matches pin-required-not-entered, floor-limit-exceeded
  TVR byte 3 bit 4                 PIN entry required, PIN pad present, but PIN was not entered
  TVR byte 4 bit 8                 Transaction exceeds floor limit
  outcome        DECLINED OFFLINE: unable to go online
  TVR            0000088000  pin-required-not-entered, floor-limit-exceeded

  $ till card issue --profile amex-pin --seed 1 --out my.card --key k >issued 2>&1; printf 1234 >pin; till checkout --reader image:my.card --key k --amount 12.34 --terminal offline --pin-file pin --seed 1 --time 2026-11-23T12:00:00 --trace d.lines --unmasked-trace-of-test-card >first; till checkout --reader trace-exact:d.lines --amount 12.34 --terminal offline --pin-file pin --seed 1 --time 2026-11-23T12:00:00 >second; cmp first second && grep ^outcome second
  PIN OK
  Approved
  Remove card
  PIN OK
  Approved
  Remove card
  outcome        APPROVED OFFLINE
`
}

// localTime is a date and time without time zone.
type localTime struct{ time.Time }

// UnmarshalText reads a time such as 2026-11-23T12:00:00.
func (l *localTime) UnmarshalText(text []byte) (err error) {
	l.Time, err = time.ParseInLocation("2006-01-02T15:04:05", string(text), time.Local)
	if err != nil {
		return cli.Complaint("want a time such as 2026-11-23T12:00:00")
	}
	return nil
}

// clock returns the terminal's clock.
func (c *Command) clock() clock.Clock {
	if c.Time.IsZero() {
		return clock.System{}
	}
	return clock.NewVirtual(c.Time.Time)
}

// random returns the terminal's source of randomness.
func (c *Command) random() random.Source {
	if c.Seed == nil {
		return random.Source{}
	}
	return random.Seeded(*c.Seed)
}

// Run carries out the transaction.
func (c *Command) Run(streams cli.Streams) error {
	if c.JSON && c.Explain {
		return errors.New("--explain is for people: --json has the steps in any case")
	}
	p, err := c.Profile()
	if err != nil {
		return err
	}
	r, err := c.request(p)
	if err != nil {
		return err
	}
	ctx, stop := cli.Interruptible()
	defer stop()
	return c.do(ctx, p, r, streams)
}

// do opens the card, serves its holder and writes what came of it. What can
// be wrong with the command line is found before the card is used.
func (c *Command) do(ctx context.Context, p profile.Profile, r terminal.Request, streams cli.Streams) error {
	person, err := c.Cardholder(streams)
	if err != nil {
		return err
	}
	v, err := c.Visit(person, streams)
	if err != nil {
		return err
	}
	defer v.Slot.Close()
	file, err := c.Flags.Create()
	if err != nil {
		return err
	}
	defer file.Discard()
	o, err := c.openOnline(p)
	if err != nil {
		return err
	}
	defer o.Close()

	recorder := trace.NewRecorder(nil)
	receipt, err := c.serve(ctx, p, r, o, v.Guard, recorder.Reader(v.Reader), v.Person)
	if err != nil {
		return cli.Failed{Err: err}
	}
	if err := errors.Join(c.print(receipt, streams), file.Write(recorder.Recording(), streams)); err != nil {
		return err
	}
	leftOver(person, streams.Err)
	tellUnfired(v.faulty, streams.Err)
	for _, note := range v.Slot.Notes() {
		fmt.Fprintf(streams.Err, "till: recorded card: %s\n", note)
	}
	o.settle(ctx, streams.Err)
	return verdict(ctx, receipt)
}

// serve has a terminal do what the merchant wants.
func (c *Command) serve(ctx context.Context, p profile.Profile, r terminal.Request, o *online, policy guard.Policy, reader hardware.Reader, person kernel.Cardholder) (*terminal.Receipt, error) {
	till, err := terminal.New(terminal.Config{
		Reader: reader, Profile: p, Cardholder: person, Online: o.kernelOnline(), Counter: o.counter(), Receipts: o.receipts(),
		Guard: policy, Clock: c.clock(), Rand: c.random().Stream("terminal/kernel"),
	})
	if err != nil {
		return nil, err
	}
	return till.Do(ctx, r)
}

// print writes the receipt, and before it the steps where they are asked for.
func (c *Command) print(receipt *terminal.Receipt, streams cli.Streams) error {
	if c.JSON {
		return json.NewEncoder(streams.Out).Encode(receipt)
	}
	if c.Explain {
		if err := receipt.WriteDetail(streams.Out); err != nil {
			return err
		}
		fmt.Fprintln(streams.Out)
	}
	return receipt.WriteText(streams.Out)
}
