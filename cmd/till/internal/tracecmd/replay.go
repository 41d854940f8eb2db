package tracecmd

import (
	"github.com/f510b0cf/till/cmd/till/internal/cli"
	"github.com/f510b0cf/till/cmd/till/internal/reader"
	"github.com/f510b0cf/till/cmd/till/internal/tracefile"
	"github.com/f510b0cf/till/hardware"
	"github.com/f510b0cf/till/hardware/trace"
	"github.com/f510b0cf/till/terminal/guard"
)

// Replay sends recorded commands to a card.
type Replay struct {
	File   string `arg:"" help:"File with the dialogue; - is standard input."`
	Reader string `required:"" placeholder:"image:FILE" help:"Reader and card: image:FILE puts an emulated card into a slot."`
	Tap    bool   `help:"Hold the card to the contactless side."`
	Copy   bool   `help:"Leave an emulated card as it is, and use a copy of it."`
	Ignore tags   `xor:"ignore" placeholder:"TAG,..." help:"Data elements of answers whose values may differ. Default: 9F26, 9F36, 9F4B and 9F4C, and challenges."`
	Exact  bool   `xor:"ignore" help:"Ignore nothing."`

	reader.Consent
	cli.StorageKey
}

// Help is the text of the help page.
func (*Replay) Help() string {
	return `Sends the commands of a recorded dialogue, one after the other, to a card in a
reader, and says where its answers differ from the recorded ones. Ends with 0
where there is no difference and with 1 where there is one. What differs in every
transaction, such as cryptograms, is left out. To a card that is not one of till's
no VERIFY and no script command is sent (docs/checkout.md), and no more than 16
transactions are begun, since each uses up one that the card has. To have a
terminal meet the recorded card, see --reader trace:FILE of "till checkout".

Examples:

  $ till card issue --profile amex-pin --seed 1 --out my.card --key k >issued 2>&1; till checkout --reader image:my.card --key k --amount 12.34 --bypass-pin --trace d.lines --unmasked-trace-of-test-card >receipt 2>&1; till trace replay d.lines --reader image:my.card --key k
  step 15, GENERATE AC, answer 9F10 Issuer Application Data: 06010103A01002 | 06010103A09002
  step 16, GENERATE AC, answer 9F10 Issuer Application Data: 06010103211002 | 06010103219002

  $ till card issue --profile amex --seed 1 --out my.card --key k >issued 2>&1; printf '80CA9F3600\n6985\n' | till trace replay - --reader image:my.card --key k
  no difference
`
}

// transactionsMax is how many recorded transactions a card is taken into that is not
// one of till's.
const transactionsMax = 16

// Run replays the dialogue.
func (c *Replay) Run(parent *Command, streams cli.Streams) error {
	recording, err := tracefile.Read(c.File, streams.In)
	if err != nil {
		return err
	}
	r, err := reader.Open(reader.Config{Name: c.Reader, Tap: c.Tap, Copy: c.Copy, Key: c.StorageKey, Messages: streams.Err})
	if err != nil {
		return err
	}
	defer r.Close()
	policy := c.Policy(r)
	policy.TransactionsMax = transactionsMax
	g, err := guard.New(policy)
	if err != nil {
		return err
	}
	ctx, stop := cli.Interruptible()
	defer stop()
	var watched []*guard.Session
	again, err := trace.Replay(ctx, r, recording, func(card hardware.Card) hardware.Card {
		watched = append(watched, g.Watch(card))
		return watched[len(watched)-1].Card()
	})
	if err != nil {
		return cli.BrokenOff(ctx, err)
	}
	d := differences{Differences: trace.Diff(recording, again, c.ignored()...)}
	for _, s := range watched {
		for _, a := range s.Withheld() {
			d.Withheld = append(d.Withheld, string(a))
		}
	}
	return d.report(parent.JSON, streams)
}

func (c *Replay) ignored() tags {
	switch {
	case c.Exact:
		return nil
	case len(c.Ignore) > 0:
		return c.Ignore
	}
	return trace.VolatileAnswerData()
}
