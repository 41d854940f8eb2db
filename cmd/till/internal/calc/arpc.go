package calc

import (
	"fmt"
	"slices"

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
	ARC   Hex `json:"arc" name:"arc" placeholder:"HEX" help:"Method 1: response code, 2 bytes, such as 3030. Default is that of --tag-91."`
	CSU   Hex `json:"csu" name:"csu" placeholder:"HEX" help:"Method 2: card status update, 4 bytes. Default is that of --tag-91."`
	Prop  Hex `json:"prop" placeholder:"HEX" help:"Method 2: proprietary authentication data, up to 8 bytes. Default is that of --tag-91."`
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
	ARPC  Hex     `json:"arpc"`
	Tag91 Hex     `json:"tag_91"`
	Given checked `json:"-" show:"given tag 91"`
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
	return arpcOut{ARPC: k.arpc(), Tag91: k.tag91, Given: len(c.Tag91) > 0}, nil
}

// arpc returns the cryptogram alone, which begins tag 91.
func (k arpcCase) arpc() Hex { return k.tag91[:k.session.Profile.ARPC.Len()] }

// check compares the data given, if any, with the right ones. First it does as
// the card does, which does not know what the issuer meant to answer.
func (c *ARPC) check(k arpcCase) error {
	if len(c.Tag91) == 0 {
		return nil
	}
	if _, err := k.session.VerifyIssuerAuthenticationData(k.arqc, c.Tag91); err != nil {
		return err
	}
	if err := k.session.CheckIssuerAuthenticationData(k.arqc, k.response, c.Tag91); err != nil {
		return fmt.Errorf("right for another response code or status update: %w", err)
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
	k.session.Profile.ARPC = cryptogram.ARPCMethod(c.Method)
	if k.response, err = c.response(); err != nil {
		return k, err
	}
	k.tag91, err = k.session.AppendIssuerAuthenticationData(nil, k.arqc, k.response)
	return k, about("prop", usage(err))
}

// response returns what the answer carries. What is not given is taken from the
// data to check, if there are any.
func (c *ARPC) response() (r cryptogram.IssuerResponse, err error) {
	method, unused := cryptogram.ARPCMethod(c.Method), Hex(nil)
	switch method {
	case cryptogram.ARPCMethod1:
		unused = slices.Concat(c.CSU, c.Prop)
	case cryptogram.ARPCMethod2:
		unused = c.ARC
	default:
		return r, aboutf("method", "want 1 or 2")
	}
	if unused != nil {
		return r, aboutf("method", "1 takes a response code (arc), 2 a card status update (csu) and proprietary data (prop)")
	}
	if len(c.Tag91) > 0 {
		if r, err = method.Split(c.Tag91); err != nil {
			return r, about("tag_91", usage(err))
		}
	}
	if c.Prop != nil {
		r.Proprietary = c.Prop
	}
	if method == cryptogram.ARPCMethod1 && (c.ARC != nil || len(c.Tag91) == 0) {
		return r, c.ARC.Fixed("arc", r.ARC[:])
	}
	if method == cryptogram.ARPCMethod2 && (c.CSU != nil || len(c.Tag91) == 0) {
		return r, c.CSU.Fixed("csu", r.CSU[:])
	}
	return r, nil
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
		x.Step("ARC", Hex(k.response.ARC[:]).String(), "combined with the first two bytes of the ARQC, then enciphered")
	} else {
		x.Step("CSU", Hex(k.response.CSU[:]).String(), "MAC over ARQC, this and the next, padding method 2, first 4 bytes")
		x.Step("proprietary", Hex(k.response.Proprietary).String(), "")
	}
	x.Step("ARPC", k.arpc().String(), fmt.Sprintf("method %d", c.Method))
	x.Step("tag 91", k.tag91.String(), "")
	if c.check(k) != nil {
		x.Step("given", c.Tag91.String(), "differs")
		c.explainSearch(x, k)
	}
}

// arpcMatches reports whether the data given begin with the right cryptogram.
func (c *ARPC) arpcMatches(k arpcCase) bool {
	n := k.session.Profile.ARPC.Len()
	data := slices.Concat(c.Tag91[:n], k.tag91[n:]) // shorter data was refused before
	return k.session.CheckIssuerAuthenticationData(k.arqc, k.response, data) == nil
}

// explainSearch shows the variants under which the answer given is right.
func (c *ARPC) explainSearch(x *Explanation, k arpcCase) {
	if c.arpcMatches(k) {
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
	input.ATC, _ = c.ATC.atc()
	copy(input.UnpredictableNumber[:], c.UN)
	explainMatches(x, c.search(c.IMK, input, k.arqc).AnswerMatches(c.Tag91), inUse)
}
