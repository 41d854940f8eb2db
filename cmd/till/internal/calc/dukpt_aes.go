package calc

import (
	"bytes"
	"fmt"

	"github.com/f510b0cf/till/emv/dukpt"
	"github.com/f510b0cf/till/emv/pin"
	"github.com/f510b0cf/till/emv/secret"
)

// DUKPTAES derives the keys of AES DUKPT.
type DUKPTAES struct {
	BDK       Secret    `json:"bdk" name:"bdk" placeholder:"HEX" help:"Base derivation key, 16, 24 or 32 bytes."`
	KSN       Hex       `json:"ksn" name:"ksn" placeholder:"HEX" help:"Key serial number, 12 bytes: initial key ID and counter."`
	PAN       PAN       `json:"pan" name:"pan" placeholder:"DIGITS" help:"Account number: encipher a PIN too, in format 4 under the PIN key of 16 bytes."`
	Random    Hex       `json:"random" placeholder:"HEX" help:"The 8 random bytes of format 4. Default is drawn."`
	PIN       PINDigits `json:"pin" kong:"-"`
	PINSource `json:"-" embed:""`

	initial, transaction secret.Key // for Explain
	working              []workingKey
}

// Help is the text of the help page.
func (*DUKPTAES) Help() string {
	return `Derives initial key, transaction key and working keys of a key serial number. With
--pan it asks for a PIN and enciphers it in format 4. The result shows keys: use
test keys only. ANSI X9.24-3:2017, section 6.

Examples:

  $ till calc dukpt-aes --bdk FEDCBA9876543210F1F1F1F1F1F1F1F1 --ksn 123456789012345600000001
  ik                       1273671EA26AC29AFA4D1084127652A1
  txn key                  4F21B565BAD9835E112B6465635EAE44
  pin key aes128           AF8CB133A78F8DC2D1359F18527593FB
  mac generate key aes128  A2DC23DE6FDE0824A2BC321E08E4B8B7
  mac verify key aes128    DBB463945B286C07CD3AD82EE96FD9C9
  data encrypt key aes128  A35C412EFD41FDB98B69797C02DCD08F

  $ till calc dukpt-aes --explain --bdk FEDCBA9876543210F1F1F1F1F1F1F1F1 --ksn 12345678901234560001FFFF
  counter      0001FFFF
  one bits     17      no device uses a counter with more than 16
  initial key  3FB7FE  check value
  till: derive transaction key: check counter: 17 one bits, at most 16: bad-counter
`
}

// dukptAESOut are the keys, and what was done with them.
type dukptAESOut struct {
	IK             Hex `json:"ik"`
	TxnKey         Hex `json:"txn_key"`
	PINKey128      Hex `json:"pin_key_aes128"`
	PINKey256      Hex `json:"pin_key_aes256,omitempty"`
	MACGenerateKey Hex `json:"mac_generate_key_aes128"`
	MACVerifyKey   Hex `json:"mac_verify_key_aes128"`
	DataEncryptKey Hex `json:"data_encrypt_key_aes128"`
	EncipheredPIN  Hex `json:"enciphered_pin,omitempty"`
}

// workingKey is a working key and what it is for.
type workingKey struct {
	name  string
	usage dukpt.KeyUsage
	as    dukpt.KeyType
	key   secret.Key
}

// Calculate derives the keys and uses them.
func (c *DUKPTAES) Calculate(env Env) (any, error) {
	if err := c.derive(); err != nil {
		return nil, err
	}
	if c.Random != nil && c.PAN.IsZero() {
		return nil, aboutf("random", "of no use without an account number")
	}
	out := dukptAESOut{
		IK: opened(c.initial), TxnKey: opened(c.transaction), PINKey128: opened(c.working[0].key),
		MACGenerateKey: opened(c.working[1].key), MACVerifyKey: opened(c.working[2].key), DataEncryptKey: opened(c.working[3].key),
	}
	if len(c.working) > 4 {
		out.PINKey256 = opened(c.working[4].key)
	}
	p, err := dukptPIN(env, c.PAN, c.PIN, c.PINSource)
	if err != nil || p.IsZero() {
		return out, err
	}
	random, err := pinFieldRandom(c.Random, env.Rand)
	if err != nil {
		return nil, err
	}
	block, err := pin.Encipher4(c.working[0].key, p, c.PAN.PAN, bytes.NewReader(random))
	out.EncipheredPIN = block[:]
	return out, err
}

// derive derives all keys.
func (c *DUKPTAES) derive() error {
	bdk, err := c.BDK.AES("bdk")
	if err != nil {
		return err
	}
	if err := c.KSN.Required("ksn"); err != nil {
		return err
	}
	ksn, err := dukpt.ParseAESKSN(c.KSN)
	if err != nil {
		return about("ksn", usage(err))
	}
	host, err := dukpt.NewAESHost(bdk)
	if err != nil {
		return err
	}
	c.initial = host.InitialKey(ksn.InitialKeyID())
	key, err := host.TransactionKey(ksn)
	if err != nil {
		return err
	}
	c.transaction = key.Key()
	c.working = []workingKey{
		{name: "PIN key", usage: dukpt.PINEncryption, as: dukpt.AES128},
		{name: "MAC key", usage: dukpt.MACGeneration, as: dukpt.AES128},
		{name: "MAC key of answers", usage: dukpt.MACVerification, as: dukpt.AES128},
		{name: "data key", usage: dukpt.DataEncryption, as: dukpt.AES128},
	}
	if bdk.Len() == 32 {
		c.working = append(c.working, workingKey{name: "PIN key", usage: dukpt.PINEncryption, as: dukpt.AES256})
	}
	for i := range c.working {
		w := &c.working[i]
		if w.key, err = key.WorkingKey(w.usage, w.as); err != nil {
			return err
		}
	}
	return nil
}

// Explain shows counter, check values and usages.
func (c *DUKPTAES) Explain(x *Explanation) {
	ksn, err := dukpt.ParseAESKSN(c.KSN)
	if err != nil || c.initial.IsZero() {
		return
	}
	explainCounter(x, fmt.Sprintf("%08X", ksn.Counter()), ksn.OneBits(), dukpt.AESOnesMax)
	x.Step("initial key", checkValue(c.initial).String(), "check value")
	if c.transaction.IsZero() {
		return
	}
	x.Step("transaction key", checkValue(c.transaction).String(), "check value")
	for _, w := range c.working {
		x.Step(w.name, checkValue(w.key).String(), fmt.Sprintf("%v for usage %04X; check value", w.as, uint16(w.usage)))
	}
}
