package checkout

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/f510b0cf/till/cmd/till/internal/cli"
	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/clock"
	"github.com/f510b0cf/till/emv/pin"
	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/issuer/message"
	"github.com/f510b0cf/till/terminal/link"
	"github.com/f510b0cf/till/terminal/profile"
)

// Order is `till order`.
type Order struct {
	Amount   string `required:"" placeholder:"12.34" help:"Amount of the order, in the terminal's currency."`
	Host     string `required:"" placeholder:"HOST:PORT" help:"Issuer host, as \"till issuer serve\" tells it."`
	Terminal string `default:"demo" placeholder:"NAME|FILE" help:"Terminal profile, as with \"till checkout\", or a file. Default: demo."`

	Card        string `xor:"account" placeholder:"FILE" help:"Take the account that is printed on an emulated card from its file. Default: the account is typed."`
	AccountFile string `xor:"account" placeholder:"FILE" help:"Take the account from the first line of FILE: number, expiry as MM/YY, and sequence number if there is one."`
	AccountFD   *int   `name:"account-fd" xor:"account" placeholder:"N" help:"Take the account from the next line of file descriptor N."`

	CIDFile string  `name:"cid-file" xor:"cid" placeholder:"FILE" help:"Send the card identification digits in the first line of FILE, 3 to 5. Default: none are sent."`
	CIDFD   *int    `name:"cid-fd" xor:"cid" placeholder:"N" help:"Send those in the next line of file descriptor N."`
	ECI     eciFlag `name:"eci" placeholder:"DD" help:"Electronic commerce indicator: 05 the cardholder was authenticated, 06 it was attempted, 07 not. Default: none is sent."`

	AEVV aevvFlag `name:"aevv" placeholder:"HEX" help:"Verification value of the cardholder's authentication, 20 bytes, as \"till issuer card aevv\" makes it, for --eci 05 or 06. Default: none is sent."`

	PIN  cli.PINSource `embed:"" set:"pin=a PIN that is sent along, as no order should, to see that the issuer refuses it,"`
	JSON bool          `help:"Write the receipt as JSON."`

	Memory
}

// Help is the text of the help page.
func (*Order) Help() string {
	return `Makes a purchase without the card, as in a shop on the web: the cardholder gives
the account, and an authorisation request without chip data and PIN goes to the
issuer. Ends with 0 where it is approved and with 1 where it is not. What went
unanswered is reversed at the next purchase or order with the same journal.

Example, with the account that is printed on an emulated card:

  $ till order --card bank-handout/ben.card --amount 49.99 --host "$ISSUER" \
      --journal terminal.journal | grep -v -e ^time -e ^approval
  merchant       TILL DEMO SHOP, TILLDEMO0000001, terminal TILL0001
  amount         49.99 USD
  card           374245*****1006, not present
  outcome        APPROVED
  action code    000 approved
  next           Send the goods.
`
}

// eciFlag is an electronic commerce indicator.
type eciFlag string

// eciDigits is its length.
const eciDigits = 2

// UnmarshalText reads two digits.
func (e *eciFlag) UnmarshalText(text []byte) error {
	if len(text) != eciDigits || !emv.Decimal(text) {
		return cli.Complaint("want two digits, such as 07")
	}
	*e = eciFlag(text)
	return nil
}

// aevvFlag is a verification value of an authentication.
type aevvFlag []byte

// aevvBytes is its length.
const aevvBytes = 20

// UnmarshalText reads hexadecimal digits.
func (a *aevvFlag) UnmarshalText(text []byte) error {
	b, err := hex.DecodeString(string(text))
	if err != nil || len(b) != aevvBytes {
		return cli.Complaint(fmt.Sprintf("want %d bytes in hexadecimal digits", aevvBytes))
	}
	*a = b
	return nil
}

// Run makes the order.
func (c *Order) Run(streams cli.Streams) error {
	p, err := loadTerminal(c.Terminal)
	if err != nil {
		return err
	}
	order, err := c.order(p, streams)
	if err != nil {
		return err
	}
	o, err := c.open(c.Host, p)
	if err != nil {
		return err
	}
	defer o.Close()
	ctx, stop := cli.Interruptible()
	defer stop()
	receipt := orderReceipt{profile: p, order: order, time: clock.System{}.Now()}
	receipt.answer, receipt.failure = o.link.Order(ctx, order)
	receipt.keep(o, streams.Err)
	if err := receipt.print(streams, c.JSON); err != nil {
		return err
	}
	o.settle(ctx, streams.Err)
	return receipt.verdict(ctx)
}

// order reads what the cardholder gives. What can be wrong with it is found before
// anything is sent.
func (c *Order) order(p profile.Profile, streams cli.Streams) (o link.Order, err error) {
	if o.Amount, err = profile.ParseAmount(c.Amount, p.CurrencyExponent); err != nil {
		return o, fmt.Errorf("--amount: %w", err)
	}
	if o.Amount == 0 {
		return o, errors.New("--amount: want more than nothing")
	}
	if err := c.readAccount(&o, streams); err != nil {
		return o, err
	}
	o.CardNotPresent = message.CardNotPresent{ECI: string(c.ECI), AEVV: c.AEVV}
	if o.CardNotPresent.CID, err = c.readCID(streams); err != nil || !c.PIN.Given() {
		return o, err
	}
	line, err := c.PIN.Read(streams, "PIN")
	if err != nil {
		return o, err
	}
	line.Open(func(digits []byte) { o.PIN, err = pin.Parse(digits) })
	if err != nil {
		return o, fmt.Errorf("read PIN: want %d to %d digits", pin.DigitsMin, pin.DigitsMax)
	}
	return o, nil
}

// Lengths of card identification digits.
const (
	cidDigitsMin = 3
	cidDigitsMax = 5
)

// readCID reads the card identification digits, where a source is given.
func (c *Order) readCID(streams cli.Streams) (secret.Value, error) {
	source := cli.Line{File: c.CIDFile, FD: c.CIDFD, What: "card identification digits", Flag: "cid"}
	if !source.Given() {
		return secret.Value{}, nil
	}
	line, err := source.Read(streams, "")
	if err != nil {
		return secret.Value{}, err
	}
	good := false
	line.Open(func(digits []byte) {
		good = len(digits) >= cidDigitsMin && len(digits) <= cidDigitsMax && emv.Decimal(digits)
	})
	if !good {
		return secret.Value{}, fmt.Errorf("read card identification digits: want %d to %d digits", cidDigitsMin, cidDigitsMax)
	}
	return line, nil
}

// verdict turns what became of the order into an error, nil where it is approved.
func (r *orderReceipt) verdict(ctx context.Context) error {
	switch {
	case errors.Is(context.Cause(ctx), cli.ErrInterrupted):
		return cli.ErrInterrupted
	case r.failure != nil:
		return cli.Failed{Err: advise(r.failure)}
	case !r.approved():
		return cli.Failed{}
	}
	return nil
}

// orderReceipt is what became of an order.
type orderReceipt struct {
	secret.Opaque
	profile profile.Profile
	order   link.Order
	time    time.Time
	answer  *link.OrderAnswer // nil where there is none
	failure error             // why
}
