package conformance_test

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

const reportHead = `# How the kernel fares against its conformance suite

Written by the suite itself; a test fails where this page is stale:

    go test ./bench/conformance            # the suite
    go test ./bench/conformance -update    # writes this page

The cases were written from EMV 4.4 Books 1 to 4 and from published facts, not from the kernel. Each is a dialogue:
every command that the kernel sends, every question to the cardholder and the request to the host have to come in this
order and with these bytes, and TVR, TSI, CVM results, outcome and what is due afterwards have to be as written.
` + "`bench/conformance/testdata`" + ` holds them, its README says how to read one, and ` + "`-v -run TestConformance/CVM.PLAIN.05`" + ` prints a
dialogue as it went.

**What it is not.** It is no certification and no test plan of a payment system; the words and bytes are its own. Where a
public test case is about the same thing, its id stands beside ours, for orientation alone: "AXP EMV" and "AXP EP" are
ids of American Express terminal cases that public sources list, 2CB to 2CM are subjects of EMVCo's Level 2 cases that
comments in public source code name. That a case passes says nothing of those tests.

`

// report writes docs/conformance.md.
func report(verdicts []verdict) string {
	var b strings.Builder
	b.WriteString(reportHead)
	writeTotals(&b, verdicts)
	writeKnown(&b, verdicts)
	writeAttacks(&b)
	writeBits(&b, verdicts)
	writePublic(&b, verdicts)
	writeCases(&b, verdicts)
	return b.String()
}

func result(v verdict) string {
	if v.passed() {
		return "pass"
	}
	return "FAIL"
}

func writeTotals(b *strings.Builder, verdicts []verdict) {
	families, total, failed := []family{}, map[family]int{}, map[family]int{}
	for _, v := range verdicts {
		if total[v.family] == 0 {
			families = append(families, v.family)
		}
		total[v.family]++
		if !v.passed() {
			failed[v.family]++
		}
	}
	b.WriteString("## Totals\n\n| family | cases | pass | fail |\n|---|---|---|---|\n")
	cases, fails := 0, 0
	for _, f := range families {
		fmt.Fprintf(b, "| %s: %s | %d | %d | %d |\n", f.code, f.title, total[f], total[f]-failed[f], failed[f])
		cases, fails = cases+total[f], fails+failed[f]
	}
	fmt.Fprintf(b, "| **all** | **%d** | **%d** | **%d** |\n\n", cases, cases-fails, fails)
}

func writeKnown(b *strings.Builder, verdicts []verdict) {
	b.WriteString("## Known failures\n\n")
	none := true
	for _, v := range verdicts {
		if v.known != "" {
			none = false
			fmt.Fprintf(b, "- **%s** (%s): %s\n", v.id, v.section, v.known)
		}
	}
	if none {
		b.WriteString("None.\n")
	}
	b.WriteString("\n")
}

func writeAttacks(b *strings.Builder) {
	b.WriteString("## Attacks\n\nTried with the emulated card, the kernel, and the issuer behind a TCP line (`TestAttacks`).\n\n")
	b.WriteString("| case | attack | published | who notices | how |\n|---|---|---|---|---|\n")
	for _, a := range attacks {
		fmt.Fprintf(b, "| %s | %s | %s | %s | %s |\n", a.id, a.title, a.published, a.notices, a.how)
	}
	b.WriteString("\n")
}

// statusBits are the bits of TVR and TSI that this kernel has. EMV Book 3, Annex
// C5 and C6, without those of biometrics, XDA and the contactless kernels.
var statusBits = []string{
	"TVR 1.8", "TVR 1.7", "TVR 1.6", "TVR 1.5", "TVR 1.4", "TVR 1.3", "TVR 1.2",
	"TVR 2.8", "TVR 2.7", "TVR 2.6", "TVR 2.5", "TVR 2.4",
	"TVR 3.8", "TVR 3.7", "TVR 3.6", "TVR 3.5", "TVR 3.4", "TVR 3.3",
	"TVR 4.8", "TVR 4.7", "TVR 4.6", "TVR 4.5", "TVR 4.4",
	"TVR 5.8", "TVR 5.7", "TVR 5.6", "TVR 5.5",
	"TSI 1.8", "TSI 1.7", "TSI 1.6", "TSI 1.5", "TSI 1.4", "TSI 1.3",
}

// pair is a case that sets a bit and one that differs in little and does not.
type pair struct{ sets, clears string }

// pairs finds the pairs for each bit.
func pairs(verdicts []verdict) map[string]pair {
	byID := map[string]verdict{}
	for _, v := range verdicts {
		byID[v.id] = v
	}
	found := map[string]pair{}
	for _, v := range verdicts {
		if v.twin == "" {
			continue
		}
		p := pair{v.id, v.twin}
		if !v.has(v.bit) {
			p = pair{v.twin, v.id}
		}
		if byID[p.sets].has(v.bit) && !byID[p.clears].has(v.bit) && byID[p.clears].definition != nil {
			found[v.bit] = p
		}
	}
	return found
}

// has reports whether the bit, such as "TVR 1.8", is set at the end of the
// transaction, as the kernel carried it out.
func (v verdict) has(bit string) bool {
	if v.definition == nil || v.result == nil {
		return false
	}
	var octet, number int
	field := v.result.TVR[:]
	if strings.HasPrefix(bit, "TSI") {
		field = v.result.TSI[:]
	}
	if _, err := fmt.Sscanf(bit[4:], "%d.%d", &octet, &number); err != nil {
		return false
	}
	return field[octet-1]>>(number-1)&1 == 1
}

