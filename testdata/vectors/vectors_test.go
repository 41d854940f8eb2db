package vectors

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv"
)

type input struct {
	Key Bytes `json:"key"`
}

type output struct {
	MAC string `json:"mac"`
}

const sample = `[{"name":"n","source":"s","confidence":"published","expect":"wrong-mac","in":{"key":"0AFF"},"out":{"mac":"m","more":1}}]`

func TestParse(t *testing.T) {
	want := []Case[input, output]{{
		Name: "n", Source: "s", Confidence: "published", Expect: emv.ErrWrongMAC,
		In: input{Key: Bytes{0x0A, 0xFF}}, Out: output{MAC: "m"},
	}}
	got, err := parse[input, output]([]byte(sample), decodeStrictly)
	require.NoError(t, err)
	assert.Equal(t, want, got)
}

// TestParseRefusesWhatNobodyReads: a field that is misspelt in the file or in a
// test would be compared with nothing.
func TestParseRefusesWhatNobodyReads(t *testing.T) {
	_, err := parse[struct{ Kee Bytes }, output]([]byte(sample), decodeStrictly)
	require.ErrorContains(t, err, `case "n": in: json: unknown field "key"`)
	_, err = parse[input, output]([]byte(`[{"nome":"n"}]`), decodeStrictly)
	require.ErrorContains(t, err, `unknown field "nome"`)
	_, err = parse[input, int]([]byte(sample), decodeStrictly)
	require.ErrorContains(t, err, `case "n": out: `)

	part, err := parse[struct{}, output]([]byte(sample), json.Unmarshal)
	require.NoError(t, err)
	assert.Len(t, part, 1)
}

func TestUnhex(t *testing.T) {
	assert.Equal(t, []byte{0x0A, 0xFF, 0x01}, Unhex(t, "0A FF\n\t01 "))
}

// TestKindsAreFiles: every file has a name in Kinds, and cases.
func TestKindsAreFiles(t *testing.T) {
	entries, err := files.ReadDir(".")
	require.NoError(t, err)
	assert.Len(t, entries, len(Kinds))
	for _, kind := range Kinds {
		assert.NotEmpty(t, Load[json.RawMessage, json.RawMessage](t, kind), kind)
	}
}
