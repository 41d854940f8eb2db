package calc

import (
	"fmt"
	"strconv"

	"github.com/f510b0cf/till/emv/pin"
)

// IBM3624 computes and checks the offset of the IBM 3624 method.
type IBM3624 struct {
	PVK       Secret    `json:"pvk" name:"pvk" placeholder:"HEX" help:"PIN verification key, 16 bytes."`
	Table     string    `json:"table" placeholder:"DIGITS" help:"Decimalisation table, 16 digits."`
	PAN       PAN       `json:"pan" name:"pan" placeholder:"DIGITS" help:"Account number."`
	Start     int       `json:"start" placeholder:"N" help:"First digit of the PAN that is taken as validation data, counted from 0."`
	Length    int       `json:"length" placeholder:"N" help:"Number of PAN digits that are taken. Default is all from there, at most 16."`
	Pad       string    `json:"pad" placeholder:"DIGIT" help:"Hexadecimal digit that fills the validation data up to 16. Default is F."`
	Offset    string    `json:"offset" placeholder:"DIGITS" help:"Offset to check. Default is none: it is computed only."`
	PIN       PINDigits `json:"pin" kong:"-"`
	PINSource `json:"-" embed:""`

	method pin.IBM3624 // for Explain
	pin    pin.PIN
	offset string // the right one
}

// Help is the text of the help page.
func (*IBM3624) Help() string {
	return `Computes the natural PIN of an account and the offset of a PIN, and compares that
with --offset where it is given. The natural PIN shows: use test keys only.

Examples:

  $ printf 5635 | till calc ibm3624 --pvk 0123456789ABCDEFFEDCBA9876543210 --table 1234567890123456 --pan 1122334455667788 --pin-fd 0
  natural pin  4524
  offset       1111
`
}

// ibm3624Out is the natural PIN and the offset.
type ibm3624Out struct {
	NaturalPIN string  `json:"natural_pin"`
	Offset     string  `json:"offset"`
	Given      checked `json:"-" show:"given offset"`
}

// Calculate computes the offset and compares it with the one given.
func (c *IBM3624) Calculate(env Env) (any, error) {
	m, err := c.parameters()
	if err != nil {
		return nil, err
	}
	if c.pin, err = readPIN(env, "pin", c.PIN, c.PINSource, "PIN"); err != nil {
		return nil, err
	}
	c.method = m
	p := c.pin
	if c.offset, err = m.Offset(c.PAN.PAN, p); err != nil {
		return nil, usage(err)
	}
	if c.Offset != "" {
		if _, err := m.PIN(c.PAN.PAN, c.Offset); err != nil {
			return nil, about("offset", usage(err)) // no offset at all
		}
		if err := m.Verify(c.PAN.PAN, p, c.Offset); err != nil {
			return nil, err
		}
	}
	natural, err := m.NaturalPIN(c.PAN.PAN, p.Len())
	return ibm3624Out{NaturalPIN: string(opened(natural)), Offset: c.offset, Given: c.Offset != ""}, err
}

// parameters returns the method with its parameters.
func (c *IBM3624) parameters() (m pin.IBM3624, err error) {
	if err = c.PAN.Required(); err != nil {
		return m, err
	}
	if m.PVK, err = c.PVK.TDES("pvk"); err != nil {
		return m, err
	}
	if m.Table, err = pin.ParseDecimalisation([]byte(c.Table)); err != nil {
		return m, about("table", usage(err))
	}
	m.Start, m.Length, m.Pad = c.Start, c.Length, 0x0F
	if m.Length == 0 {
		m.Length = min(c.PAN.Len()-m.Start, validationDigitsMax)
	}
	if c.Pad != "" {
		pad, err := strconv.ParseUint(c.Pad, 16, 4)
		if err != nil {
			return m, aboutf("pad", "want one hexadecimal digit")
		}
		m.Pad = byte(pad)
	}
	return m, nil
}

// Explain shows the parameters and the right offset.
func (c *IBM3624) Explain(x *Explanation) {
	m := c.method
	if m.PVK.IsZero() {
		return
	}
	x.Step("PVK", checkValue(m.PVK).String(), "check value")
	x.Step("validation data", fmt.Sprintf("%d digits of the PAN from digit %d", m.Length, m.Start), fmt.Sprintf("filled up with %X to 16", m.Pad))
	x.Step("table", string(m.Table[:]), "what 0 to F become")
	x.Step("offset", c.offset, "PIN less natural PIN, digit by digit")
	if c.Offset == "" || c.Offset == c.offset {
		return
	}
	x.Step("given", c.Offset, "differs")
	if len(c.Offset) != len(c.offset) {
		x.Step("matches with", "no PIN of this length", fmt.Sprintf("the PIN has %d digits, the offset %d", len(c.offset), len(c.Offset)))
		return
	}
	c.explainSearch(x)
}

// validationDigitsMax is the number of digits of full validation data.
const validationDigitsMax = 16

// explainSearch shows the parameters with which the given offset would be right:
// other digits of the PAN, padding F or 0, the table that is most usual. An
// offset of four digits matches one of these few hundred by chance in about 3 of
// 100 cases. The PIN that the offset stands for is not shown.
func (c *IBM3624) explainSearch(x *Explanation) {
	usual, _ := pin.ParseDecimalisation([]byte("0123456789012345"))
	found := false
	for _, m := range c.variants(usual) {
		if m.Verify(c.PAN.PAN, c.pin, c.Offset) == nil {
			found = true
			x.Step("matches with", fmt.Sprintf("%d digits of the PAN from digit %d, filled up with %X", m.Length, m.Start, m.Pad), "table "+string(m.Table[:]))
		}
	}
	if !found {
		x.Step("matches with", "none of the known variants", "another PIN, key, PAN or table")
	}
}

// variants returns the method with other parameters.
func (c *IBM3624) variants(usual pin.Decimalisation) []pin.IBM3624 {
	var all []pin.IBM3624
	for start := range c.PAN.Len() {
		for length := 1; length <= min(c.PAN.Len()-start, validationDigitsMax); length++ {
			for _, pad := range []byte{0x0F, 0x00} {
				m := pin.IBM3624{PVK: c.method.PVK, Table: c.method.Table, Start: start, Length: length, Pad: pad}
				all = append(all, m)
				if m.Table = usual; usual != c.method.Table {
					all = append(all, m)
				}
			}
		}
	}
	return all
}