func writeBits(b *strings.Builder, verdicts []verdict) {
	b.WriteString("## Bits of TVR and TSI\n\nFor each bit (byte.bit) a case that ends with it set, and one that is nearly the same and does not.\n\n")
	b.WriteString("| bit | set | not set |\n|---|---|---|\n")
	found := pairs(verdicts)
	for _, bit := range statusBits {
		fmt.Fprintf(b, "| %s | %s | %s |\n", bit, found[bit].sets, found[bit].clears)
	}
	b.WriteString("\n")
}

// publicCases are the published American Express cases, and why no dialogue here is about
// one where that is so.
var publicCases = []struct{ id, elsewhere string }{
	{"AXP EMV 000", "prerequisites, no case: approvals of hardware and PIN pad"},
	{"AXP EMV 001", ""}, {"AXP EMV 002", ""}, {"AXP EMV 004", ""}, {"AXP EMV 005", ""}, {"AXP EMV 006", ""},
	{"AXP EMV 007", "magnetic stripe: the kernel ends with the outcome fallback (SEL.NONE), the stripe is read by nobody here"},
	{"AXP EMV 008", ""}, {"AXP EMV 011", ""}, {"AXP EMV 012", ""}, {"AXP EMV 015", ""}, {"AXP EMV 016", ""},
	{"AXP EMV 017.2", ""}, {"AXP EMV 018", ""}, {"AXP EMV 023", ""}, {"AXP EMV 026", ""}, {"AXP EMV 027", ""},
	{"AXP EMV 028", ""}, {"AXP EMV 029", ""}, {"AXP EMV 030", ""}, {"AXP EMV 031", ""}, {"AXP EMV 032", ""},
	{"AXP EMV 033", ""}, {"AXP EMV 035", ""}, {"AXP EMV 037", ""}, {"AXP EMV 039", ""},
	{"AXP EP002", ""},
	{"AXP EP007", "a CA public key of 1984 bits: tests of emv/oda and of the emulated card"},
	{"AXP EP084, AXP EP085", "online PIN for a tap: a rule of a scheme's contactless kernel, which is not there"},
	{"AXP MAG 001, AXP MAG 002", "magnetic stripe: not there"},
	{"AXP RCP 001", "receipt: tests of package terminal"},
}

func writePublic(b *strings.Builder, verdicts []verdict) {
	b.WriteString("## Published American Express cases\n\n| public id | cases here |\n|---|---|\n")
	for _, p := range publicCases {
		cell := p.elsewhere
		if cell == "" {
			cell = strings.Join(mentioning(p.id, verdicts), ", ")
		}
		fmt.Fprintf(b, "| %s | %s |\n", p.id, cell)
	}
	b.WriteString("\n")
}

// mentioning lists the cases beside which a public id stands.
func mentioning(id string, verdicts []verdict) (ids []string) {
	whole := regexp.MustCompile(regexp.QuoteMeta(id) + `\b`)
	for _, v := range verdicts {
		if whole.MatchString(v.public) {
			ids = append(ids, v.id)
		}
	}
	return ids
}

func writeCases(b *strings.Builder, verdicts []verdict) {
	sorted := slices.Clone(verdicts)
	slices.SortStableFunc(sorted, func(x, y verdict) int { return cmp.Compare(sectionKey(x.section), sectionKey(y.section)) })
	b.WriteString("## Cases\n\nBy Book and section of EMV 4.4. \"own\" is what the Books leave open, \"Book B\" is that of the contactless specifications.\n\n")
	b.WriteString("| section | case | public id | checks | result |\n|---|---|---|---|---|\n")
	for _, v := range sorted {
		fmt.Fprintf(b, "| %s | %s | %s | %s | %s |\n", v.section, v.id, v.public, v.title, result(v))
	}
}

var number = regexp.MustCompile(`\d+`)

// sectionKey has sections sort by number.
func sectionKey(section string) string {
	return number.ReplaceAllStringFunc(section, func(n string) string { return fmt.Sprintf("%03s", n) })
}

// casesMin is how many cases there are at least.
const casesMin = 250

var sectionForm = regexp.MustCompile(`^(Book [1-4], (\d+(\.\d+)*|Annex [A-F]\d?)|Book B, \d+\.\d+|own)$`)

// checkSuite holds the suite against what it promises.
func checkSuite(t *testing.T, verdicts []verdict) {
	assert.GreaterOrEqual(t, len(verdicts), casesMin)
	seen, titles := map[string]bool{}, map[string]string{}
	for _, v := range verdicts {
		assert.False(t, seen[v.id], "%s is there twice", v.id)
		seen[v.id] = true
		assert.True(t, strings.HasPrefix(v.id, v.family.code+"."), "%s is of family %s", v.id, v.family.code)
		assert.NotEmpty(t, v.title, v.id)
		assert.Regexp(t, sectionForm, v.section, v.id)
		assert.NotContains(t, v.title, "|", v.id)
		assert.Empty(t, titles[v.title], "%s has the title of another case: %s", v.id, v.title)
		titles[v.title] = v.id
	}
	found := pairs(verdicts)
	for _, bit := range statusBits {
		assert.NotZero(t, found[bit], "no pair of cases for %s", bit)
	}
	for _, v := range verdicts {
		if v.twin != "" {
			assert.Contains(t, statusBits, v.bit, v.id)
			assert.True(t, seen[v.twin], "%s: no case %s", v.id, v.twin)
			assert.Contains(t, []string{found[v.bit].sets, found[v.bit].clears}, v.id, "%s: its twin does not differ in %s, or another pair stands for that bit", v.id, v.bit)
		}
	}
	for _, p := range publicCases {
		assert.False(t, p.elsewhere == "" && len(mentioning(p.id, verdicts)) == 0, "no case for %s", p.id)
	}
}
