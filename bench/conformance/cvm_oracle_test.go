package conformance_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// cvmSituation is a cardholder verification with all that decides about it.
type cvmSituation struct {
	rules      [][2]byte
	kind       string // word of the transaction
	amount     int    // in cents; X is 10.00 and Y is 20.00
	currency   bool   // the card's currency is the terminal's
	plain      bool   // what the terminal supports
	online     bool
	signature  bool
	enciphered bool
	none       bool
	entry      string // what happens at the PIN pad: right, wrong, bypass or failed
	triesLeft  int
}

// cvmVerdict is what is to come of it, by EMV Book 3, 10.5 and Annex C3, and Book
// 4, table 2.
type cvmVerdict struct {
	dialogue  []item
	results   [3]byte
	tvr3      byte
	signature bool
	onlinePIN bool
}

// walk is a second implementation of the CVM list, written from the Books and
// kept apart from the program's own.
func (s cvmSituation) walk() (v cvmVerdict) {
	v.results = [3]byte{0x3F, 0x00, 0x01}
	skipped := false // a PIN was bypassed, or the pad does not work: nobody is asked again
	for _, rule := range s.rules {
		method, goOn := rule[0]&0x3F, rule[0]&0x40 != 0
		if !s.met(rule[1], method) {
			continue
		}
		switch {
		case !known(method):
			v.tvr3 |= 0x40
		case !s.supports(method):
			if method == 2 || method != 0x1E && method != 0x1F && !s.plain && !s.enciphered {
				v.tvr3 |= 0x10
			}
		case method == 0:
			v.results = [3]byte{rule[0], rule[1], 1}
			v.tvr3 |= 0x80
			return v
		default:
			ok := s.perform(method, &v, &skipped)
			if v.results = [3]byte{rule[0], rule[1], 1}; ok {
				v.results[2] = 0
				if method == 1 || method == 0x1F {
					v.results[2] = 2
				}
				v.signature = method == 3 || method == 0x1E
				return v
			}
		}
		if !goOn {
			break
		}
	}
	v.tvr3 |= 0x80
	return v
}

func known(method byte) bool {
	return strings.IndexByte("\x00\x01\x02\x03\x04\x05\x1E\x1F", method) >= 0
}

func (s cvmSituation) supports(method byte) bool {
	return map[byte]bool{0: true, 1: s.plain, 2: s.online, 3: s.plain && s.signature, 4: s.enciphered,
		5: s.enciphered && s.signature, 0x1E: s.signature, 0x1F: s.none}[method]
}

// met reports whether a condition is satisfied. Book 3, Annex C3.
func (s cvmSituation) met(condition, method byte) bool {
	purchase := s.kind == "purchase"
	switch condition {
	case 0:
		return true
	case 1:
		return s.kind == "unattended-cash"
	case 2:
		return purchase
	case 3:
		return known(method) && s.supports(method)
	case 4:
		return s.kind == "manual-cash"
	case 5:
		return s.kind == "cashback"
	case 6:
		return s.currency && s.amount < 1000
	case 7:
		return s.currency && s.amount > 1000
	case 8:
		return s.currency && s.amount < 2000
	case 9:
		return s.currency && s.amount > 2000
	}
	return false
}

// perform carries a method out that the terminal supports. The card has no key
// for enciphered PINs.
func (s cvmSituation) perform(method byte, v *cvmVerdict, skipped *bool) bool {
	say := func(side, expect, answer string) {
		v.dialogue = append(v.dialogue, item{side: side, expect: expect, answer: answer, where: "oracle"})
	}
	switch method {
	case 0x1E, 0x1F:
		return true
	case 4, 5:
		return false
	case 2:
		if *skipped {
			return s.skip(v)
		}
		entry := map[string]string{"right": "1234", "wrong": "9999", "bypass": "bypass", "failed": "failed"}[s.entry]
		say("?", "pin online", entry)
		if *skipped = s.entry == "bypass" || s.entry == "failed"; *skipped {
			return s.skip(v)
		}
		v.tvr3 |= 0x04
		v.onlinePIN = true
		return true
	}
	if *skipped {
		return s.skip(v)
	}
	if v.tvr3&0x20 != 0 {
		return false // no try is left: that is known by now
	}
	say(">", "80CA9F1700", fmt.Sprintf("9F1701%02X9000", s.triesLeft))
	if s.triesLeft == 0 {
		v.tvr3 |= 0x20
		return false
	}
	prompt := fmt.Sprintf("pin plaintext tries=%d", s.triesLeft)
	switch s.entry {
	case "right":
		say("?", prompt, "1234")
		say(">", "0020008008241234FFFFFFFFFF", "9000")
		return true
	case "wrong":
		say("?", prompt, "9999")
		say(">", "0020008008249999FFFFFFFFFF", "63C0")
		v.tvr3 |= 0x20
		return false
	}
	say("?", prompt, s.entry)
	*skipped = true
	return s.skip(v)
}

