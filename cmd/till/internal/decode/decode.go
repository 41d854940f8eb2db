// Package decode holds the decoders of `till decode`: they say in words what
// bytes mean.
package decode

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/f510b0cf/till/cmd/till/internal/cli"
	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/explain"
)

// Command is `till decode`.
type Command struct {
	JSON     bool `help:"Write the result as JSON."`
	Unmasked bool `help:"Show account numbers and track data in clear. PIN data is never shown."`

	TLV     TLV     `cmd:"" name:"tlv" help:"Data objects as a tree."`
	APDU    APDU    `cmd:"" name:"apdu" help:"A command APDU, and the answer to it."`
	DOL     DOL     `cmd:"" name:"dol" help:"A data object list."`
	TVR     TVR     `cmd:"" name:"tvr" help:"Terminal verification results, tag 95."`
	CVM     CVM     `cmd:"" name:"cvm" help:"A CVM list, tag 8E, or CVM results, tag 9F34."`
	ISO8583 ISO8583 `cmd:"" name:"iso8583" help:"A message between terminal and issuer."`
	IAD     IAD     `cmd:"" name:"iad" help:"Issuer application data, tag 9F10, with the card verification results in it."`

	Trace Trace `cmd:"" help:"A recorded dialogue of card and terminal."`
}

// decoder is one kind of bytes.
type decoder interface {
	decode(view explain.View) ([]explain.Item, error)
}

// Run carries out the decoder that the command line selected.
func (c *Command) Run(selected *kong.Context, streams cli.Streams) error {
	target := selected.Selected().Target.Addr().Interface()
	if t, ok := target.(*Trace); ok {
		return t.print(c, streams)
	}
	d, ok := target.(decoder)
	if !ok {
		return cli.Unselected(selected, streams)
	}
	view := explain.Masked
	if c.Unmasked {
		view = explain.Clear
	}
	if r, ok := d.(fromStream); ok {
		if err := r.readFrom(streams.In); err != nil {
			return err
		}
	}
	items, err := d.decode(view)
	if err != nil && len(items) > 0 { // what stands before the fault
		err = errors.Join(c.print(items, streams.Out), err)
	}
	if failure := emv.Failure(""); errors.As(err, &failure) {
		return cli.Failed{Err: err}
	}
	if err != nil {
		return err
	}
	return c.print(items, streams.Out)
}

// fromStream is a decoder that can take its bytes from standard input.
type fromStream interface{ readFrom(r io.Reader) error }

func (c *Command) print(items []explain.Item, w io.Writer) error {
	if c.JSON {
		return json.NewEncoder(w).Encode(items)
	}
	return printTree(items, w)
}

// Bytes are hexadecimal digits; white space between them is ignored, so that
// several arguments are one string.
type Bytes []string

// parse returns the bytes.
func (b Bytes) parse() ([]byte, error) {
	decoded, err := cli.ParseHex(strings.Join(b, " "))
	if err != nil {
		return nil, fmt.Errorf("read bytes: %w", err)
	}
	if len(decoded) == 0 {
		return nil, errors.New("read bytes: there are none")
	}
	return decoded, nil
}

// printTree shows items as an indented tree: label, name, value and text, and the
// notes below.
func printTree(items []explain.Item, w io.Writer) error {
	var table cli.Table
	table.Items(items, 0)
	return table.Print(w)
}
