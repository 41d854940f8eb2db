package conformance_test

import (
	"bytes"
	"strings"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/terminal/kernel"
)

// accountDigits are what no explanation may hold: the cards' account number, and
// its end.
var accountDigits = []string{"374245001741007", "1741007"}

// checkInvariants holds a result against what is true of every result, whatever
// the case.
func (p *player) checkInvariants(r *kernel.Result) {
	p.checkExplanations(r)
	for tag, want := range map[emv.Tag][]byte{0x95: r.TVR[:], 0x9B: r.TSI[:]} {
		if have, ok := r.Data.Value(tag); ok && !bytes.Equal(have, want) {
			p.problem("data object %s is %X, the result has %X", tag, have, want)
		}
	}
	for i, mask := range [...]byte{0xFE, 0xF8, 0xFC, 0xF8, 0xF0} { // without XDA, biometrics, contactless kernels
		if r.TVR[i]&^mask != 0 {
			p.problem("the TVR %s has a bit that this kernel does not set", r.TVR)
		}
	}
	if r.TSI[0]&^0xFC != 0 || r.TSI[1] != 0 {
		p.problem("the TSI %s has a reserved bit", r.TSI)
	}
	if r.ReversalDue && !r.RequestSent {
		p.problem("a reversal is due although no request went out")
	}
	if r.Outcome == kernel.ApprovedOnline && r.ReversalDue {
		p.problem("approved online and to be reversed")
	}
	left := p.env.definition.tx["tap"] == "yes" || p.env.definition.terminal["quick"] == "yes" // before the issuer answered
	if r.Outcome.Approved() && !left && r.CID.Type() != emv.ACTypeTC {
		p.problem("approved without a TC")
	}
	if r.Cryptogram {
		p.checkCryptogramTVR(r)
	}
}

// checkExplanations wants a finding for each bit of the TVR and for no other, and
// no account data in any text.
func (p *player) checkExplanations(r *kernel.Result) {
	var explained emv.TVR
	texts := []string{r.Reason}
	for _, f := range r.Findings {
		if explained.Has(f.Bit) {
			p.problem("%v is explained twice", f.Bit)
		}
		explained.Set(f.Bit)
		if f.Rule == "" || f.Why == "" {
			p.problem("%v is explained by nothing", f.Bit)
		}
		texts = append(texts, f.Rule, f.Why)
	}
	if explained != r.TVR {
		p.problem("the findings explain %s, the TVR is %s", explained, r.TVR)
	}
	for _, s := range r.Steps {
		texts = append(texts, s.Text)
	}
	for _, text := range texts {
		for _, digits := range accountDigits {
			if strings.Contains(text, digits) {
				p.problem("an explanation holds account data")
			}
		}
	}
}

// checkCryptogramTVR compares the TVR that the last cryptogram may cover with the
// one that the command carried.
func (p *player) checkCryptogramTVR(r *kernel.Result) {
	name := map[int]string{1: "@tvr1", 2: "@tvr2"}[p.cryptograms]
	want, err := p.env.pattern(name)
	if err != nil || !p.env.match(want, r.CryptogramTVR[:]) {
		p.problem("CryptogramTVR: want %s, have %s", want, r.CryptogramTVR)
	}
}
