package decode

import (
	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/explain"
)

// The tags of the data elements that have a decoder of their own.
const (
	tagTVR        emv.Tag = 0x95
	tagCVMList    emv.Tag = 0x8E
	tagIAD        emv.Tag = 0x9F10
	tagCVMResults emv.Tag = 0x9F34
)

// cvmResultsBytes is the length of CVM results, which no CVM list can have.
const cvmResultsBytes = 3

// TVR decodes terminal verification results.
type TVR struct {
	Hex Bytes `arg:"" help:"Five bytes as hexadecimal digits."`
}

// Help is the text of the help page.
func (*TVR) Help() string {
	return `Prints the bits that are set.

Examples:

  $ till decode tvr 0000248000
  95  Terminal Verification Results  0000248000
        byte 3, 20: PIN Try Limit exceeded
        byte 3, 04: Online PIN entered
        byte 4, 80: Transaction exceeds floor limit
`
}

func (d *TVR) decode(view explain.View) ([]explain.Item, error) {
	return element(d.Hex, view, func(b []byte) (emv.Tag, error) {
		_, err := emv.ParseField[emv.TVR](b)
		return tagTVR, err
	})
}

// CVM decodes a CVM list or CVM results.
type CVM struct {
	Hex Bytes `arg:"" help:"A CVM list, or three bytes of CVM results, as hexadecimal digits."`
}

// Help is the text of the help page.
func (*CVM) Help() string {
	return `Prints the rules of a CVM list in order, or which rule CVM results name and how
it ended. To walk through a list see "till calc cvm-list".

Examples:

  $ till decode cvm 0000000000000000440341034203 5E031F03
  8E  Cardholder Verification Method (CVM) List  00000000000000004403410342035E031F03
        amount X 0, amount Y 0
        4403 Enciphered PIN verification performed by ICC; If terminal supports the CVM; else the next rule
        4103 Plaintext PIN verification performed by ICC; If terminal supports the CVM; else the next rule
        4203 Enciphered PIN verified online; If terminal supports the CVM; else the next rule
        5E03 Signature (paper); If terminal supports the CVM; else the next rule
        1F03 No CVM required; If terminal supports the CVM; then fail

  $ till decode cvm 440302
  9F34  Cardholder Verification Method (CVM) Results  440302
        Enciphered PIN verification performed by ICC; If terminal supports the CVM; successful
`
}

func (d *CVM) decode(view explain.View) ([]explain.Item, error) {
	return element(d.Hex, view, func(b []byte) (emv.Tag, error) {
		if len(b) == cvmResultsBytes {
			return tagCVMResults, nil
		}
		_, err := emv.ParseCVMList(b)
		return tagCVMList, err
	})
}

// IAD decodes issuer application data.
type IAD struct {
	Hex Bytes `arg:"" help:"The value of tag 9F10 as hexadecimal digits."`
}

// Help is the text of the help page.
func (*IAD) Help() string {
	return `Prints the layout, derivation key index, cryptogram version and what the card
states in its card verification results. Layouts are told apart by their form
alone. The Amex-style reading of the Visa layout is inferred from samples.

Examples:

  $ till decode iad 06020103A42002
  9F10  Issuer Application Data  06020103A42002
        visa-layout, derivation key index 02, cryptogram version 01
        CVR A42002: first AC ARQC, second AC not-requested, script commands 0
        offline-pin-performed
        velocity-exceeded
        dda-performed
`
}

func (d *IAD) decode(view explain.View) ([]explain.Item, error) {
	return element(d.Hex, view, func(b []byte) (emv.Tag, error) {
		_, err := emv.ParseIAD(b)
		return tagIAD, err
	})
}

// element explains one data element; check says which it is and whether the
// bytes can be one.
func element(hex Bytes, view explain.View, check func(b []byte) (emv.Tag, error)) ([]explain.Item, error) {
	b, err := hex.parse()
	if err != nil {
		return nil, err
	}
	tag, err := check(b)
	if err != nil {
		return nil, err
	}
	return []explain.Item{explain.Element(tag, b, view)}, nil
}
