package issuercmd

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/f510b0cf/till/cmd/till/internal/cli"
	"github.com/f510b0cf/till/emv/durable"
	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/issuer"
	"github.com/f510b0cf/till/issuer/hsm"
)

// TerminalKey hands out the initial keys of a terminal.
type TerminalKey struct {
	Data
	Number uint32 `required:"" placeholder:"N" help:"Number of the terminal, 0 to 524287. No two terminals of a base derivation key may have the same."`
	To     string `required:"" placeholder:"FILE" help:"File to make, mode 0600. It has the keys in clear."`

	KeySource
}

// Help is the text of the help page.
func (*TerminalKey) Help() string {
	return `Hands out the initial keys of a terminal, for TDES and AES DUKPT, made of the newest
base derivation keys: till checkout --terminal-key loads them. The issuer may run. Who
has the file has the terminal's keys. That of till issuer init --demo has number 102535.

Example:

  $ till issuer keys terminal --data bank --key storage.key --number 2 --to two.json
  two.json  initial keys of terminal 2, KSN FFFF9876540000400000
`
}

// Run makes the file.
func (c *TerminalKey) Run(parent *Command, streams cli.Streams) error {
	if c.Number > hsm.TerminalMax {
		return fmt.Errorf("--number: want 0 to %d", hsm.TerminalMax)
	}
	kek, err := c.KEK(streams)
	if err != nil {
		return err
	}
	keys, err := issuer.KeysOfTerminal(c.Data.Data, kek, c.Number)
	if err != nil {
		return cli.Failed{Err: err}
	}
	content, err := json.Marshal(keys.Clear())
	defer secret.Wipe(content)
	if err == nil {
		err = writeNew(c.To, append(content, '\n'))
	}
	if err != nil {
		return cli.Failed{Err: fmt.Errorf("write keys of terminal: %w", err)}
	}
	return told(parent, streams, c.To, fmt.Sprintf("initial keys of terminal %d, KSN %s", c.Number, keys.KSN))
}

// writeNew writes a file that its owner alone may read, where there is none.
func writeNew(path string, content []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	return errors.Join(err, f.Sync(), f.Close(), durable.Folder(filepath.Dir(path)))
}
