package calc

import (
	"fmt"

	"github.com/f510b0cf/till/emv"
)

// TVR names the bits of terminal verification results, transaction status
// information or a card's verification results.
type TVR struct {
	Kind string `json:"kind" name:"kind" placeholder:"KIND" default:"tvr" help:"tvr (tag 95), tsi (tag 9B) or iad-visa-layout (tag 9F10 of a Visa or Amex-style card)."`
	Hex  Hex    `json:"hex" name:"hex" placeholder:"HEX" help:"Value of the data object."`
}

// Help is the text of the help page.
func (*TVR) Help() string {
	return `Names the bits that are set, byte 1 bit 8 first. --explain adds the words of the
Books, and the bits that are reserved for future use. EMV Book 3, Annex C5 and
C6; for issuer application data the layout of VIS 1.4, which the public samples
of Amex cards fit.

Examples:

  $ till calc tvr --hex 8000048000
  set  oda-not-performed, online-pin-entered, floor-limit-exceeded

  $ till calc tvr --kind iad-visa-layout --hex 06020103A42002
  dki              02
  cvn              01
  second gac       not-requested
  first gac        ARQC
  script commands  0
  set              offline-pin-performed, velocity-exceeded, dda-performed
`
}

// tvrOut is the names of the bits that are set.
type tvrOut struct {
	Set []string `json:"set"`
}

// iadOut is issuer application data of the Visa layout.
type iadOut struct {
	DKI            Hex      `json:"dki"`
	CVN            Hex      `json:"cvn"`
	SecondGAC      string   `json:"second_gac"`
	FirstGAC       string   `json:"first_gac"`
	ScriptCommands int      `json:"script_commands"`
	Set            []string `json:"set"`
}

// Calculate parses the data object and names its bits.
func (c *TVR) Calculate(Env) (any, error) {
	switch c.Kind {
	case "", "tvr":
		var tvr emv.TVR
		err := c.Hex.Fixed("hex", tvr[:])
		return tvrOut{Set: tvr.Names()}, err
	case "tsi":
		var tsi emv.TSI
		err := c.Hex.Fixed("hex", tsi[:])
		return tvrOut{Set: tsi.Names()}, err
	case "iad-visa-layout":
		return c.iad()
	}
	return nil, aboutf("kind", "want tvr, tsi or iad-visa-layout")
}

func (c *TVR) iad() (any, error) {
	if err := c.Hex.Required("hex"); err != nil {
		return nil, err
	}
	iad, err := emv.ParseIAD(c.Hex)
	if err != nil {
		return nil, err
	}
	if iad.Family != emv.IADVisaLayout {
		return nil, fmt.Errorf("hex: issuer application data of the family %v: %w", iad.Family, emv.ErrMalformed)
	}
	return iadOut{
		DKI: Hex{iad.DKI}, CVN: Hex{iad.CVN},
		SecondGAC: iad.CVR.SecondAC.String(), FirstGAC: iad.CVR.FirstAC.String(),
		ScriptCommands: int(iad.CVR.ScriptCount),
		Set:            iad.CVR.Flags.Names(),
	}, nil
}

// Explain shows the place and the meaning of each bit that is set.
func (c *TVR) Explain(x *Explanation) {
	switch c.Kind {
	case "", "tvr":
		if tvr, err := emv.ParseField[emv.TVR](c.Hex); err == nil {
			explainBits(x, append(tvr.Bits(), tvr.RFU()...))
		}
	case "tsi":
		if tsi, err := emv.ParseField[emv.TSI](c.Hex); err == nil {
			explainBits(x, append(tsi.Bits(), tsi.RFU()...))
		}
	case "iad-visa-layout":
		if iad, err := emv.ParseIAD(c.Hex); err == nil {
			x.Step("family", iad.Family.String(), "")
			x.Step("CVR", Hex(iad.RawCVR).String(), "")
			x.Step("issuer data", Hex(iad.Issuer).String(), "")
		}
	}
}

func explainBits[F emv.Field](x *Explanation, bits []emv.Bit[F]) {
	for _, b := range bits {
		x.Step(fmt.Sprintf("byte %d, %02X", b.Byte(), b.Mask()), b.String(), b.Text())
	}
}
