package emv_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/testdata/vectors"
)

func TestScriptResults(t *testing.T) {
	results := []emv.ScriptResult{
		{Outcome: emv.ScriptSuccessful, Identifier: [4]byte{8, 4, 0x12, 0x15}},
		{Outcome: emv.ScriptFailed, Command: 2},
		{Outcome: emv.ScriptFailed, Command: 15},
		{Outcome: emv.ScriptNotPerformed},
	}
	encoded := vectors.Unhex(t, "2008041215"+"1200000000"+"1F00000000"+"0000000000")
	assert.Equal(t, encoded, emv.EncodeScriptResults(results...))
	parsed, err := emv.ParseScriptResults(encoded)
	require.NoError(t, err)
	assert.Equal(t, results, parsed)
	assert.Equal(t, vectors.Unhex(t, "1F00000000"), emv.EncodeScriptResults(emv.ScriptResult{Outcome: emv.ScriptFailed, Command: 16}))
	assert.Equal(t, "not performed failed successful ScriptOutcome(3)",
		emv.ScriptNotPerformed.String()+" "+emv.ScriptFailed.String()+" "+emv.ScriptSuccessful.String()+" "+emv.ScriptOutcome(3).String())
}

func TestParseScriptResultsRefuses(t *testing.T) {
	for _, hex := range []string{"20", "200000000020", "3000000000", "F000000000"} {
		_, err := emv.ParseScriptResults(vectors.Unhex(t, hex))
		assert.ErrorIs(t, err, emv.ErrMalformed, hex)
	}
	none, err := emv.ParseScriptResults(nil)
	require.NoError(t, err)
	assert.Empty(t, none)
}

func TestScriptResultsRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var results []emv.ScriptResult
		for range rapid.IntRange(1, 20).Draw(t, "templates") {
			results = append(results, emv.ScriptResult{
				Outcome:    emv.ScriptOutcome(rapid.IntRange(0, 2).Draw(t, "outcome")),
				Command:    rapid.IntRange(0, 15).Draw(t, "command"),
				Identifier: [4]byte(rapid.SliceOfN(rapid.Byte(), 4, 4).Draw(t, "identifier")),
			})
		}
		parsed, err := emv.ParseScriptResults(emv.EncodeScriptResults(results...))
		require.NoError(t, err)
		require.Equal(t, results, parsed)
	})
}
