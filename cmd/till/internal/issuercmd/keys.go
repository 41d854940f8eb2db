package issuercmd

import (
	"fmt"

	"github.com/f510b0cf/till/cmd/till/internal/cli"
	"github.com/f510b0cf/till/issuer"
	"github.com/f510b0cf/till/issuer/hsm"
)

// Keys is `till issuer keys`: what is done to an issuer's keys.
type Keys struct {
	List   ListKeys   `cmd:"" help:"List the keys with their check values."`
	Rotate RotateKeys `cmd:"" help:"Draw new storage keys."`
	Rekey  Rekey      `cmd:"" help:"Seal the keys under another key file, a passphrase or a token."`
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
same one. First those that cards, terminals and zone share, then those of the issuer
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

// RotateKeys draws new storage keys.
type RotateKeys struct {
	Data

	KeySource
}

// Help is the text of the help page.
func (*RotateKeys) Help() string {
	return `Draws new keys under which the issuer seals PINs and all else, and keeps the old
ones: what they sealed still opens, and no card and no terminal notices. The keys of
cards, terminals and zone stay as they are. The issuer must not run. 16 versions are
kept; after that no more can be drawn.

Example:

  $ till issuer keys rotate --data bank --key storage.key
  bank  new storage keys, the old ones kept
`
}

// Run rotates the keys.
func (c *RotateKeys) Run(parent *Command, streams cli.Streams) error {
	kek, err := c.KEK(streams)
	if err != nil {
		return err
	}
	if err := issuer.RotateKeys(c.Data.Data, kek); err != nil {
		return cli.Failed{Err: err}
	}
	return told(parent, streams, c.Data.Data, "new storage keys, the old ones kept")
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
