package issuercmd

import (
	"fmt"
	"io"
	"os"

	"github.com/f510b0cf/till/cmd/till/internal/cli"
	"github.com/f510b0cf/till/issuer"
	"github.com/f510b0cf/till/issuer/hsm"
)

// Keys is `till issuer keys`: what is done to an issuer's keys.
type Keys struct {
	List     ListKeys    `cmd:"" help:"List the keys with their check values."`
	Rotate   RotateKeys  `cmd:"" help:"Draw a new key of a kind; the old ones go on."`
	Retire   RetireKey   `cmd:"" help:"Remove a key that another has taken the place of."`
	Terminal TerminalKey `cmd:"" help:"Hand out the initial keys of a terminal."`
	Rekey    Rekey       `cmd:"" help:"Seal the keys under another key file, a passphrase or a token."`
}

// ListKeys lists the keys.
type ListKeys struct {
	Data

	KeySource
}

// Help is the text of the help page.
func (*ListKeys) Help() string {
	return `Lists the keys of an issuer with their check values, the first three bytes of a
block of zeros enciphered under each, by which two parties see that they have the
same one; of the reference key, of an HMAC. First those that cards, terminals and zone share, then those of the issuer
alone; of its storage keys the last one seals, and older ones still open.

Example:

  $ till issuer keys list --data bank --key storage.key | head -4
  set 1 IMK-AC   BA3AE1
  set 1 IMK-SMI  8146BA
  set 1 IMK-SMC  34439D
  BDK TDES       274B71
`
}

// keyLine is a key in JSON.
type keyLine struct {
	Name       string `json:"name"`
	CheckValue string `json:"check_value"`
}

// Run lists the keys.
func (c *ListKeys) Run(parent *Command, streams cli.Streams) error {
	kek, err := c.KEK(streams)
	if err != nil {
		return err
	}
	shared, own, err := issuer.Keys(c.Data.Data, kek)
	if err != nil {
		return cli.Failed{Err: err}
	}
	var lines []keyLine
	var table cli.Table
	for _, checks := range [][]hsm.KeyCheck{shared, own} {
		for _, k := range checks {
			line := keyLine{k.Name, fmt.Sprintf("%X", k.CheckValue)}
			lines = append(lines, line)
			table.Row(line.Name, line.CheckValue)
		}
	}
	if parent.JSON {
		return writeJSON(streams, lines)
	}
	return table.Print(streams.Out)
}

// RotateKeys draws a new key.
type RotateKeys struct {
	Data
	Kind string `arg:"" optional:"" default:"storage" enum:"storage,pin,data,masters,bdk-tdes,bdk-aes,zone" help:"Kind of the key: storage (PIN key and data key), pin, data, masters (of new cards), bdk-tdes, bdk-aes (of new terminals) or zone."`
	From string `placeholder:"FILE" help:"Take the key from a file of keys with this one alone, in place of one that is drawn: JSON, docs/issuer.md."`

	KeySource
}

// Help is the text of the help page.
func (*RotateKeys) Help() string {
	return `Draws a new key of a kind for what is new from now on, and keeps the old ones for
what there is. PIN key and data key seal what is written; what they sealed still opens.
New cards are made under the new set of master keys; those in the field keep theirs.
New terminals get keys of the new base derivation key, which key serial numbers name.
Hosts that number zone keys in DE 53 can use the new one at once; --from takes one that
they have already. No card and no terminal notices. The issuer must not run. 16 versions of a storage key are kept.

Examples:

  $ till issuer keys rotate --data bank --key storage.key
  bank  drawn: PIN key 2 and data key 2
  $ till issuer keys rotate masters --data bank --key storage.key
  bank  drawn: set 2
`
}

// Run rotates the keys.
func (c *RotateKeys) Run(parent *Command, streams cli.Streams) error {
	kek, err := c.KEK(streams)
	if err != nil {
		return err
	}
	var given io.Reader
	done := "drawn: "
	if c.From != "" {
		f, err := os.Open(c.From)
		if err != nil {
			return err
		}
		defer f.Close()
		given, done = f, "taken: "
	}
	name, err := issuer.RotateKeys(c.Data.Data, kek, hsm.KeyKind(c.Kind), given)
	if err != nil {
		return cli.Failed{Err: err}
	}
	return told(parent, streams, c.Data.Data, done+name)
}

// RetireKey removes a key.
type RetireKey struct {
	Data
	Name string `arg:"" help:"Name of the key, as rotate told it and list tells it: \"set 1\", \"PIN key 1\", \"BDK TDES\", \"BDK AES 12345678\", \"zone key\"."`

	KeySource
}

// Help is the text of the help page.
func (*RetireKey) Help() string {
	return `Removes a key that another has taken the place of. It is gone for good, but for
backups. A set of master keys or a PIN key that cards need, which are not closed, is
refused with their number. Terminals and hosts of a retired key are declined, and the
journal says why. The newest key of its kind and data keys can not be retired. The
issuer must not run.

Example:

  $ till issuer keys rotate bdk-tdes --data bank --key storage.key >/dev/null; \
      till issuer keys retire "BDK TDES" --data bank --key storage.key
  bank  retired: BDK TDES
`
}

// Run retires the key.
func (c *RetireKey) Run(parent *Command, streams cli.Streams) error {
	kek, err := c.KEK(streams)
	if err != nil {
		return err
	}
	ctx, stop := cli.Interruptible()
	defer stop()
	if err := issuer.RetireKey(ctx, c.Data.Data, kek, c.Name); err != nil {
		return cli.Failed{Err: err}
	}
	return told(parent, streams, c.Data.Data, "retired: "+c.Name)
}

// Rekey seals the keys under another key.
type Rekey struct {
	Data

	KeySource
	New NewKey `embed:"" prefix:"new-"`
}

// Help is the text of the help page.
func (*Rekey) Help() string {
	return `Seals the keys of an issuer under another storage key file, a passphrase or a key in
a token, as when the one of now may be known to somebody. What they were sealed under
does not open them any more, but backups from before and, where it is a file, card
files that were sealed under it: those stay as they are. The issuer must not run.

Example:

  $ till issuer keys rekey --data bank --key storage.key --new-key next.key
  bank  keys sealed under next.key
`
}

// Run seals the keys anew.
func (c *Rekey) Run(parent *Command, streams cli.Streams) error {
	kek, err := c.KEK(streams)
	if err != nil {
		return err
	}
	next, err := c.New.kek(streams)
	if err != nil {
		return err
	}
	if err := issuer.Rekey(c.Data.Data, kek, next); err != nil {
		return cli.Failed{Err: err}
	}
	return told(parent, streams, c.Data.Data, "keys sealed under "+c.New.describe())
}

// told writes what was done to a data directory.
func told(parent *Command, streams cli.Streams, data, text string) error {
	if parent.JSON {
		return writeJSON(streams, map[string]string{"data": data, "done": text})
	}
	var table cli.Table
	table.Row(data, text)
	return table.Print(streams.Out)
}
