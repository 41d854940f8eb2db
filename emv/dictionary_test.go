package emv_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/testdata/vectors"
)

// describe goes through every tag of one and two bytes.
func describe(t *testing.T) []emv.Entry {
	t.Helper()
	var entries []emv.Entry
	for tag := emv.Tag(0); tag <= 0xFFFF; tag++ {
		if e, ok := emv.Describe(tag); ok {
			require.Equal(t, tag, e.Tag)
			entries = append(entries, e)
		}
	}
	return entries
}

func TestDictionary(t *testing.T) {
	entries := describe(t)
	require.NotEmpty(t, entries)
	for _, e := range entries {
		decoded, n, err := emv.DecodeTag(e.Tag.Append(nil))
		require.NoError(t, err)
		assert.Equal(t, e.Tag, decoded)
		assert.Equal(t, e.Tag.Len(), n)
		assert.NotEmpty(t, e.Name, "%v", e.Tag)
		assert.NotZero(t, e.Source, "%v", e.Tag)
		assert.NotContains(t, e.Format.String(), "Format(", "%v", e.Tag)
		assert.True(t, e.Max == 0 || e.Min <= e.Max, "%v: %d to %d bytes", e.Tag, e.Min, e.Max)
		assert.LessOrEqual(t, e.Max, 261, "%v", e.Tag)
	}
}

// TestDictionaryEntries pins entries of each kind to EMV Book 3, Annex A.
func TestDictionaryEntries(t *testing.T) {
	for _, want := range []emv.Entry{
		{0x5A, "Application Primary Account Number (PAN)", emv.FormatCN, 0, 10, emv.SourceICC, true},
		{0x82, "Application Interchange Profile", emv.FormatB, 2, 2, emv.SourceICC, false},
		{0x8A, "Authorisation Response Code", emv.FormatAN, 2, 2, emv.SourceIssuer | emv.SourceTerminal, false},
		{0x8E, "Cardholder Verification Method (CVM) List", emv.FormatB, 10, 252, emv.SourceICC, false},
		{0x91, "Issuer Authentication Data", emv.FormatB, 8, 16, emv.SourceIssuer, false},
		{0x9F02, "Amount, Authorised (Numeric)", emv.FormatN, 6, 6, emv.SourceTerminal, false},
		{0x9F16, "Merchant Identifier", emv.FormatANS, 15, 15, emv.SourceTerminal, false},
		{0x9F41, "Transaction Sequence Counter", emv.FormatN, 2, 4, emv.SourceTerminal, false},
		{0xBF0C, "File Control Information (FCI) Issuer Discretionary Data", emv.FormatVar, 0, 222, emv.SourceICC, false},
	} {
		got, ok := emv.Describe(want.Tag)
		assert.True(t, ok)
		assert.Equal(t, want, got)
	}
	for _, tag := range []emv.Tag{0, 0x43, 0x9F, 0xDF01, 0x9FFF, 0x9F8201} {
		_, ok := emv.Describe(tag)
		assert.False(t, ok, "%v", tag)
	}
	assert.Equal(t, "issuer/terminal", (emv.SourceIssuer | emv.SourceTerminal).String())
	assert.Equal(t, "ICC", emv.SourceICC.String())
}

func TestDictionarySensitive(t *testing.T) {
	var sensitive []string
	for _, e := range describe(t) {
		if e.Sensitive {
			sensitive = append(sensitive, e.Tag.String())
		}
	}
	assert.Equal(t, []string{"56", "57", "5A", "93", "99", "5F20", "5F53", "9F0B", "9F1F", "9F20", "9F2D", "9F46", "9F6B"}, sensitive)
}

// TestDictionaryKnowsVectors looks up every tag of the vector files, whether a
// key of an object or the value of a member "tag".
func TestDictionaryKnowsVectors(t *testing.T) {
	found := map[string]bool{}
	for _, kind := range vectors.Kinds {
		for _, c := range vectors.Load[any, any](t, kind) {
			if c.Expect == vectors.OK {
				collectTags(c.In, found)
				collectTags(c.Out, found)
			}
		}
	}
	require.Greater(t, len(found), 20)
	for text := range found {
		tag, err := emv.ParseTag(text)
		require.NoError(t, err, text)
		if text == "9F8201" || text == "E0" {
			continue // made up, for the parser's sake
		}
		_, ok := emv.Describe(tag)
		assert.True(t, ok, "%v is not in the dictionary", tag)
	}
}

// collectTags finds tags in decoded JSON.
func collectTags(v any, found map[string]bool) {
	switch v := v.(type) {
	case []any:
		for _, element := range v {
			collectTags(element, found)
		}
	case map[string]any:
		if tag, ok := v["tag"].(string); ok {
			found[tag] = true
		}
		for _, member := range []string{"tags", "values"} {
			tags, _ := v[member].(map[string]any)
			for tag := range tags {
				found[tag] = true
			}
		}
		for _, member := range v {
			collectTags(member, found)
		}
	}
}

// TestDictionaryKnowsNamedTags looks up the tags that this program's own
// documents speak of.
func TestDictionaryKnowsNamedTags(t *testing.T) {
	for _, tag := range []emv.Tag{
		0x42, 0x4F, 0x50, 0x56, 0x57, 0x5A, 0x61, 0x6F, 0x70, 0x71, 0x72, 0x73, 0x77, 0x80, 0x81, 0x82, 0x83, 0x84, 0x86, 0x87, 0x88,
		0x89, 0x8A, 0x8C, 0x8D, 0x8E, 0x8F, 0x90, 0x91, 0x92, 0x93, 0x94, 0x95, 0x97, 0x98, 0x99, 0x9A, 0x9B, 0x9C, 0x9D, 0xA5,
		0x5F2A, 0x5F30, 0x5F34, 0x9F02, 0x9F03, 0x9F07, 0x9F08, 0x9F09, 0x9F10, 0x9F13, 0x9F14, 0x9F17, 0x9F18, 0x9F1A,
		0x9F23, 0x9F26, 0x9F27, 0x9F2D, 0x9F2E, 0x9F2F, 0x9F33, 0x9F34, 0x9F35, 0x9F36, 0x9F37, 0x9F41, 0x9F42, 0x9F45,
		0x9F46, 0x9F47, 0x9F48, 0x9F4A, 0x9F4B, 0x9F58, 0x9F59, 0x9F5B,
	} {
		_, ok := emv.Describe(tag)
		assert.True(t, ok, "%v is not in the dictionary", tag)
	}
}
