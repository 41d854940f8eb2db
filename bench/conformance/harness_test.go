package conformance_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestHarnessNotices changes one thing of a case that passes and wants it to fail.
func TestHarnessNotices(t *testing.T) {
	l := loadLibrary(t, "testdata")
	for name, change := range map[string]string{
		"a byte of a command":            "un = 00000000",
		"a missing command":              "drop final",
		"a command too many":             "after gac2 gac2",
		"commands in another order":      "steps select final gpo read gac1 gac2 online",
		"no request to the host":         "drop online",
		"the TVR at the end":             "tvrend = 8000008010",
		"the TVR in the first command":   "tvr1 = 0000008000",
		"the TSI at the end":             "tsiend = 6000",
		"the CVM results":                "cvm = 3F0000",
		"the outcome":                    "expect outcome=declined-online",
		"the CID":                        "expect cid=00",
		"the ARC":                        "expect arc=05",
		"a reversal":                     "expect reversal=yes",
		"script results":                 "expect scripts=2000000000",
		"a signature":                    "expect signature=yes",
		"a message that is not shown":    "expect shows=use-stripe",
		"a message that is shown":        "expect hides=please-wait,approved",
		"an expectation that is none":    "expect verdict=good",
		"a word of the terminal":         "terminal colour=red",
		"a word of the transaction":      "tx colour=red",
		"the type of cryptogram":         "ask1 = 40",
		"a value that names itself":      "un = @un",
		"a value that is not there":      "amount = @nothing",
		"a field that is no bytes":       "like sda ; issuer.header = XY",
		"bytes that are none":            "amount = 0",
		"a brace that is not closed":     "aid = 6F{ 84=01",
		"unknown bytes in an answer":     "iad1 = ??",
		"chip data that is another":      "step online ; ? online 9F02=000000000001 ; ! arc=3030",
		"chip data that is not there":    "step online ; ? online DF01=01 ; ! arc=3030",
		"a PIN that is not there":        "step online ; ? online pin ; ! arc=3030",
		"a question that nobody asks":    "step ask ; ? pin online ; ! 1234 ; before gac1 ask",
		"an answer that means nothing":   "step online ; ? online ; ! colour=00",
		"an exact answer of other bytes": "step gac1 ; > 80AE8000 #{ @cdol1data } 00 ; < 77{ 9F27=80 } 9000",
	} {
		t.Run(name, func(t *testing.T) {
			require.NoError(t, l.add(source{id: "TRY"}.begin("like base"), []statement{{"|", "1 | title | " + change, "here"}}))
			d, err := l.define(l.cases[len(l.cases)-1])
			require.NoError(t, err)
			assert.NotEmpty(t, d.run().problems)
		})
	}
}

// begin gives a case its first line and one statement.
func (s source) begin(line string) source {
	s.statements = []statement{{"case", s.id, "here"}, parseStatement(line, "here")}
	return s
}

// TestCaseFilesAreRead wants a mistake in a case file found.
func TestCaseFilesAreRead(t *testing.T) {
	for name, text := range map[string]string{
		"a statement before any case": "title lost",
		"a setup twice":               "setup a\nsetup a\n",
		"a statement behind rows":     "case A\n| 1 | t | \ntitle late\n",
		"a row of two cells":          "case A\n| 1 | t\n",
	} {
		l := library{setups: map[string]source{}}
		assert.Error(t, l.read("file", text), name)
	}
	for name, text := range map[string]string{
		"no such setup":             "like nothing",
		"no such statement":         "colour red",
		"an answer to nothing":      "step a ; < 9000",
		"two answers":               "step a ; > 00 ; < 9000 ; < 9000",
		"nothing to cut":            "cut rec1 5A",
		"no such step to put after": "after gac9 gac1",
		"a word without value":      "expect outcome",
	} {
		l := library{setups: map[string]source{}}
		require.NoError(t, l.read("file", "family F f\ncase A\n| 1 | t | "+text))
		_, err := l.define(l.cases[0])
		assert.Error(t, err, name)
	}
}
