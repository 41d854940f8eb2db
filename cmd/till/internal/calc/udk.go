package calc

import (
	"strings"

	"github.com/f510b0cf/till/emv/cryptogram"
	"github.com/f510b0cf/till/emv/secret"
)

// MasterKeyInput names a card's master key: the issuer's key and what
// diversifies it.
type MasterKeyInput struct {
	PAN    PAN    `json:"pan" name:"pan" placeholder:"DIGITS" help:"Account number."`
	PSN    PSN    `json:"psn" name:"psn" placeholder:"DIGITS" help:"PAN sequence number, two digits. Default is 00."`
	Option string `json:"option" placeholder:"A|B" help:"Diversification: A, or B which hashes a PAN of more than 16 digits. Default is A."`
}

// option returns the diversification option, A where none is given.
func (in MasterKeyInput) option() (cryptogram.Option, error) {
	if in.Option == "" {
		return cryptogram.OptionA, nil
	}
	option, err := cryptogram.ParseOption(strings.ToUpper(in.Option))
	return option, about("option", usage(err))
}

// derive returns the ICC master key; name is the flag or member that imk comes
// from.
func (in MasterKeyInput) derive(name string, imk Secret) (secret.Key, error) {
	key, err := imk.TDES(name)
	if err != nil {
		return secret.Key{}, err
	}
	option, err := in.option()
	if err != nil {
		return secret.Key{}, err
	}
	if err := in.PAN.Required(); err != nil {
		return secret.Key{}, err
	}
	return cryptogram.MasterKey(key, in.PAN.PAN, in.PSN.SequenceNumber, option), nil
}

// explain shows the card key.
func (in MasterKeyInput) explain(x *Explanation, mk secret.Key) {
	remark := "ICC master key: option " + in.optionName() + ", PAN sequence number " + in.PSN.String() + "; check value"
	x.Step("card key", checkValue(mk).String(), remark)
}

func (in MasterKeyInput) optionName() string {
	option, _ := in.option()
	return option.String()
}

// checkValue returns the key check value.
func checkValue(key secret.Key) Hex {
	v := key.CheckValue()
	return v[:]
}

// keyBytes returns a derived key, with odd parity; the derivations of keys alone
// show one.
func keyBytes(key secret.Key) (b Hex) {
	key.Open(func(raw []byte) { b = append(b, raw...) })
	secret.OddParity(b)
	return b
}

// UDK derives the ICC master key of a card.
type UDK struct {
	IMK Secret `json:"imk" name:"imk" placeholder:"HEX" help:"Issuer master key, 16 bytes."`
	MasterKeyInput
}

// Help is the text of the help page.
func (*UDK) Help() string {
	return `Derives the ICC master key (unique derived key) of a card from the issuer's,
and shows it: use test keys only. EMV Book 2, Annex A1.4. A PAN of 15 digits, as
American Express has, and its sequence number make 17: the first digit falls
away.

Examples:

  $ till calc udk --imk 0123456789ABCDEFFEDCBA9876543210 --pan 374245001741007 --psn 02
  block  7424500174100702
  udk    8C79D9FB291C7FD9D90840BA3BAB621C
  kcv    97867A
`
}

// udkOut is the ICC master key with what it was made from.
type udkOut struct {
	Block Hex `json:"block"`
	UDK   Hex `json:"udk"`
	KCV   Hex `json:"kcv"`
}

// Calculate derives the key.
func (c *UDK) Calculate(Env) (any, error) {
	key, err := c.derive("imk", c.IMK)
	if err != nil {
		return nil, err
	}
	left, _ := c.blocks()
	return udkOut{Block: left, UDK: keyBytes(key), KCV: checkValue(key)}, nil
}

// blocks returns the diversification blocks.
func (c *UDK) blocks() (left, right Hex) {
	option, _ := c.option()
	l, r := cryptogram.DiversificationBlocks(c.PAN.PAN, c.PSN.SequenceNumber, option)
	return opened(l), opened(r)
}

// Explain shows the two blocks that are enciphered.
func (c *UDK) Explain(x *Explanation) {
	key, err := c.derive("imk", c.IMK)
	if err != nil {
		return
	}
	issuer, _ := c.IMK.TDES("imk")
	left, right := c.blocks()
	x.Step("issuer key", checkValue(issuer).String(), "check value")
	x.Step("left block", left.String(), "option "+c.optionName())
	x.Step("right block", right.String(), "its complement")
	x.Step("card key", checkValue(key).String(), "both enciphered under the issuer key, odd parity; check value")
}
