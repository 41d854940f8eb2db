package calc

import (
	"fmt"
	"strings"

	"github.com/f510b0cf/till/emv/pin"
)

// PVV computes and checks the Visa PIN verification value.
type PVV struct {
	PVK       Secret    `json:"pvk" name:"pvk" placeholder:"HEX" help:"PIN verification key, 16 bytes."`
	PAN       PAN       `json:"pan" name:"pan" placeholder:"DIGITS" help:"Account number."`
	PVKI      *uint8    `json:"pvki" name:"pvki" placeholder:"N" help:"PIN verification key index, 0 to 9."`
	PVV       string    `json:"pvv" name:"pvv" placeholder:"DIGITS" help:"PVV to check. Default is none: it is computed only."`
	PIN       PINDigits `json:"pin" kong:"-"`
	PINSource `json:"-" embed:""`

	done pvvCase // for Explain
}

// pvvCase is what the input means and what came of it.
type pvvCase struct {
	key    pin.PVK
	pin    pin.PIN
	result pin.PVVResult
	given  pin.PVV // where PVV is not empty
}

// Help is the text of the help page.
func (*PVV) Help() string {
	return `Computes the PVV of a PIN, and compares it with --pvv where that is given. With
--explain it says with which key index a PVV that differs would match.

Examples:

  $ printf 4524 | till calc pvv --pvk 0123456789ABCDEFFEDCBA9876543210 --pan 1122334455667788 --pvki 1 --pin-fd 0
  pvv           8523
  cryptogram    C8FBF5FE2370DDCF
  letters used  false

  $ printf 4524 | till calc pvv --explain --pvk 0123456789ABCDEFFEDCBA9876543210 --pan 1122334455667788 --pvki 1 --pvv 4021 --pin-fd 0
  PVK           08D7B4  check value
  key index     1
  cryptogram    C8FBF5FE2370DDCF
  PVV           8523    first four decimal digits
  given         4021    differs
  matches with  key index 3
  till: verify PVV: wrong-pin
`
}

// pvvOut is the PVV and how it came about.
type pvvOut struct {
	PVV         string  `json:"pvv"`
	Cryptogram  Hex     `json:"cryptogram"`
	LettersUsed bool    `json:"letters_used"`
	Given       checked `json:"-" show:"given pvv"`
}

// Calculate computes the PVV and compares it with the one given.
func (c *PVV) Calculate(env Env) (any, error) {
	k := &c.done
	key, err := c.PVK.TDES("pvk")
	if err != nil {
		return nil, err
	}
	if err := c.PAN.Required(); err != nil {
		return nil, err
	}
	if c.PVKI == nil {
		return nil, about("pvki", errMissing)
	}
	k.key = pin.PVK{Key: key, Index: *c.PVKI}
	if c.PVV != "" {
		if k.given, err = pin.ParsePVV([]byte(c.PVV)); err != nil {
			return nil, about("pvv", usage(err))
		}
	}
	if k.pin, err = readPIN(env, "pin", c.PIN, c.PINSource, "PIN"); err != nil {
		return nil, err
	}
	if k.result, err = k.key.PVV(c.PAN.PAN, k.pin); err != nil {
		return nil, err
	}
	if c.PVV != "" {
		if err := k.key.Verify(c.PAN.PAN, k.pin, k.given); err != nil {
			return nil, err
		}
	}
	r := k.result
	return pvvOut{PVV: r.PVV.String(), Cryptogram: r.Cryptogram[:], LettersUsed: r.LettersUsed, Given: c.PVV != ""}, nil
}

// Explain shows where the digits come from and, where the given PVV differs,
// the key indexes with which it would match.
func (c *PVV) Explain(x *Explanation) {
	k := &c.done
	if k.pin.IsZero() {
		return
	}
	x.Step("PVK", checkValue(k.key.Key).String(), "check value")
	x.Step("key index", fmt.Sprint(k.key.Index), "")
	x.Step("cryptogram", Hex(k.result.Cryptogram[:]).String(), "")
	remark := "first four decimal digits"
	if k.result.LettersUsed {
		remark = "decimal digits, then letters less 10"
	}
	x.Step("PVV", k.result.PVV.String(), remark)
	if c.PVV == "" || k.given == k.result.PVV {
		return
	}
	x.Step("given", c.PVV, "differs")
	var indexes []string
	for _, i := range k.key.MatchIndexes(c.PAN.PAN, k.pin, k.given) {
		indexes = append(indexes, fmt.Sprint(i))
	}
	if len(indexes) == 0 {
		x.Step("matches with", "no key index: another key, PAN or PIN", "")
		return
	}
	x.Step("matches with", "key index "+strings.Join(indexes, ", "), "")
}
