package inspect_test

import (
	"context"
	"encoding/hex"
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/apdu"
	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/terminal/inspect"
)

// fake answers commands by their hexadecimal digits, and those that it does not
// know with 6A82.
type fake struct {
	answers map[string]string
	sent    []string
	pullAt  int // number of the command, from 1, that gets no answer; 0 for none
}

var errPulled = errors.New("card pulled")

func (f *fake) Transmit(_ context.Context, command []byte) ([]byte, error) {
	digits := strings.ToUpper(hex.EncodeToString(command))
	f.sent = append(f.sent, digits)
	if len(f.sent) == f.pullAt {
		return nil, errPulled
	}
	answer, ok := f.answers[digits]
	if !ok {
		answer = "6A82"
	}
	return hex.DecodeString(answer)
}

// Commands and answers.
const (
	selectPSE   = "00A404000E315041592E5359532E444446303100"
	selectPPSE  = "00A404000E325041592E5359532E444446303100"
	selectFirst = "00A4040008A00000002501080100"
	directory1  = "00B2010C00" // SFI 1
	directory2  = "00B2020C00"
	options     = "80A8000008830600003600000000"
	record1     = "00B2011400" // SFI 2
	record2     = "00B2021400"

	fciPSE   = "6F15840E315041592E5359532E4444463031A5038801019000"
	entry    = "700C610A4F08A0000000250108019000"
	fciFirst = "6F158408A000000025010801A5099F38069F1A029F66049000"
)

// one is a card with a directory of one application, whose AFL names two records
// of which the second is missing.
func one() *fake {
	return &fake{answers: map[string]string{
		selectPSE: fciPSE, directory1: entry, directory2: "6A83",
		selectFirst:  fciFirst,
		options:      "80063800100102009000",
		record1:      "7003950100" + "9000",
		record2:      "6A83",
		"80CA9F3600": "9F360200079000", "80CA9F1300": "6A88", "80CA9F1700": "9F1701039000", "80CA9F4F00": "9F1701039000",
	}}
}

// terminal knows the transaction qualifiers alone.
func terminal(tag emv.Tag) ([]byte, emv.Format, bool) {
	return []byte{0x36, 0, 0, 0}, emv.FormatB, tag == 0x9F66
}

func TestLook(t *testing.T) {
	f := one()
	c, err := inspect.Look(t.Context(), f, inspect.Config{Terminal: terminal})
	require.NoError(t, err)
	assert.Equal(t, "1PAY.SYS.DDF01", c.Directory.Name)
	assert.Equal(t, apdu.SWSuccess, c.Directory.SW)
	require.Len(t, c.Directory.Records, 1)
	require.Len(t, c.Applications, 1)
	a := c.Applications[0]
	assert.Equal(t, []any{"A000000025010801", apdu.SWSuccess, apdu.SWSuccess, false, "3800"},
		[]any{strings.ToUpper(hex.EncodeToString(a.Name)), a.SW, a.Options, a.Malformed, a.AIP.String()})
	require.Len(t, a.Records, 2)
	assert.True(t, a.Records[0].Content.Equal(secret.New([]byte{0x70, 3, 0x95, 1, 0})))
	assert.Equal(t, apdu.SWRecordNotFound, a.Records[1].SW)
	require.Len(t, a.Data, 2, "those that the card gave, under their own tags")
	assert.Equal(t, emv.Tag(0x9F36), a.Data[0].Tag)
	assert.Equal(t, emv.Tag(0x9F17), a.Data[1].Tag)
	for _, sent := range f.sent {
		assert.NotContains(t, []string{"20", "AE", "82", "88", "24"}, sent[2:4], "%s is more than a look", sent)
	}
}

// TestLookPulled pulls the card at each command: what was read before is kept.
func TestLookPulled(t *testing.T) {
	whole := one()
	_, err := inspect.Look(t.Context(), whole, inspect.Config{Terminal: terminal})
	require.NoError(t, err)
	for n := range len(whole.sent) {
		f := one()
		f.pullAt = n + 1
		c, err := inspect.Look(t.Context(), f, inspect.Config{Terminal: terminal})
		require.ErrorIs(t, err, errPulled)
		assert.Len(t, f.sent, n+1, "nothing is sent behind it")
		assert.Equal(t, n > 3, len(c.Applications) == 1, "command %d", n+1)
	}
}

// TestLookByAIDs finds two applications of a card without a directory.
func TestLookByAIDs(t *testing.T) {
	const next = "00A4040205A00000002500"
	f := &fake{answers: map[string]string{
		"00A4040005A00000002500": "6F0C8408A000000025010801A5009000",
		next:                     "6F0C8408A000000025010802A5006283",
		selectFirst:              "6F0C8408A000000025010801A5009000",
		"80A8000002830000":       "6985",
	}}
	c, err := inspect.Look(t.Context(), f, inspect.Config{AIDs: [][]byte{{0xA0, 0, 0, 0, 0x25}}})
	require.NoError(t, err)
	assert.Equal(t, apdu.SWFileNotFound, c.Directory.SW)
	require.Len(t, c.Applications, 2)
	assert.Equal(t, apdu.SWConditionsNotSatisfied, c.Applications[0].Options)
	assert.Equal(t, apdu.SWFileNotFound, c.Applications[1].SW)
	count := 0
	for _, sent := range f.sent {
		if sent == next {
			count++
		}
	}
	assert.Equal(t, 32, count+1, "a card that names the same for ever is left")

	c, err = inspect.Look(t.Context(), f, inspect.Config{Contactless: true, AIDs: [][]byte{{0xA0, 0, 0, 0, 0x25}}})
	require.NoError(t, err)
	assert.Equal(t, "2PAY.SYS.DDF01", c.Directory.Name)
	assert.Empty(t, c.Applications, "a tap has no list of AIDs")
}

// TestLookAtNonsense: answers that can not be read are no applications or marked.
func TestLookAtNonsense(t *testing.T) {
	for name, change := range map[string]map[string]string{
		"options":         {options: "800138" + "9000"},
		"options in none": {options: "9000"},
		"AFL":             {options: "800638000F0102009000"},
		"PDOL":            {selectFirst: "6F118408A000000025010801A5059F38029F1A9000"},
	} {
		f := one()
		for command, answer := range change {
			f.answers[command] = answer
		}
		c, err := inspect.Look(t.Context(), f, inspect.Config{Terminal: terminal})
		require.NoError(t, err, name)
		require.Len(t, c.Applications, 1, name)
		assert.True(t, c.Applications[0].Malformed, name)
		assert.Empty(t, c.Applications[0].Records, name)
	}
	f := one()
	f.answers[selectPSE] = "6F" + "9000"
	c, err := inspect.Look(t.Context(), f, inspect.Config{})
	require.NoError(t, err)
	assert.Empty(t, c.Applications)
	assert.Equal(t, []string{selectPSE}, f.sent)
	_, err = inspect.Look(t.Context(), f, inspect.Config{Contactless: true})
	require.NoError(t, err)
	assert.Equal(t, selectPPSE, f.sent[1])
}
