package kernel_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/terminal/kernel"
)

// scriptBench is an approved transaction with scripts; commands 8424 are
// answered in turn.
func scriptBench(t *testing.T, answers []string, scripts ...[]byte) *bench {
	b := newBench(t)
	b.online.response.Scripts = scripts
	b.card.answers["8424"] = answers
	return b
}

const (
	command1 = "8424000201AA"
	command2 = "8424000201BB"
	command3 = "8424000201CC"
)

// order tells when scripts and GENERATE AC were sent.
func order(b *bench) string {
	var names []string
	for _, c := range b.card.sent {
		switch c[:4] {
		case "80AE":
			names = append(names, "AC")
		case "8424":
			names = append(names, c[len(c)-2:])
		}
	}
	return strings.Join(names, " ")
}

func TestScriptsAroundFinalGenerateAC(t *testing.T) {
	b := scriptBench(t, []string{"9000"}, script("72", command1), script("71", command2), script("72", command3))
	r := b.run()
	assert.Equal(t, kernel.ApprovedOnline, r.Outcome)
	assert.Equal(t, "AC BB AC AA CC", order(b))
	assert.Len(t, r.ScriptResults, 3)
	results, _ := r.Data.Value(0x9F5B)
	assert.Equal(t, unhexed("200A0B0C0D"+"200A0B0C0D"+"200A0B0C0D"), results)
	assert.Zero(t, r.TVR[4])

	b = scriptBench(t, []string{"9000"}, script("72", command1))
	b.online.response.ARC = 0x3035
	r = b.run()
	assert.Equal(t, kernel.DeclinedOnline, r.Outcome)
	assert.Equal(t, "AC AC AA", order(b), "after an AAC, too")
	assert.Equal(t, emv.ScriptSuccessful, r.ScriptResults[0].Outcome)
}

// TestScriptFails fails at each command of a template, with every kind of status
// word.
func TestScriptFails(t *testing.T) {
	for _, sw := range []string{"6985", "6A80", "6700", "6D00", "6983", "6400"} {
		for n := range 3 {
			t.Run(fmt.Sprint(sw, n+1), func(t *testing.T) {
				answers := slices.Repeat([]string{"9000"}, 4)
				answers[n] = sw
				b := scriptBench(t, answers, script("72", command1, command2, command3), script("72", command1))
				r := b.run()
				assert.Equal(t, kernel.ApprovedOnline, r.Outcome)
				assert.Len(t, b.card.sentWith("8424"), n+2, "the next template runs")
				results, _ := r.Data.Value(0x9F5B)
				assert.Equal(t, unhexed(fmt.Sprintf("1%d0A0B0C0D200A0B0C0D", n+1)), results)
				assert.Equal(t, byte(0x10), r.TVR[4])
			})
		}
	}
	for _, sw := range []string{"6200", "6283", "6300", "63C1"} {
		t.Run("warning "+sw, func(t *testing.T) {
			b := scriptBench(t, []string{sw}, script("71", command1, command2))
			assert.Zero(t, b.run().TVR[4])
			assert.Len(t, b.card.sentWith("8424"), 2)
		})
	}
}

// TestFailedScript71 reaches the second GENERATE AC in its TVR.
func TestFailedScript71(t *testing.T) {
	b := scriptBench(t, []string{"6988"}, script("71", command1))
	r := b.run()
	assert.Equal(t, byte(0x20), r.TVR[4])
	assert.Contains(t, b.card.sentWith("80AE40")[0], "8000008020")
}

