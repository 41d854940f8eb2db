package script_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/script"
)

func TestResults(t *testing.T) {
	results := []script.Result{
		{Outcome: script.Successful, Identifier: [4]byte{8, 4, 0x12, 0x15}},
		{Outcome: script.Failed, Command: 2},
		{Outcome: script.Failed, Command: 15},
		{Outcome: script.NotPerformed},
	}
	encoded := unhex(t, "2008041215"+"1200000000"+"1F00000000"+"0000000000")
	assert.Equal(t, encoded, script.EncodeResults(results...))
	parsed, err := script.ParseResults(encoded)
	require.NoError(t, err)
	assert.Equal(t, results, parsed)
	assert.Equal(t, unhex(t, "1F00000000"), script.EncodeResults(script.Result{Outcome: script.Failed, Command: 16}))
	assert.Equal(t, "not performed failed successful Outcome(3)",
		script.NotPerformed.String()+" "+script.Failed.String()+" "+script.Successful.String()+" "+script.Outcome(3).String())
}

func TestParseResultsRefuses(t *testing.T) {
	for _, hex := range []string{"20", "200000000020", "3000000000", "F000000000"} {
		_, err := script.ParseResults(unhex(t, hex))
		assert.ErrorIs(t, err, emv.ErrMalformed, hex)
	}
	none, err := script.ParseResults(nil)
	require.NoError(t, err)
	assert.Empty(t, none)
}

func TestResultsRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var results []script.Result
		for range rapid.IntRange(1, 20).Draw(t, "templates") {
			results = append(results, script.Result{
				Outcome:    script.Outcome(rapid.IntRange(0, 2).Draw(t, "outcome")),
				Command:    rapid.IntRange(0, 15).Draw(t, "command"),
				Identifier: [4]byte(rapid.SliceOfN(rapid.Byte(), 4, 4).Draw(t, "identifier")),
			})
		}
		parsed, err := script.ParseResults(script.EncodeResults(results...))
		require.NoError(t, err)
		require.Equal(t, results, parsed)
	})
}
