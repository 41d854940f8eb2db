// Package calc holds the calculators of `till calc`: one for each kind of
// figure that the standards define. A calculator is a struct whose fields are
// both the flags of its command and the members of the `in` object that
// `--json` reads; Calculate returns the `out` object. It holds no rule of its
// own: it parses, calls a package below emv, and formats.
package calc

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/f510b0cf/till/cmd/till/internal/cli"
	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/secret"
)

// Command is `till calc`.
type Command struct {
	JSON    bool `help:"Read the input from standard input as a JSON object, or an array of them, and write the result likewise."`
	Explain bool `help:"Show the steps, and which variant would match a value that does not."`

	UDK         UDK         `cmd:"" name:"udk" help:"Derive the ICC master key of a card."`
	SessionKeys SessionKeys `cmd:"" name:"session-keys" help:"Derive the session key of a transaction."`
	ARQC        ARQC        `cmd:"" name:"arqc" help:"Compute and check an application cryptogram."`
	ARPC        ARPC        `cmd:"" name:"arpc" help:"Compute and check the issuer's answer to an ARQC."`
	ScriptMAC   ScriptMAC   `cmd:"" name:"script-mac" help:"Compute and check the MAC of a script command."`
	PINChange   PINChange   `cmd:"" name:"pin-change" help:"Make the command PIN CHANGE/UNBLOCK, or open it."`
	ODA         ODA         `cmd:"" name:"oda" help:"Verify the certificates and signed data of offline data authentication."`
	CAPK        CAPK        `cmd:"" name:"capk" help:"Compute and check the check sum of a certification authority public key."`
	PINBlock    PINBlock    `cmd:"" name:"pin-block" help:"Make a PIN block, or take one apart."`
	PVV         PVV         `cmd:"" name:"pvv" help:"Compute and check a Visa PIN verification value."`
	IBM3624     IBM3624     `cmd:"" name:"ibm3624" help:"Compute and check an IBM 3624 offset."`
	DUKPTTDES   DUKPTTDES   `cmd:"" name:"dukpt-tdes" help:"Derive the keys of TDES DUKPT."`
	DUKPTAES    DUKPTAES    `cmd:"" name:"dukpt-aes" help:"Derive the keys of AES DUKPT."`
	TLV         TLV         `cmd:"" name:"tlv" help:"Take BER-TLV apart."`
	DOL         DOL         `cmd:"" name:"dol" help:"Read a data object list and fill it."`
	CVMList     CVMList     `cmd:"" name:"cvm-list" help:"Read a CVM list and walk through it."`
	TVR         TVR         `cmd:"" name:"tvr" help:"Name the bits of TVR, TSI or card verification results."`
}

// Calculator is one kind of figure.
type Calculator interface {
	// Calculate returns the struct that is the `out` object. A failed check is
	// an error that wraps an emv.Failure; any other error is one of usage.
	Calculate(Env) (out any, err error)
	// Explain shows the steps. It is called after Calculate, where that was right
	// or a check failed.
	Explain(*Explanation)
}

// Env is what a calculator may use beside its own fields.
type Env struct {
	Rand io.Reader
	pin  func(source cli.PINSource, prompt string) (secret.Value, error)
}

// Run carries out the calculator that the command line selected.
func (c *Command) Run(selected *kong.Context, streams cli.Streams) error {
	node := selected.Selected()
	calculator, ok := node.Target.Addr().Interface().(Calculator)
	switch {
	case !ok:
		return cli.Unselected(selected, streams)
	case c.JSON && c.Explain:
		return errors.New("--explain is for people, leave --json out")
	case c.JSON:
		if err := refuseFlags(selected); err != nil {
			return err
		}
		return runJSON(calculator, streams)
	}
	return nameFlag(runFlags(calculator, c.Explain, streams), node)
}

// refuseFlags refuses the flags of a calculator beside --json.
func refuseFlags(selected *kong.Context) error {
	for _, p := range selected.Path {
		if p.Flag != nil && slices.Contains(selected.Selected().Flags, p.Flag) {
			return fmt.Errorf("%s: with --json all input comes from standard input", p.Flag.ShortSummary())
		}
	}
	return nil
}

// runFlags calculates once with the flags of the command line.
func runFlags(calculator Calculator, explain bool, streams cli.Streams) error {
	env := Env{Rand: rand.Reader, pin: func(source cli.PINSource, prompt string) (secret.Value, error) {
		return source.Read(streams, prompt)
	}}
	out, err := calculator.Calculate(env)
	var failure emv.Failure
	if err != nil && !errors.As(err, &failure) {
		return err
	}
	var x Explanation
	if explain {
		calculator.Explain(&x)
		if x.table.IsEmpty() {
			fmt.Fprintln(streams.Err, "till: there are no steps to show")
		}
		if err := x.table.Print(streams.Out); err != nil {
			return err
		}
	}
	if err != nil {
		return cli.Failed{Err: err}
	}
	return printResult(out, x, streams.Out)
}

// Explanation collects the steps of a calculation.
type Explanation struct {
	table cli.Table
	steps []step
}

type step struct{ name, value string }

// Step adds a step: what it is, its value, and a remark or "". Neither may hold
// a clear PIN or a key; a key is shown by its check value.
func (x *Explanation) Step(name, value, remark string) {
	x.table.Row(name, value, remark)
	x.steps = append(x.steps, step{strings.ToLower(name), value})
}

// has reports whether there is that step, whatever the case of its name.
func (x *Explanation) has(name, value string) bool {
	return slices.Contains(x.steps, step{strings.ToLower(name), value})
}
