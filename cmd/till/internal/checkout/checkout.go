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
	"github.com/f510b0cf/till/cmd/till/internal/reader"
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
	Reader      string `required:"" placeholder:"image:FILE" help:"Reader and card: image:FILE puts an emulated card into a slot, pcsc:NAME is a PC/SC reader, as \"till readers\" lists it, trace:FILE a recorded card, trace-exact:FILE one that takes no other commands than the recorded ones."`
	Amount      string `placeholder:"12.34" help:"Amount, in the terminal's currency; not for balance, pin-change and pin-unblock."`
	Type        string `default:"purchase" enum:"purchase,cash,refund,balance,pin-change,pin-unblock" placeholder:"TYPE" help:"What the card is for: ${enum}. Default: purchase."`
	ForceOnline bool   `name:"force-online" help:"The merchant wants the purchase to be looked at online, whatever its amount."`
	Cashback    string `placeholder:"20.00" help:"Amount to be paid out in cash beside a purchase, on top of --amount."`
	Host        string `default:"none" placeholder:"HOST:PORT" help:"Issuer host, as \"till issuer serve\" tells it; none is a terminal that is unable to go online. Default: none."`
	Terminal    string `default:"demo" placeholder:"NAME|FILE" help:"Terminal profile: attended, cash-machine, demo, no-online-pin, no-pin-pad, offline, quick-chip, signature-only, unattended, or a file. Default: demo."`
	CAPK        string `name:"capk" placeholder:"FILE|DIR" help:"Trust the CA public keys of FILE, or of all .yaml files of DIR, in place of those of the terminal profile."`

	PINFile   string `name:"pin-file" xor:"pin" placeholder:"FILE" help:"Take PIN entries from FILE, one line for each time that a PIN is asked for; an empty line skips one. Default: PINs are typed."`
	PINFD     *int   `name:"pin-fd" xor:"pin" placeholder:"N" help:"Take PIN entries from file descriptor N, up to its end."`
	BypassPIN bool   `name:"bypass-pin" xor:"pin" help:"Skip the entry of a PIN each time that one is asked for."`

	Memory

	Tap     bool        `help:"Hold the card to the contactless side."`
	Time    localTime   `placeholder:"TIME" help:"Date and time at the terminal, such as 2026-11-23T12:00:00. Default: now."`
	Seed    *uint64     `placeholder:"N" help:"Draw the terminal's random numbers from a stream that repeats. The card draws its own."`
	Faults  []faultFlag `name:"fault" sep:"none" placeholder:"FAULT" help:"Have something go wrong between terminal and card, such as \"pull before GENERATE_AC 2\"; docs/faults.md. May be given several times."`
	Explain bool        `help:"Show what the terminal decided in each phase, and why."`
	JSON    bool        `help:"Write the receipt, and what was decided, as JSON."`

	tracefile.Flags
	reader.Consent
	CardKeys string `name:"card-keys" placeholder:"FILE" help:"Issuer master keys, as \"till card issue --issuer-keys-out\" writes them: a card that is not one of till's, but whose cryptograms they make, gets issuer scripts."`
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
	p, err := c.profile()
	if err != nil {
		return err
	}
	a, err := c.action(p)
	if err != nil {
		return err
	}
	ctx, stop := cli.Interruptible()
	defer stop()
	return c.do(ctx, p, a, streams)
}

// do opens the card, serves its holder and writes what came of it. What can
// be wrong with the command line is found before the card is used.
func (c *Command) do(ctx context.Context, p profile.Profile, a action, streams cli.Streams) error {
	person, err := c.cardholder(streams)
	if err != nil {
		return err
	}
	faulty, err := c.injector()
	if err != nil {
		return err
	}
	slot, err := c.openReader(streams)
	if err != nil {
		return err
	}
	defer slot.Close()
	policy, err := c.policy(slot)
	if err != nil {
		return err
	}
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
	receipt, err := c.serve(ctx, p, a, o, policy, recorder.Reader(faulty.Reader(slot)), customer{person, slot, streams.Err})
	if err != nil {
		return cli.Failed{Err: err}
	}
	if err := errors.Join(c.print(receipt, streams), file.Write(recorder.Recording(), streams)); err != nil {
		return err
	}
	leftOver(person, streams.Err)
	tellUnfired(faulty, streams.Err)
	for _, note := range slot.Notes() {
		fmt.Fprintf(streams.Err, "till: recorded card: %s\n", note)
	}
	o.settle(ctx, streams.Err)
	return verdict(ctx, receipt)
}

// serve has a terminal do what the merchant wants.
func (c *Command) serve(ctx context.Context, p profile.Profile, a action, o *online, policy guard.Policy, reader hardware.Reader, person kernel.Cardholder) (*terminal.Receipt, error) {
	till, err := terminal.New(terminal.Config{
		Reader: reader, Profile: p, Cardholder: person, Online: o.kernelOnline(), Counter: o.counter(), Receipts: o.receipts(),
		Guard: policy, Clock: c.clock(), Rand: c.random().Stream("terminal/kernel"),
	})
	if err != nil {
		return nil, err
	}
	return a(ctx, till)
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
