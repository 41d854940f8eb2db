package calc

import (
	"encoding"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/f510b0cf/till/cmd/till/internal/cli"
	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/emv/secret"
)

// PINSource is how a calculator gets a PIN from the command line.
type PINSource = cli.PINSource

// Hex is a byte string that is written as hexadecimal digits; white space
// between them is ignored. It prints in upper case. The nil Hex is not given.
type Hex []byte

// UnmarshalText reads hexadecimal digits.
func (h *Hex) UnmarshalText(text []byte) (err error) {
	*h, err = cli.ParseHex(string(text))
	return err
}

// MarshalText returns upper-case hexadecimal digits.
func (h Hex) MarshalText() ([]byte, error) { return []byte(h.String()), nil }

// String returns upper-case hexadecimal digits.
func (h Hex) String() string { return strings.ToUpper(hex.EncodeToString(h)) }

// errMissing says that a member is needed and not there.
var errMissing = errors.New("missing")

// Required refuses bytes that are not given; name is the member that they come
// from.
func (h Hex) Required(name string) error {
	if h == nil {
		return about(name, errMissing)
	}
	return nil
}

// Fixed copies the bytes into an array-sized slice and checks the length; name
// is the member that they come from.
func (h Hex) Fixed(name string, dst []byte) error {
	want := cli.Count(len(dst), "byte")
	switch len(h) {
	case len(dst):
		copy(dst, h)
		return nil
	case 0:
		return aboutf(name, "missing, want %s", want)
	}
	return aboutf(name, "%s, want %d", cli.Count(len(h), "byte"), len(dst))
}

// atc returns the application transaction counter.
func (h Hex) atc() (emv.ATC, error) {
	var b [2]byte
	err := h.Fixed("atc", b[:])
	return emv.ATC(binary.BigEndian.Uint16(b[:])), err
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

// TDES returns the two-key TDES key; name is the member it comes from.
func (s Secret) TDES(name string) (secret.Key, error) { return s.key(name, secret.NewTDES) }

// AES returns the AES key; name is the member it comes from.
func (s Secret) AES(name string) (secret.Key, error) { return s.key(name, secret.NewAES) }

func (s Secret) key(name string, parse func([]byte) (secret.Key, error)) (key secret.Key, err error) {
	if s.IsZero() {
		return secret.Key{}, aboutf(name, "a key is missing")
	}
	s.Open(func(raw []byte) { key, err = parse(raw) })
	return key, about(name, err)
}

// PAN is an account number as decimal digits. It prints masked.
type PAN struct{ account.PAN }

// UnmarshalText reads decimal digits; none is no account.
func (p *PAN) UnmarshalText(text []byte) (err error) {
	if len(text) == 0 {
		return nil
	}
	p.PAN, err = account.ParsePAN(text)
	return usage(err)
}

// Required refuses the account that is none.
func (p PAN) Required() error {
	if p.IsZero() {
		return aboutf("pan", "an account number is missing")
	}
	return nil
}

// PSN is a PAN sequence number of one or two decimal digits; none is 00.
type PSN struct{ account.SequenceNumber }

// UnmarshalText reads one or two decimal digits or none.
func (n *PSN) UnmarshalText(text []byte) (err error) {
	digits := string(text)
	if len(digits) == 1 {
		digits = "0" + digits
	}
	n.SequenceNumber, err = account.ParseSequenceNumber(digits)
	return usage(err)
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

// textOf is a pointer to a V that is read from text.
type textOf[V any] interface {
	*V
	encoding.TextUnmarshaler
}

// byTag are values by tag; on the command line each is one TAG=VALUE.
type byTag[V any, P textOf[V]] map[string]V

// tagValues are values of data objects by tag.
type tagValues = byTag[Hex, *Hex]

// Decode reads one TAG=VALUE.
func (m *byTag[V, P]) Decode(ctx *kong.DecodeContext) error {
	var word string
	if err := ctx.Scan.PopValueInto("tag", &word); err != nil {
		return err
	}
	name, text, ok := strings.Cut(word, "=")
	tag, err := emv.ParseTag(name)
	if !ok || err != nil {
		return cli.Complaint("want TAG=" + strings.TrimPrefix(ctx.Value.Tag.PlaceHolder, "TAG="))
	}
	if _, twice := (*m)[tag.String()]; twice {
		return cli.Complaint(tag.String() + " is given twice")
	}
	var value V
	if err := P(&value).UnmarshalText([]byte(text)); err != nil {
		return err
	}
	if *m == nil {
		*m = byTag[V, P]{}
	}
	(*m)[tag.String()] = value
	return nil
}
