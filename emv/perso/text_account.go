package perso

import (
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/emv/cryptogram"
	"github.com/f510b0cf/till/emv/pin"
	"github.com/f510b0cf/till/emv/secret"
)

// UnmarshalYAML reads YYYY-MM-DD.
func (t *dateText) UnmarshalYAML(n *yaml.Node) error {
	return read(&t.Date, n, "a date such as 2026-01-31, from 1950 to 2049", func(s string) (emv.Date, error) {
		d, err := time.Parse(time.DateOnly, s)
		if err != nil || d.Year() < yearMin || d.Year() > yearMax {
			return emv.Date{}, errUnreadable
		}
		return emv.DateOf(d), nil
	})
}

// The years that two digits can stand for. EMV Book 4, 6.7.3.
const yearMin, yearMax = 1950, 2049

// UnmarshalYAML reads YYYY-MM.
func (t *monthText) UnmarshalYAML(n *yaml.Node) error {
	return read(&t.Expiry, n, "a month such as 2031-12, from 1950 to 2049", func(s string) (account.Expiry, error) {
		d, err := time.Parse("2006-01", s)
		if err != nil || d.Year() < yearMin || d.Year() > yearMax {
			return account.Expiry{}, errUnreadable
		}
		return account.Expiry{Year: d.Year(), Month: d.Month()}, nil
	})
}

// UnmarshalYAML reads two digits.
func (t *psnText) UnmarshalYAML(n *yaml.Node) error {
	return read(&t.SequenceNumber, n, "two digits, as in \"00\"", account.ParseSequenceNumber)
}

// UnmarshalYAML reads the digits of an account.
func (t *panText) UnmarshalYAML(n *yaml.Node) error {
	return read(&t.PAN, n, "8 to 19 digits in quotes", func(s string) (account.PAN, error) { return account.ParsePAN([]byte(s)) })
}

// notSet is how a profile says that the PIN is not set.
const notSet = "none"

// UnmarshalYAML reads the digits of a PIN.
func (t *pinText) UnmarshalYAML(n *yaml.Node) error {
	return read(&t.PIN, n, `a PIN of 4 to 12 digits in quotes, as in "0123", or none`, func(s string) (pin.PIN, error) {
		if s == notSet {
			return pin.PIN{}, nil
		}
		return pin.Parse([]byte(s))
	})
}

// UnmarshalYAML reads a two-key TDES key.
func (t *keyText) UnmarshalYAML(n *yaml.Node) error {
	return read(&t.Key, n, "a two-key TDES key of 16 bytes, 32 hexadecimal digits", func(s string) (secret.Key, error) {
		raw, err := parseHex(s)
		defer secret.Wipe(raw)
		if err != nil {
			return secret.Key{}, err
		}
		return secret.NewTDES(raw)
	})
}

// UnmarshalYAML reads A or B.
func (t *optionText) UnmarshalYAML(n *yaml.Node) error {
	return read(&t.Option, n, "A or B, the option of EMV Book 2, Annex A1.4", cryptogram.ParseOption)
}