// TestScriptForms delivers what can be read.
func TestScriptForms(t *testing.T) {
	sixteen := slices.Repeat([]string{command1}, 16)
	long := append(slices.Repeat([]string{"9000"}, 15), "6985")
	for name, c := range map[string]struct {
		scripts [][]byte
		answers []string
		results string
		sent    int
		byte5   byte
	}{
		"no identifier":         {[][]byte{unhexed(object(0x72, object(0x86, command1)))}, []string{"9000"}, "2000000000", 1, 0},
		"identifier of 3 bytes": {[][]byte{unhexed(object(0x72, object(0x9F18, "010203"), object(0x86, command1)))}, []string{"9000"}, "2000000000", 1, 0},
		"template cut":          {[][]byte{unhexed("720F9F18040A0B0C0D86"), script("72", command1)}, []string{"9000"}, "000A0B0C0D200A0B0C0D", 1, 0x10},
		"long template cut":     {[][]byte{unhexed("72810F9F18040A0B0C0D86")}, nil, "000A0B0C0D", 0, 0x10},
		"cut in its length":     {[][]byte{unhexed("7282")}, nil, "0000000000", 0, 0x10},
		"command cut":           {[][]byte{unhexed(object(0x72, object(0x9F18, "0A0B0C0D"), "860984"))}, nil, "000A0B0C0D", 0, 0x10},
		"bytes behind template": {[][]byte{append(script("72", command1), 0xFF)}, nil, "000A0B0C0D", 0, 0x10},
		"no command":            {[][]byte{script("72")}, nil, "000A0B0C0D", 0, 0x10},
		"command too short":     {[][]byte{script("72", "8424")}, nil, "000A0B0C0D", 0, 0x10},
		"second is no command":  {[][]byte{script("72", command1, "84240002FFAA")}, []string{"9000"}, "000A0B0C0D", 0, 0x10},
		"sixteenth command":     {[][]byte{script("72", sixteen...)}, long, "1F0A0B0C0D", 16, 0x10},
		"neither 71 nor 72":     {[][]byte{unhexed(object(0x70, object(0x86, command1))), {}}, nil, "", 0, 0},
		"card answers 61xx":     {[][]byte{script("72", command1)}, []string{"6102"}, "200A0B0C0D", 1, 0},
		"more than 128 bytes":   {[][]byte{script("72", sixteen...)}, []string{"9000"}, "200A0B0C0D", 16, 0},
	} {
		t.Run(name, func(t *testing.T) {
			answers := c.answers
			if answers == nil {
				answers = []string{"9000"}
			}
			b := scriptBench(t, answers, c.scripts...)
			b.card.answers["00C00000"] = []string{"9000"}
			r := b.run()
			assert.Equal(t, kernel.ApprovedOnline, r.Outcome)
			results, _ := r.Data.Value(0x9F5B)
			assert.Equal(t, c.results, digits(results))
			assert.Len(t, b.card.sentWith("8424"), c.sent)
			assert.Equal(t, c.byte5, r.TVR[4], texts(r))
			assert.Equal(t, len(c.results) > 0, r.TSI.Has(emv.TSIScriptProcessingPerformed))
			assert.Equal(t, name == "more than 128 bytes" || name == "sixteenth command", strings.Contains(texts(r), "more than the 128"))
			assert.Equal(t, name == "neither 71 nor 72", strings.Contains(texts(r), "script 1 begins with neither 71 nor 72: not delivered"))
			assert.Equal(t, name == "neither 71 nor 72", strings.Contains(texts(r), "script 2 begins"))
		})
	}
}

// TestCardPulledInScript leaves the templates behind it unperformed.
func TestCardPulledInScript(t *testing.T) {
	b := scriptBench(t, []string{"9000"}, script("72", command1, command2), script("72", command3))
	b.card.pullAt = 9 // the second command
	r := b.run()
	assert.Equal(t, kernel.ApprovedOnline, r.Outcome)
	assert.ErrorIs(t, r.Cause, errPulled)
	results, _ := r.Data.Value(0x9F5B)
	assert.Equal(t, "120A0B0C0D000A0B0C0D", digits(results))
	assert.Len(t, b.card.sent, 9)
}

// TestIssuerAuthentication: once, where the card wants it, and never twice.
func TestIssuerAuthentication(t *testing.T) {
	const right = "11223344556677883030"
	for name, c := range map[string]struct {
		data, aip, sw string
		sent          int
		tvr           byte
		noticed       bool
	}{
		"successful":               {right, "1C00", "9000", 1, 0, false},
		"failed":                   {right, "1C00", "6300", 1, 0x40, false},
		"other status word":        {right, "1C00", "6700", 1, 0x40, false},
		"8 bytes":                  {right[:16], "1C00", "9000", 1, 0, false},
		"16 bytes":                 {strings.Repeat("11", 16), "1C00", "9000", 1, 0, false},
		"7 bytes":                  {right[:14], "1C00", "9000", 0, 0x40, false},
		"17 bytes":                 {strings.Repeat("11", 17), "1C00", "9000", 0, 0x40, false},
		"no data":                  {"", "1C00", "9000", 0, 0, false},
		"not supported":            {right, "1800", "9000", 0, 0, false},
		"ARC in 91 is another one": {right[:16] + "3035", "1C00", "6300", 1, 0x40, true},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			b.aip = c.aip
			if c.data != "" {
				b.online.response.IssuerAuthenticationData = unhexed(c.data)
			}
			b.card.answers["00820000"] = []string{c.sw}
			b.records[0x8D] += "910A"
			r := b.run()
			assert.Equal(t, kernel.ApprovedOnline, r.Outcome, "the card decides")
			assert.Len(t, b.card.sentWith("0082"), c.sent)
			assert.Equal(t, c.tvr, r.TVR[4])
			assert.Equal(t, c.noticed, strings.Contains(texts(r), "another one"))
			padded := (c.data + strings.Repeat("0", 20))[:20]
			assert.Contains(t, b.card.sentWith("80AE40")[0], padded, "91 goes into CDOL2")
		})
	}
}
