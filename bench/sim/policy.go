package sim

import (
	"errors"
	"slices"
	"strings"

	"github.com/f510b0cf/till/issuer/pinlife"
)

// policySwitch is a switch of the issuer with its word.
type policySwitch struct {
	word string
	set  func(*pinlife.Policy)
	is   func(pinlife.Policy) bool
}

// switches are those that can differ from the default.
var switches = []policySwitch{
	{"immediate", func(p *pinlife.Policy) { p.OnlinePINEffective = pinlife.Immediate }, func(p pinlife.Policy) bool { return p.OnlinePINEffective == pinlife.Immediate }},
	{"71", func(p *pinlife.Policy) { p.ScriptTemplate = pinlife.Template71 }, func(p pinlife.Policy) bool { return p.ScriptTemplate == pinlife.Template71 }},
	{"any-pin", func(p *pinlife.Policy) { p.RequireOldPIN = false }, func(p pinlife.Policy) bool { return !p.RequireOldPIN }},
	{"approved-only", func(p *pinlife.Policy) { p.DeliverOnDecline = false }, func(p pinlife.Policy) bool { return !p.DeliverOnDecline }},
	{"one-attempt", func(p *pinlife.Policy) { p.AttemptsMax = 1 }, func(p pinlife.Policy) bool { return p.AttemptsMax == 1 }},
}

// PolicyWords names the switches, with commas between.
const PolicyWords = "immediate, 71, any-pin, approved-only, one-attempt"

// ParsePolicy reads words for switches, with commas between; none is the default.
func ParsePolicy(text string) (pinlife.Policy, error) {
	p := pinlife.DefaultPolicy()
	for word := range strings.SplitSeq(text, ",") {
		word = strings.TrimSpace(word)
		i := slices.IndexFunc(switches, func(s policySwitch) bool { return s.word == word })
		switch {
		case i >= 0:
			switches[i].set(&p)
		case word != "":
			return p, errors.New("want " + PolicyWords)
		}
	}
	return p, nil
}

// policyWords returns the words for a policy.
func policyWords(p pinlife.Policy) string {
	if p == (pinlife.Policy{}) {
		return ""
	}
	var words []string
	for _, s := range switches {
		if s.is(p) {
			words = append(words, s.word)
		}
	}
	return strings.Join(words, ",")
}
