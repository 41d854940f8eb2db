package checkout

import (
	"bytes"
	"errors"
	"slices"

	"github.com/f510b0cf/till/cmd/till/internal/cardcmd"
	"github.com/f510b0cf/till/cmd/till/internal/cli"
	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/terminal/link"
)

// readAccount reads the account of an order: from a card file, a line, or the
// keyboard.
func (c *Order) readAccount(o *link.Order, streams cli.Streams) error {
	if c.Card != "" {
		a, err := cardcmd.ReadAccount(c.Card, c.StorageKey)
		o.PAN, o.Expiry, o.SequenceNumber, o.HasSequenceNumber = a.PAN, a.Expiry, a.SequenceNumber, a.HasSequenceNumber
		return err
	}
	source := cli.Line{File: c.AccountFile, FD: c.AccountFD, What: "account", Flag: "account"}
	line, err := source.Read(streams, "Account number, expiry as MM/YY, sequence number if there is one")
	if err != nil {
		return err
	}
	line.Open(func(text []byte) { err = parseAccount(o, text) })
	return err
}

// errAccount says what an account looks like, and nothing of what was given.
var errAccount = errors.New("read account: want the account number of 8 to 19 digits, the expiry as MM/YY and, if there is one, the sequence number of two digits, with spaces between them")

// parseAccount reads a line such as "374245001741007 12/35 00".
func parseAccount(o *link.Order, text []byte) (err error) {
	words := bytes.Fields(text)
	if len(words) != 2 && len(words) != 3 {
		return errAccount
	}
	if o.PAN, err = account.ParsePAN(words[0]); err != nil {
		return errAccount
	}
	month, year, found := bytes.Cut(words[1], []byte("/"))
	yymm := slices.Concat(year, month)
	defer secret.Wipe(yymm)
	if o.Expiry, err = account.ParseExpiry(yymm); err != nil || !found || len(month) != len(year) {
		return errAccount
	}
	if len(words) == 3 {
		o.HasSequenceNumber = true
		if o.SequenceNumber, err = account.ParseSequenceNumber(string(words[2])); err != nil {
			return errAccount
		}
	}
	return nil
}
