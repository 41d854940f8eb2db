package calc

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/cryptogram"
	"github.com/f510b0cf/till/emv/secret"
)

// ARPC computes and checks the issuer's answer to an ARQC.
type ARPC struct {
	Method int    `json:"method" placeholder:"1|2" help:"1: 8 bytes over the response code. 2: 4 bytes over the card status update."`
	IMK    Secret `json:"imk_ac" name:"imk-ac" placeholder:"HEX" help:"Issuer master key for application cryptograms, 16 bytes."`
	MasterKeyInput
	SessionInput
	ARQC  Hex `json:"arqc" name:"arqc" placeholder:"HEX" help:"Cryptogram that is answered, 8 bytes."`
	ARC   Hex `json:"arc" name:"arc" placeholder:"HEX" help:"Method 1: response code, 2 bytes, such as 3030."`
	CSU   Hex `json:"csu" name:"csu" placeholder:"HEX" help:"Method 2: card status update, 4 bytes."`
	Prop  Hex `json:"prop" placeholder:"HEX" help:"Method 2: proprietary authentication data, up to 8 bytes."`
	Tag91 Hex `json:"tag_91" name:"tag-91" placeholder:"HEX" help:"Issuer authentication data to check."`
}

// Help is the text of the help page.
func (*ARPC) Help() string {
	return `Computes the authorisation response cryptogram and the issuer authentication
data (tag 91) that carries it; with --tag-91 it checks those data as the card
does. EMV Book 2, 8.2.

Examples:

  $ till calc arpc --method 1 --imk-ac 0123456789ABCDEFFEDCBA9876543210 --pan 1234567890123456 --session none --arqc 29CCA15AE665FA2E --arc 3030
  arpc    28993816AFAE4AEB
  tag 91  28993816AFAE4AEB3030
`
}

// arpcOut is the answer.
type arpcOut struct {
	ARPC  Hex `json:"arpc"`
	Tag91 Hex `json:"tag_91"`
}

// arpcCase is what the input means.
type arpcCase struct {
	mk       secret.Key
	session  cryptogram.Session
	arqc     emv.AC
	response cryptogram.IssuerResponse
	tag91    Hex // the right one
}

// Calculate computes the answer and compares it with the one given.
func (c *ARPC) Calculate(Env) (any, error) {
	k, err := c.resolve()
	if err != nil {
		return nil, err
	}
	if err := c.check(k); err != nil {
		return nil, err
	}
	return arpcOut{ARPC: k.arpc(), Tag91: k.tag91}, nil
}

// arpc returns the cryptogram alone, which begins tag 91.
func (k arpcCase) arpc() Hex {
	if k.session.Profile.ARPC == cryptogram.ARPCMethod1 {
		return k.tag91[:8]
	}
	return k.tag91[:4]
}

// check compares the data given, if any, with the right ones, as the card does.
func (c *ARPC) check(k arpcCase) error {
	if c.Tag91 == nil {
		return nil
	}
	if _, err := k.session.VerifyIssuerAuthenticationData(k.arqc, c.Tag91); err != nil {
		return err
	}
	if !bytes.Equal(k.tag91, c.Tag91) {
		return fmt.Errorf("compare tag_91: it is right for another response code or status update: %w", emv.ErrWrongMAC)
	}
	return nil
}

// resolve finds the keys and computes the answer.
func (c *ARPC) resolve() (k arpcCase, err error) {
	if k.mk, err = c.derive("imk_ac", c.IMK); err != nil {
		return k, err
	}
	if k.session.ARPC, err = c.SessionInput.session(k.mk); err != nil {
		return k, err
	}
	if err = c.ARQC.Fixed("arqc", k.arqc[:]); err != nil {
		return k, err
	}
	switch k.session.Profile.ARPC = cryptogram.ARPCMethod(c.Method); k.session.Profile.ARPC {
	case cryptogram.ARPCMethod1:
		err = c.ARC.Fixed("arc", k.response.ARC[:])
	case cryptogram.ARPCMethod2:
		err = c.CSU.Fixed("csu", k.response.CSU[:])
		k.response.Proprietary = c.Prop
	default:
		err = errors.New("method: want 1 or 2")
	}
	if err != nil {
		return k, err
	}
	k.tag91, err = k.session.AppendIssuerAuthenticationData(nil, k.arqc, k.response)
	return k, err
}

// Explain shows the keys and, where the given answer differs, which variant it
// would match.
func (c *ARPC) Explain(x *Explanation) {
	k, err := c.resolve()
	if err != nil {
		return
	}
	c.explain(x, k.mk)
	x.Step("session key", checkValue(k.session.ARPC).String(), "method "+c.Session+"; check value")
	x.Step("ARQC", c.ARQC.String(), "")
	if k.session.Profile.ARPC == cryptogram.ARPCMethod1 {
		x.Step("ARC", c.ARC.String(), "combined with the first two bytes of the ARQC, then enciphered")
	} else {
		x.Step("CSU", c.CSU.String(), "MAC over ARQC, this and the next, padding method 2, first 4 bytes")
		x.Step("proprietary", c.Prop.String(), "")
	}
	x.Step("ARPC", k.arpc().String(), fmt.Sprintf("method %d", c.Method))
	x.Step("tag 91", k.tag91.String(), "")
	if c.check(k) != nil {
		x.Step("given", c.Tag91.String(), "differs")
		c.explainSearch(x, k)
	}
}

// explainSearch shows the variants under which the answer given is right.
func (c *ARPC) explainSearch(x *Explanation, k arpcCase) {
	if bytes.HasPrefix(c.Tag91, k.arpc()) {
		x.Step("matches with", "the ARPC alone: what follows it differs", "")
		return
	}
	if _, err := k.session.VerifyIssuerAuthenticationData(k.arqc, c.Tag91); err == nil {
		x.Step("matches with", "another response code or status update: the one that it carries", "")
		return
	}
	inUse := c.variant()
	inUse.ARPC = k.session.Profile.ARPC
	inUse.SessionKey, _ = cryptogram.ParseSessionKeyMethod(c.Session)
	var input cryptogram.Input
	input.ATC, _ = c.atc()
	copy(input.UnpredictableNumber[:], c.UN)
	explainMatches(x, c.search(c.IMK, input, k.arqc).AnswerMatches(c.Tag91), inUse)
}
