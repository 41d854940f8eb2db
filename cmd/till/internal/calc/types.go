package calc

import (
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"github.com/f510b0cf/till/cmd/till/internal/cli"
	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/emv/secret"
)

// PINSource is how a calculator gets a PIN from the command line.
type PINSource = cli.PINSource

// Hex is a byte string that is written as hexadecimal digits; white space
// between them is ignored. It prints in upper case.
type Hex []byte

// UnmarshalText reads hexadecimal digits.
func (h *Hex) UnmarshalText(text []byte) error {
	decoded, err := hex.DecodeString(strings.Join(strings.Fields(string(text)), ""))
	if err != nil {
		return errors.New("want pairs of hexadecimal digits") // hex's own error quotes the input
	}
	*h = decoded
	return nil
}

// MarshalText returns upper-case hexadecimal digits.
func (h Hex) MarshalText() ([]byte, error) { return []byte(h.String()), nil }

// String returns upper-case hexadecimal digits.
func (h Hex) String() string { return strings.ToUpper(hex.EncodeToString(h)) }

// Fixed copies the bytes into an array-sized slice and checks the length; name
// is the flag or member that they come from.
func (h Hex) Fixed(name string, dst []byte) error {
	if len(h) != len(dst) {
		return fmt.Errorf("%s: %d bytes, want %d", name, len(h), len(dst))
	}
	copy(dst, h)
	return nil
}

// Secret is a key that is written as hexadecimal digits. It does not print.
type Secret struct{ secret.Value }

// UnmarshalText reads hexadecimal digits; none is no key.
func (s *Secret) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		return nil
	}
	var h Hex
	if err := h.UnmarshalText(text); err != nil {
		return err
	}
	defer secret.Wipe(h)
	s.Value = secret.New(h)
	return nil
}

// TDES returns the two-key TDES key; name is the flag or member it comes from.
func (s Secret) TDES(name string) (secret.Key, error) { return s.key(name, secret.NewTDES) }

// AES returns the AES key; name is the flag or member it comes from.
func (s Secret) AES(name string) (secret.Key, error) { return s.key(name, secret.NewAES) }

func (s Secret) key(name string, parse func([]byte) (secret.Key, error)) (key secret.Key, err error) {
	if s.IsZero() {
		return secret.Key{}, fmt.Errorf("%s: a key is missing", name)
	}
	s.Open(func(raw []byte) { key, err = parse(raw) })
	if err != nil {
		return secret.Key{}, fmt.Errorf("%s: %w", name, err)
	}
	return key, nil
}

// PAN is an account number as decimal digits. It prints masked.
type PAN struct{ account.PAN }

// UnmarshalText reads decimal digits; none is no account.
func (p *PAN) UnmarshalText(text []byte) (err error) {
	if len(text) == 0 {
		return nil
	}
	p.PAN, err = account.ParsePAN(text)
	return err
}

// PSN is a PAN sequence number as two decimal digits; none is 00.
type PSN struct{ account.SequenceNumber }

// UnmarshalText reads two decimal digits or none.
func (n *PSN) UnmarshalText(text []byte) (err error) {
	n.SequenceNumber, err = account.ParseSequenceNumber(string(text))
	return err
}

// PINDigits are the characters of a PIN in a JSON object. On the command line
// a PIN comes from a PINSource.
type PINDigits struct{ secret.Value }

// UnmarshalText reads the characters; none is no PIN.
func (p *PINDigits) UnmarshalText(text []byte) error {
	if len(text) > 0 {
		p.Value = secret.New(text)
	}
	return nil
}

// PIN returns the characters given in the JSON object or, on the command line,
// those of the source; prompt says which PIN is asked for. They are unchecked.
func (e Env) PIN(given PINDigits, source PINSource, prompt string) (secret.Value, error) {
	if !given.IsZero() {
		return given.Value, nil
	}
	return e.pin(source, prompt)
}

// usage turns a parser's error about a flag or member into one of usage: it
// keeps the text and drops the class of failure, which belongs to the bytes that
// are calculated on, not to the words around them.
func usage(err error) error { return errors.New(err.Error()) }
