package cardcmd

import (
	"errors"
	"fmt"
	"os"

	"github.com/f510b0cf/till/cmd/till/internal/cli"
	"github.com/f510b0cf/till/cmd/till/internal/reader"
	"github.com/f510b0cf/till/emv/perso"
	"github.com/f510b0cf/till/emv/random"
)

// Validate checks a card or a profile.
type Validate struct {
	Card string `arg:"" name:"card-or-profile" placeholder:"FILE|PROFILE" help:"Card file, profile file (.yaml), or the name of a profile."`

	cli.StorageKey
}

// Help is the text of the help page.
func (*Validate) Help() string {
	return `Checks a card, or the card that a profile makes: directories, AFL and records,
mandatory data, data object lists, the CVM list, keys, and certificates down from
the till test CA. Prints what it finds: an error is something that terminals
refuse or that the card can not do, a warning is unusual. Exits with 1 where
there is an error.

Examples:

  $ till card validate amex
  amex  no findings
  $ printf 'extends: amex\nname: odd\naccount: {pan: "374245001741000"}\n' >odd.yaml; till card validate odd.yaml
  odd.yaml
  warning  A000000025010801: PAN: the check digit does not fit (Luhn)
`
}

// validated is what was found.
type validated struct {
	Checked  string          `json:"checked"`
	Findings []perso.Finding `json:"findings"`
}

// Run checks and prints what was found.
func (c *Validate) Run(parent *Command, streams cli.Streams) error {
	findings, err := c.findings()
	if err != nil {
		return err
	}
	result := validated{Checked: c.Card, Findings: append([]perso.Finding{}, findings...)}
	if parent.JSON {
		err = writeJSON(streams, result)
	} else {
		err = result.print(streams)
	}
	if err != nil {
		return err
	}
	for _, f := range findings {
		if f.Severity == perso.Error {
			return cli.Failed{}
		}
	}
	return nil
}

func (c *Validate) findings() ([]perso.Finding, error) {
	if isProfile(c.Card) {
		return profileFindings(c.Card)
	}
	if _, err := os.Stat(c.Card); err != nil {
		return nil, fmt.Errorf("validate: %w: give a card file, a profile file that ends in %s, or the name of a profile", err, perso.Suffix)
	}
	key, err := c.Read()
	if err != nil {
		return nil, err
	}
	icc, err := reader.OpenCopy(c.Card, key)
	if err != nil {
		return nil, err
	}
	return perso.Check(icc.Image(), today()), nil
}

// validateSeed is the seed of the card that is made to judge a profile.
const validateSeed = 0

// profileFindings makes a card, and tells what is wrong with the text of the
// profile or with the card.
func profileFindings(name string) ([]perso.Finding, error) {
	profile, err := loadProfile(name)
	if errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	if err != nil {
		return []perso.Finding{{Severity: perso.Error, Text: err.Error()}}, nil
	}
	made, err := perso.Personalise(profile, perso.Options{Random: random.Seeded(validateSeed), Date: today()})
	if refused := (*perso.RefusedError)(nil); errors.As(err, &refused) {
		return refused.Findings, nil
	}
	if err != nil {
		return []perso.Finding{{Severity: perso.Error, Text: err.Error()}}, nil
	}
	return made.Warnings, nil
}

// print writes the findings for people.
func (v validated) print(streams cli.Streams) error {
	var table cli.Table
	if len(v.Findings) == 0 {
		table.Row(v.Checked, "no findings")
	} else {
		table.Row(v.Checked)
		addFindings(&table, v.Findings)
	}
	return table.Print(streams.Out)
}
