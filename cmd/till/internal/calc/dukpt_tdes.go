package calc

import (
	"fmt"

	"github.com/f510b0cf/till/emv/dukpt"
	"github.com/f510b0cf/till/emv/pin"
	"github.com/f510b0cf/till/emv/secret"
)

// DUKPTTDES derives the keys of TDES DUKPT.
type DUKPTTDES struct {
	BDK       Secret    `json:"bdk" name:"bdk" placeholder:"HEX" help:"Base derivation key, 16 bytes."`
	KSN       Hex       `json:"ksn" name:"ksn" placeholder:"HEX" help:"Key serial number, 10 bytes."`
	PAN       PAN       `json:"pan" name:"pan" placeholder:"DIGITS" help:"Account number: encipher a PIN too, in format 0."`
	MACData   Hex       `json:"mac_data" name:"mac-data" placeholder:"HEX" help:"Message: compute the MACs over it too."`
	PIN       PINDigits `json:"pin" kong:"-"`
	PINSource `json:"-" embed:""`

	initial, transaction secret.Key // for Explain
}

// Help is the text of the help page.
func (*DUKPTTDES) Help() string {
	return `Derives initial key, transaction key and PIN key of a key serial number. With --pan
it asks for a PIN and enciphers it in format 0; with --mac-data it computes the
first four bytes of the MACs of request and response. The result shows keys: use
test keys only. ANSI X9.24-1:2009, Annex A.

Examples:

  $ till calc dukpt-tdes --bdk 0123456789ABCDEFFEDCBA9876543210 --ksn FFFF9876543210E00001
  ik       6AC292FAA1315B4D858AB3A3D7D5933A
  txn key  042666B49184CFA368DE9628D0397BC9
  pin key  042666B49184CF5C68DE9628D0397B36

  $ printf 1234 | till calc dukpt-tdes --bdk 0123456789ABCDEFFEDCBA9876543210 --ksn FFFF9876543210E00001 --pan 4012345678909 --pin-fd 0
  ik              6AC292FAA1315B4D858AB3A3D7D5933A
  txn key         042666B49184CFA368DE9628D0397BC9
  pin key         042666B49184CF5C68DE9628D0397B36
  pin block       041274EDCBA9876F
  enciphered pin  1B9C1845EB993A7A
`
}

// dukptTDESOut are the keys, and what was done with them.
type dukptTDESOut struct {
	IK            Hex `json:"ik"`
	TxnKey        Hex `json:"txn_key"`
	PINKey        Hex `json:"pin_key"`
	PINBlock      Hex `json:"pin_block,omitempty"`
	EncipheredPIN Hex `json:"enciphered_pin,omitempty"`
	MACRequest    Hex `json:"mac_request,omitempty"`
	MACResponse   Hex `json:"mac_response,omitempty"`
}

// dukptMACBytes is the length, in bytes, of the MACs that are shown.
const dukptMACBytes = 4

// Calculate derives the keys and uses them.
func (c *DUKPTTDES) Calculate(env Env) (any, error) {
	key, err := c.derive()
	if err != nil {
		return nil, err
	}
	out := dukptTDESOut{IK: opened(c.initial), TxnKey: opened(key.Key()), PINKey: opened(key.PIN())}
	if len(c.MACData) > 0 {
		request := key.MACRequest().MAC(secret.Padding1, c.MACData)
		response := key.MACResponse().MAC(secret.Padding1, c.MACData)
		out.MACRequest, out.MACResponse = request[:dukptMACBytes], response[:dukptMACBytes]
	}
	p, err := dukptPIN(env, c.PAN, c.PIN, c.PINSource)
	if err != nil || p.IsZero() {
		return out, err
	}
	block, err := pin.Encode(pin.Format0, p, c.PAN.PAN, nil)
	if err != nil {
		return nil, err
	}
	enciphered := block.Encipher(key.PIN())
	out.PINBlock, out.EncipheredPIN = opened(block), enciphered[:]
	return out, nil
}

// derive returns the transaction key.
func (c *DUKPTTDES) derive() (key dukpt.TDESTransactionKey, err error) {
	bdk, err := c.BDK.TDES("bdk")
	if err != nil {
		return key, err
	}
	if err := c.KSN.Required("ksn"); err != nil {
		return key, err
	}
	ksn, err := dukpt.ParseTDESKSN(c.KSN)
	if err != nil {
		return key, about("ksn", usage(err))
	}
	host, err := dukpt.NewTDESHost(bdk)
	if err != nil {
		return key, err
	}
	c.initial = host.InitialKey(ksn)
	key, err = host.TransactionKey(ksn)
	c.transaction = key.Key()
	return key, err
}

// dukptPIN returns the PIN that is to be enciphered, none where no PAN is given.
func dukptPIN(env Env, pan PAN, given PINDigits, source PINSource) (pin.PIN, error) {
	if !pan.IsZero() {
		return readPIN(env, "pin", given, source, "PIN")
	}
	if given.IsZero() && !source.Given() {
		return pin.PIN{}, nil
	}
	return pin.PIN{}, aboutf("pan", "an account number is missing, to which the PIN block is bound")
}

// Explain shows counter and check values.
func (c *DUKPTTDES) Explain(x *Explanation) {
	ksn, err := dukpt.ParseTDESKSN(c.KSN)
	if err != nil || c.initial.IsZero() {
		return
	}
	explainCounter(x, fmt.Sprintf("%06X", ksn.Counter()), ksn.OneBits(), dukpt.TDESOnesMax)
	x.Step("initial key", checkValue(c.initial).String(), "check value")
	if c.transaction.IsZero() {
		return
	}
	x.Step("transaction key", checkValue(c.transaction).String(), "check value")
}

// explainCounter shows a transaction counter.
func explainCounter(x *Explanation, counter string, ones, onesMax int) {
	x.Step("counter", counter, "")
	remark := fmt.Sprintf("one derivation step for each, at most %d", onesMax)
	if ones > onesMax {
		remark = fmt.Sprintf("no device uses a counter with more than %d", onesMax)
	}
	if ones == 0 {
		remark = "counter 0 belongs to the initial key"
	}
	x.Step("one bits", fmt.Sprint(ones), remark)
}
