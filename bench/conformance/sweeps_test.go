package conformance_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// variant defines a case from a set-up with more statements.
func variant(l *library, id string, lines ...string) (*definition, error) {
	s := source{id: id}
	for _, line := range lines {
		s.statements = append(s.statements, parseStatement(line, "sweep"))
	}
	return l.define(s)
}

// tried runs a variant and puts what it was before its problems.
func tried(l *library, id string, lines ...string) []string {
	d, err := variant(l, id, lines...)
	if err != nil {
		return []string{err.Error()}
	}
	if problems := d.run().problems; len(problems) > 0 {
		return append([]string{strings.Join(lines, " ; ")}, problems...)
	}
	return nil
}

// usageControl compares application usage control with a second implementation,
// for 1500 of its values in all situations. EMV Book 3, 10.4.2 and Annex C2.
func usageControl(_ *testing.T, l *library) []string {
	r := rand.New(rand.NewPCG(3, 4))
	kinds := map[string]string{"purchase": "00", "manual-cash": "01", "cashback": "09"}
	names := []string{"purchase", "manual-cash", "cashback"}
	for range 1500 {
		auc := [2]byte{byte(r.IntN(256)), byte(r.IntN(256))}
		kind, country, atm := names[r.IntN(3)], []string{"0276", "0840", ""}[r.IntN(3)], r.IntN(2) == 0
		allowed := auc[0]&map[bool]byte{true: 0x02, false: 0x01}[atm] != 0
		domestic := country == "0276"
		bits := map[string][2]byte{"purchase": {0x28, 0x14}, "manual-cash": {0x80, 0x40}, "cashback": {0x28, 0x14}}[kind]
		need, cashback := bits[1], byte(0x40)
		if domestic {
			need, cashback = bits[0], 0x80
		}
		if country != "" {
			allowed = allowed && auc[0]&need != 0 && (kind != "cashback" || auc[1]&cashback != 0)
		}
		lines := []string{"like base", fmt.Sprintf("put rec1 9F07=%X", auc[:]), "tx kind=" + kind + " type=" + kinds[kind], "type = " + kinds[kind]}
		if country == "" {
			lines = append(lines, "cut rec1 5F28")
		} else {
			lines = append(lines, "put rec1 5F28="+country)
		}
		if atm {
			lines = append(lines, "terminal type=15")
		}
		if !allowed {
			lines = append(lines, "tvr = 8010008000")
		}
		if problems := tried(l, "RES.ORACLE", lines...); problems != nil {
			return problems
		}
	}
	return nil
}

// actionCodeBits sets each bit of each of the six action codes alone. The TVR is
// 80 00 00 80 00. EMV Book 3, 10.7.
func actionCodeBits(_ *testing.T, l *library) []string {
	for bit := range 40 {
		code := [5]byte{}
		code[bit/8] = 0x80 >> (bit % 8)
		hit := bit == 0 || bit == 24
		digits := fmt.Sprintf("%X", code[:])
		for _, by := range []struct{ set, hit, miss string }{
			{"terminal tac-denial=" + digits, "taa-decline", "taa-approve"},
			{"put rec1 9F0E=" + digits, "taa-decline", "taa-approve"},
			{"terminal tac-online=" + digits, "taa", "taa-approve"},
			{"put rec1 9F0F=" + digits, "taa", "taa-approve"},
			{"terminal type=23 tac-default=" + digits, "taa-decline", "taa-approve"},
			{"put rec1 9F0D=" + digits, "taa-decline", "taa-approve"},
		} {
			setup := by.miss
			if hit {
				setup = by.hit
			}
			lines := []string{"like " + setup, by.set}
			if strings.Contains(by.set, "default") || strings.Contains(by.set, "9F0D") {
				lines = append(lines, "terminal type=23", "expect link=none")
			}
			if problems := tried(l, "TAA.BITS", lines...); problems != nil {
				return problems
			}
		}
	}
	return nil
}

// statusWords are those that ISO/IEC 7816-4 knows, one or two of each kind, and a
// few that nobody knows.
var statusWords = []string{"6200", "6281", "6284", "6300", "6381", "6400", "6581", "6600", "6700", "6881", "6882", "6900", "6981", "6982",
	"6983", "6984", "6985", "6986", "6987", "6988", "6A80", "6A82", "6A83", "6A84", "6A86", "6A88", "6B00", "6D00", "6E00", "6F00", "9001", "9100", "5000", "0000"}

