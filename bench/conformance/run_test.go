package conformance_test

import (
	"context"
	"fmt"
	"strings"

	"github.com/f510b0cf/till/terminal/kernel"
)

// outcome is how a case fared.
type outcome struct {
	problems []string
	lines    []string // the dialogue
	result   *kernel.Result
}

// run carries a case out.
func (d *definition) run() outcome {
	config, err := d.config()
	if err != nil {
		return outcome{problems: []string{err.Error()}}
	}
	tx, err := d.transaction()
	if err != nil {
		return outcome{problems: []string{err.Error()}}
	}
	items, err := d.dialogue()
	if err != nil {
		return outcome{problems: []string{err.Error()}}
	}
	k, err := kernel.New(config)
	if err != nil {
		return outcome{problems: []string{err.Error()}}
	}
	env := &environment{definition: d, bound: map[string][]byte{}}
	env.builtins = env.functions()
	p := &player{env: env, items: items}
	var online kernel.Online = p
	if d.expect["link"] == "none" {
		online = nil
	}
	result, err := k.Transact(context.Background(), p, p, online, tx)
	if err != nil {
		p.problem("Transact: %v", err)
		return outcome{problems: p.problems, lines: p.lines}
	}
	for _, left := range p.items {
		p.problem("%s: left over: %s %s", left.where, left.side, left.expect)
	}
	if env.err != nil {
		p.problem("%v", env.err)
	}
	p.compare(result)
	p.checkInvariants(result)
	return outcome{problems: p.problems, lines: p.lines, result: result}
}

// compare holds the result against what the case expects.
func (p *player) compare(r *kernel.Result) {
	for name, have := range map[string][]byte{"tvrend": r.TVR[:], "tsiend": r.TSI[:], "cvm": r.CVMResults[:]} {
		want, err := p.env.pattern("@" + name)
		if err != nil {
			p.problem("%s: %v", name, err)
		} else if !p.env.match(want, have) {
			p.problem("%s: want %s, have %X", name, want, have)
		}
	}
	have := described(r)
	for key, want := range p.env.definition.expect {
		switch {
		case key == "link" || want == "any":
		case key == "shows" || key == "hides":
			p.compareMessages(key == "shows", want)
		default:
			if value, ok := have[key]; !ok || value != want {
				p.problem("%s: want %s, have %s", key, want, value)
			}
		}
	}
}

// described returns those parts of a result that cases name.
func described(r *kernel.Result) map[string]string {
	yes := map[bool]string{true: "yes", false: "no"}
	cid, arc, scripts := "none", "none", ""
	if r.ARC != 0 {
		arc = r.ARC.String()
	}
	if r.Cryptogram {
		cid = fmt.Sprintf("%02X", byte(r.CID))
	}
	for _, s := range r.ScriptResults {
		scripts += fmt.Sprintf("%X%X%X,", uint8(s.Outcome), min(s.Command, 15), s.Identifier)
	}
	return map[string]string{
		"outcome": strings.ReplaceAll(r.Outcome.String(), " ", "-"), "cid": cid, "arc": arc,
		"scripts": strings.TrimSuffix(scripts, ","), "sent": yes[r.RequestSent], "reversal": yes[r.ReversalDue],
		"signature": yes[r.SignatureNeeded], "advice": yes[r.AdviceRequested],
		"application": fmt.Sprintf("%X", r.Application.Name),
	}
}

// messageNames are the words for messages in cases.
var messageNames = map[string]kernel.Message{
	"approved": kernel.MessageApproved, "card-error": kernel.MessageCardError, "declined": kernel.MessageDeclined,
	"incorrect-pin": kernel.MessageIncorrectPIN, "not-accepted": kernel.MessageNotAccepted, "pin-ok": kernel.MessagePINOK,
	"please-wait": kernel.MessagePleaseWait, "remove-card": kernel.MessageRemoveCard, "use-stripe": kernel.MessageUseMagStripe,
	"try-again": kernel.MessageTryAgain, "last-try": kernel.MessageLastPINTry,
}

// compareMessages looks for the messages, in their order, or for none of them.
func (p *player) compareMessages(shown bool, words string) {
	at := 0
	for name := range strings.SplitSeq(words, ",") {
		m, known := messageNames[name]
		if !known {
			p.problem("no message is named %s", name)
		}
		found := false
		for at < len(p.messages) && !found {
			found = p.messages[at] == m
			at++
		}
		if found != shown {
			p.problem("message %s: want shown %v, messages were %X", name, shown, p.messages)
		}
		if !shown {
			at = 0
		}
	}
}
