package calc

import (
	"cmp"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/cryptogram"
	"github.com/f510b0cf/till/emv/secret"
)

// SessionKeys derives the session key of a transaction.
type SessionKeys struct {
	Method string `json:"method" placeholder:"METHOD" help:"emv-csk-ac (from the ATC), emv-csk (from --r), mc-skd (from ATC and unpredictable number) or visa-sm (from the ATC)."`
	MK     Secret `json:"mk" name:"mk" placeholder:"HEX" help:"ICC master key, 16 bytes."`
	Diversifiers
}

// Diversifiers are what session keys are made from, beside a key.
type Diversifiers struct {
	ATC Hex `json:"atc" name:"atc" placeholder:"HEX" help:"Application transaction counter, 2 bytes."`
	UN  Hex `json:"un" name:"un" placeholder:"HEX" help:"Unpredictable number, 4 bytes."`
	R   Hex `json:"r" name:"r" placeholder:"HEX" help:"Diversifier, 8 bytes; for scripts it is the ARQC."`
}

// derive returns the session key of mk. The method reads what it uses of ATC and
// unpredictable number.
func (d Diversifiers) derive(m cryptogram.SessionKeyMethod, mk secret.Key) (key secret.Key, err error) {
	var atc emv.ATC
	if m != cryptogram.MethodNone {
		if atc, err = d.ATC.atc(); err != nil {
			return key, err
		}
	}
	var un emv.UnpredictableNumber
	if m == cryptogram.MethodMastercardSKD {
		if err = d.UN.Fixed("un", un[:]); err != nil {
			return key, err
		}
	}
	return m.Derive(mk, atc, un), nil
}

// ofR returns the common session key of a given diversifier.
func (d Diversifiers) ofR(mk secret.Key) (secret.Key, error) {
	var r [8]byte
	err := d.R.Fixed("r", r[:])
	return cryptogram.CSK(mk, r), err
}

// Help is the text of the help page.
func (*SessionKeys) Help() string {
	return `Derives a session key from an ICC master key and shows it: use test keys only.
The key is shown with odd parity; tools differ in that, so compare check values.
EMV Book 2, Annex A1.3, and the methods of Mastercard and Visa.

Examples:

  $ till calc session-keys --method emv-csk-ac --mk 0123456789ABCDEFFEDCBA9876543210 --atc 001C
  sk   E9FB384AF807B940FEDCEA613461B0C4
  kcv  7DD53C
`
}

// sessionKeysOut is a session key.
type sessionKeysOut struct {
	SK  Hex `json:"sk"`
	KCV Hex `json:"kcv"`
}

// methodCSKOfR is the one method whose diversifier is given as a whole.
const methodCSKOfR = "emv-csk"

// sessionMethods are the other methods of SessionKeys, with the members that each
// reads.
var sessionMethods = map[string]struct {
	method  cryptogram.SessionKeyMethod
	members []string
}{
	"emv-csk-ac": {cryptogram.MethodCSK, []string{"atc"}},
	"mc-skd":     {cryptogram.MethodMastercardSKD, []string{"atc", "un"}},
	"visa-sm":    {cryptogram.MethodVisaSM, []string{"atc"}},
}

// Calculate derives the key.
func (c *SessionKeys) Calculate(Env) (any, error) {
	mk, err := c.MK.TDES("mk")
	if err != nil {
		return nil, err
	}
	sk, err := c.sessionKey(mk)
	if err != nil {
		return nil, err
	}
	return sessionKeysOut{SK: keyBytes(sk), KCV: checkValue(sk)}, nil
}

func (c *SessionKeys) sessionKey(mk secret.Key) (secret.Key, error) {
	row, ok := sessionMethods[c.Method]
	if c.Method == methodCSKOfR {
		row.members, ok = []string{"r"}, true
	}
	if !ok {
		return secret.Key{}, aboutf("method", "want emv-csk-ac, emv-csk, mc-skd or visa-sm")
	}
	if err := onlyTakes(c, "method "+c.Method, append(row.members, "method", "mk")...); err != nil {
		return secret.Key{}, err
	}
	if c.Method == methodCSKOfR {
		return c.ofR(mk)
	}
	return c.derive(row.method, mk)
}

// Explain shows what the key is made from.
func (c *SessionKeys) Explain(x *Explanation) {
	mk, err := c.MK.TDES("mk")
	if err != nil {
		return
	}
	sk, err := c.sessionKey(mk)
	if err != nil {
		return
	}
	x.Step("master key", checkValue(mk).String(), "check value")
	if sessionMethods[c.Method].method == cryptogram.MethodVisaSM {
		atc, _ := c.ATC.atc()
		mask := cryptogram.VisaSMMask(atc)
		x.Step("mask", Hex(mask[:]).String(), "combined with the master key by exclusive or")
	} else {
		c.explainHalves(x)
	}
	x.Step("session key", checkValue(sk).String(), "check value")
}

// explainHalves shows the blocks that are enciphered.
func (c *SessionKeys) explainHalves(x *Explanation) {
	atc, _ := c.ATC.atc()
	r := cryptogram.CSKDiversifier(atc)
	switch c.Method {
	case methodCSKOfR:
		copy(r[:], c.R)
	case "mc-skd":
		r = cryptogram.MastercardDiversifier(atc, emv.UnpredictableNumber(c.UN))
	}
	left, right := cryptogram.CSKBlocks(r)
	x.Step("diversifier", Hex(r[:]).String(), "")
	x.Step("left block", Hex(left[:]).String(), "enciphered under the master key: the left half")
	x.Step("right block", Hex(right[:]).String(), "enciphered under the master key: the right half, then odd parity")
}

// SessionInput names the session key of a cryptogram.
type SessionInput struct {
	Session string `json:"session" placeholder:"METHOD" help:"Session key: none, csk (from --atc), csk-r (from --r), skd (from --atc and --un) or visa-sm (from --atc)."`
	Diversifiers
}

// session derives the key. ATC and unpredictable number may be given though the
// method does not read them, for the search for variants.
func (in SessionInput) session(mk secret.Key) (secret.Key, error) {
	if in.Session == "csk-r" {
		return in.ofR(mk)
	}
	method, err := cryptogram.ParseSessionKeyMethod(cmp.Or(in.Session, cryptogram.MethodNone.String()))
	if err != nil {
		return secret.Key{}, aboutf("session", "want none, csk, csk-r, skd or visa-sm")
	}
	if in.R != nil {
		return secret.Key{}, aboutf("r", "of no use with session %s", in.Session)
	}
	return in.derive(method, mk)
}