// statusWordSweep answers each command of the whole dialogue with each status
// word in turn. EMV Book 3, 8.1, and the sections of the commands.
func statusWordSweep(_ *testing.T, l *library) []string {
	ended := "expect outcome=not-accepted cid=any arc=any sent=no"
	anything := []string{"tvrend = ??????????", "tsiend = ????", "cvm = ??????"}
	for _, sw := range statusWords {
		for _, one := range []struct {
			lines  []string
			except []string
		}{
			{[]string{"like base", "step gpo", "> 80A8000002830000", "< " + sw, "upto gpo", ended}, []string{"6985"}},
			{[]string{"like base", "step read", "> 00B2010C00", "< " + sw, "upto read", ended}, nil},
			{[]string{"like dda", "step internal", "> 00880000 #{ @ddoldata } 00", "< " + sw, "upto internal", ended}, []string{"6300", "6381"}},
			{[]string{"like plain", "step pin", "> 80CA9F1700", "< 9F17=03 9000", "? pin plaintext tries=3", "! 1234", "> 0020008008 @pin", "< " + sw, "upto pin", ended},
				[]string{"6300", "6381", "6983", "6984"}},
			{[]string{"like base", "step gac1", "> 80AE8000 #{ @cdol1data } 00", "< " + sw, "upto gac1", ended}, []string{"6300", "6381"}},
			{[]string{"like base", "step gac2", "> 80AE4000 #{ @cdol2data } 00", "< " + sw, "expect outcome=not-accepted cid=any arc=any reversal=yes"}, []string{"6300", "6381"}},
		} {
			if slices.Contains(one.except, sw) {
				continue
			}
			if problems := tried(l, "SW."+sw, slices.Concat(one.lines, anything)...); problems != nil {
				return problems
			}
		}
		if problems := goesOn(l, sw); problems != nil {
			return problems
		}
	}
	return nil
}

// goesOn are the commands after which a transaction goes on whatever the status
// word.
func goesOn(l *library, sw string) []string {
	missing := tried(l, "SW."+sw, "like plain", "step pin", "> 80CA9F1700", "< "+sw, "? pin plaintext", "! 1234", "> 0020008008 @pin", "< 9000")
	authentication := tried(l, "SW."+sw, "like iau", "tvr2 = 8000008040", "step external", "> 00820000 0A @arpc", "< "+sw)
	script := []string{"like after", "step command", "> @c1", "< " + sw}
	if !slices.Contains([]string{"62", "63", "90"}, sw[:2]) { // the terminal looks at SW1 alone: 10.10
		script = append(script, "tvrend = 8000008010", "expect scripts=1100000001")
	}
	return slices.Concat(missing, authentication, tried(l, "SW."+sw, script...))
}

// counterStatusWords answers the two GET DATA commands of velocity checking with
// each status word in turn. EMV Book 3, 7.5 and 10.6.3.
func counterStatusWords(_ *testing.T, l *library) []string {
	for _, sw := range statusWords {
		problems := slices.Concat(
			tried(l, "TRM."+sw, "like velocity", "tvr = A000006000", "step counters", "> 80CA9F3600", "< "+sw, "> 80CA9F1300", "< 9F13=@last 9000"),
			tried(l, "TRM."+sw, "like velocity", "tvr = A000006000", "step counters", "> 80CA9F3600", "< 9F36=@now 9000", "> 80CA9F1300", "< "+sw))
		if len(problems) > 0 {
			return problems
		}
	}
	return nil
}

// pulledAnywhere pulls the card at each command of a transaction with all there is
// in it.
func pulledAnywhere(_ *testing.T, l *library) []string {
	at := slices.IndexFunc(l.cases, func(s source) bool { return s.id == "BASE.AMEX" })
	whole, err := l.define(l.cases[at])
	if err != nil {
		return []string{err.Error()}
	}
	items, err := whole.dialogue()
	if err != nil {
		return []string{err.Error()}
	}
	asked := slices.IndexFunc(items, func(i item) bool { return strings.HasPrefix(i.expect, "online") })
	for n, one := range items {
		if one.side != ">" {
			continue
		}
		d, err := l.define(l.cases[at])
		if err != nil {
			return []string{err.Error()}
		}
		cut := slices.Clone(items[:n+1])
		cut[n].answer = "pulled"
		d.steps["cut"], d.order = cut, []string{"cut"}
		d.values["tvrend"], d.values["tsiend"], d.values["cvm"] = "??????????", "????", "??????"
		yes := map[bool]string{true: "yes", false: "no"}
		d.expect = map[string]string{"outcome": "card-removed", "sent": yes[n > asked], "reversal": yes[n > asked]}
		if n == len(items)-1 { // the script after the TC
			d.expect["outcome"], d.expect["reversal"] = "approved-online", "no"
		}
		if problems := d.run().problems; len(problems) > 0 {
			return append([]string{"pulled at " + one.expect}, problems...)
		}
	}
	return nil
}
