package decode

import "github.com/f510b0cf/till/emv/explain"

// TLV decodes data objects.
type TLV struct {
	Hex Bytes `arg:"" help:"Data objects as hexadecimal digits, spaces allowed."`
}

// Help is the text of the help page.
func (*TLV) Help() string {
	return `Prints the data objects in order, each with its name, its value and what the
value means. Account numbers and track data are masked.

Examples:

  $ till decode tlv 9F2701809F100706010103A00000
  9F27  Cryptogram Information Data  80
        ARQC
  9F10  Issuer Application Data      06010103A00000
        visa-layout, derivation key index 01, cryptogram version 01
        CVR A00000: first AC ARQC, second AC not-requested, script commands 0
`
}

func (d *TLV) decode(view explain.View) ([]explain.Item, error) {
	b, err := d.Hex.parse()
	if err != nil {
		return nil, err
	}
	return explain.TLV(b, view)
}