// skip notes why no PIN was entered.
func (s cvmSituation) skip(v *cvmVerdict) bool {
	v.tvr3 |= map[string]byte{"bypass": 0x08, "failed": 0x10}[s.entry]
	return false
}

// try carries the situation out.
func (s cvmSituation) try(l *library) []string {
	d, err := l.define(source{id: "CVM.ORACLE", statements: []statement{{verb: "like", rest: "cvm"}}})
	if err != nil {
		return []string{err.Error()}
	}
	v := s.walk()
	d.values["rules"] = ""
	for _, rule := range s.rules {
		d.values["rules"] += fmt.Sprintf("%02X%02X ", rule[0], rule[1])
	}
	d.values["x"], d.values["y"] = "000003E8", "000007D0"
	currency := map[bool]string{true: "0978", false: "0840"}[s.currency]
	d.lists["rec1"] = append(d.lists["rec1"], object{"9F42", currency})
	d.values["tvr"], d.values["cvm"] = fmt.Sprintf("8000%02X8000", v.tvr3), fmt.Sprintf("%X", v.results)
	bits := byte(0)
	for n, has := range []bool{s.plain, s.online, s.signature, s.enciphered, s.none} {
		if has {
			bits |= 0x80 >> n
		}
	}
	d.terminal["caps"] = fmt.Sprintf("20%02XC8", bits)
	kind := map[string]string{"purchase": "00", "cashback": "09", "manual-cash": "01", "unattended-cash": "01"}[s.kind]
	d.tx["kind"], d.tx["type"], d.values["type"] = s.kind, kind, kind
	d.tx["amount"], d.values["amount"] = fmt.Sprint(s.amount), fmt.Sprintf("%012d", s.amount)
	d.steps["pin"] = v.dialogue
	d.order = []string{"select", "final", "gpo", "read", "pin", "gac1", "online", "gac2"}
	if v.onlinePIN {
		d.steps["online"] = []item{{side: "?", expect: "online pin", answer: "arc=@arc", where: "oracle"}}
	}
	d.expect["signature"] = map[bool]string{true: "yes", false: "no"}[v.signature]
	if problems := d.run().problems; len(problems) > 0 {
		return append([]string{fmt.Sprintf("%+v", s)}, problems...)
	}
	return nil
}

// cvmOracle compares the walk through all lists of one rule, and many longer ones
// drawn at random, with the second implementation.
func cvmOracle(_ *testing.T, l *library) []string {
	methods := []byte{0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x1E, 0x1F, 0x20, 0x3F}
	conditions := []byte{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0x0A, 0x80}
	r := rand.New(rand.NewPCG(1, 2))
	draw := func(rules [][2]byte) cvmSituation {
		coin := func() bool { return r.IntN(3) > 0 }
		return cvmSituation{
			rules: rules, kind: []string{"purchase", "purchase", "cashback", "manual-cash", "unattended-cash"}[r.IntN(5)],
			amount: []int{1, 999, 1000, 1001, 1999, 2000, 2001}[r.IntN(7)], currency: coin(),
			plain: coin(), online: coin(), signature: coin(), enciphered: coin(), none: coin(),
			entry: []string{"right", "wrong", "bypass", "failed"}[r.IntN(4)], triesLeft: r.IntN(2),
		}
	}
	rule := func() [2]byte {
		return [2]byte{methods[r.IntN(len(methods))] | byte(r.IntN(4)+1)/2<<6&0x40, conditions[r.IntN(len(conditions))]}
	}
	var lists [][][2]byte
	for _, m := range methods {
		for _, c := range conditions {
			for range 8 {
				lists = append(lists, [][2]byte{{m, c}}, [][2]byte{{m | 0x40, c}})
			}
		}
	}
	for range 3000 {
		rules := make([][2]byte, 2+r.IntN(5))
		for i := range rules {
			rules[i] = rule()
		}
		lists = append(lists, rules)
	}
	for _, rules := range lists {
		if problems := draw(rules).try(l); problems != nil {
			return problems
		}
	}
	return nil
}
