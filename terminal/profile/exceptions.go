package profile

import (
	"encoding/hex"
	"errors"
	"fmt"
	"regexp"

	"go.yaml.in/yaml/v3"

	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/emv/secret"
)

// Exceptions is the terminal's exception file: accounts whose cards are lost,
// stolen or otherwise not to be relied on. It holds no account number in clear.
// The zero Exceptions is empty. EMV Book 4, 6.3.5.
type Exceptions struct {
	masked     map[maskedAccount]bool
	references map[account.Ref]bool
}

// maskedAccount is an account as it is printed. Several accounts may print alike.
type maskedAccount struct {
	pan      string
	sequence string // two digits, or empty for every sequence number
}

// NewExceptions returns the list of the entries, each a masked account number such
// as "374245*****1007", with "/01" behind it for one PAN sequence number, or an
// account reference of 32 hexadecimal digits. The error does not repeat an entry.
func NewExceptions(entries ...string) (Exceptions, error) {
	e := Exceptions{masked: map[maskedAccount]bool{}, references: map[account.Ref]bool{}}
	for i, entry := range entries {
		if err := e.add(entry); err != nil {
			return Exceptions{}, fmt.Errorf("list exceptions: entry %d: %w", i+1, err)
		}
	}
	return e, nil
}

// UsesReferences reports whether there are entries that only the key of account
// references finds.
func (e Exceptions) UsesReferences() bool { return len(e.references) > 0 }

// Match says how an account is on the list; empty is not at all. key is that of
// account references, which need not be there where the list has none.
func (e Exceptions) Match(key secret.Value, pan account.PAN, n account.SequenceNumber) string {
	sequence := fmt.Sprintf("%02X", n.BCD())
	switch {
	case e.masked[maskedAccount{pan.String(), ""}], e.masked[maskedAccount{pan.String(), sequence}]:
		return "masked account number"
	case e.UsesReferences() && e.references[account.NewRef(key, pan, n)]:
		return "account reference"
	}
	return ""
}

// maskedForm is a masked account number and, where one is meant, the PAN sequence
// number.
var maskedForm = regexp.MustCompile(`^([0-9]{0,6}\*{3,}[0-9]{4})(?:/([0-9]{2}))?$`)

var errException = errors.New(`want a masked account number such as "374245*****1007", with "/01" behind it for one PAN sequence number, or an account reference of 32 hexadecimal digits`)

func (e *Exceptions) add(s string) error {
	if m := maskedForm.FindStringSubmatch(s); m != nil {
		e.masked[maskedAccount{m[1], m[2]}] = true
		return nil
	}
	var r account.Ref
	b, err := hex.DecodeString(s)
	if err != nil || len(b) != len(r) {
		return errException
	}
	e.references[account.Ref(b)] = true
	return nil
}

// reader reads a list of entries, or the path of a file that holds such a list.
func (e *Exceptions) reader(open opener) reader {
	return func(n *yaml.Node) error {
		*e, _ = NewExceptions()
		if n.Kind != yaml.ScalarNode {
			return e.read(n)
		}
		name, err := readText(n)
		if err != nil || !isPath(name) {
			return fmt.Errorf("want a list, or the path of a file that ends in %s", extension)
		}
		files, err := open(name)
		if err != nil {
			return err
		}
		defer closeAll(files)
		for _, f := range files {
			root, err := document(f)
			if err == nil {
				err = atLine(root, "", e.read(root))
			}
			if err != nil { // its line is one of the list
				return &lineError{n.Line, fmt.Errorf("%.200q: %w", f.name, err)}
			}
		}
		return nil
	}
}

func (e *Exceptions) read(n *yaml.Node) error {
	return readList(n, func(item *yaml.Node) error {
		s, err := readText(item)
		if err != nil {
			return err
		}
		return e.add(s)
	})
}
