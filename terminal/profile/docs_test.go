package profile_test

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/terminal/profile"
)

// TestExamplesOfTheDocument loads what docs/checkout.md shows.
func TestExamplesOfTheDocument(t *testing.T) {
	text, err := os.ReadFile("../../docs/checkout.md")
	require.NoError(t, err)
	examples := regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllStringSubmatch(string(text), -1)
	require.Len(t, examples, 2)

	p, err := profile.Load(strings.NewReader(examples[0][1]))
	require.NoError(t, err)
	assert.Equal(t, "corner-shop", p.Name)
	assert.EqualValues(t, 50_00, p.Applications[0].FloorLimit)
	assert.Equal(t, "0010000000", p.Applications[0].TACDenial.String())

	keys, err := profile.LoadCAPublicKeys(strings.NewReader(examples[1][1]))
	require.NoError(t, err)
	require.Len(t, keys, 1)
	assert.True(t, keys[0].Expired(emv.Date{Year: 2031, Month: 1, Day: 1}))

	for _, name := range profile.Names() {
		assert.Contains(t, string(text), "- `"+name+"`: ")
	}
}
