package script_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/f510b0cf/till/emv/cryptogram"
	"github.com/f510b0cf/till/emv/script"
)

func TestStyles(t *testing.T) {
	all := script.Styles()
	for _, want := range all {
		got, ok := script.StyleByName(want.Name)
		assert.True(t, ok)
		assert.Equal(t, want, got)
	}
	_, ok := script.StyleByName("")
	assert.False(t, ok)
	all[0].MACLength = 0
	assert.NotEqual(t, all[0], script.Styles()[0], "the table can be changed from outside")
}

// TestSessionKeyMethodOfCryptogramsAlone: the unpredictable number has no part in
// secure messaging.
func TestSessionKeyMethodOfCryptogramsAlone(t *testing.T) {
	style := script.Styles()[0]
	style.SessionKey = cryptogram.MethodMastercardSKD
	assert.PanicsWithValue(t, "script: derive by skd", func() { script.NewSession(style, issuerKeys(t), script.Context{}) })
}

func TestNamesOfColumns(t *testing.T) {
	assert.Equal(t, "format 2, Visa form, BlockForm(0)", script.BlockFormat2.String()+", "+
		script.BlockVisa.String()+", "+script.BlockForm(0).String())
	assert.Equal(t, "08, block and 80 00..00, ECB", script.FrameVisa.String())
	assert.Equal(t, "Frame(9)", script.Frame(9).String())
}

// TestStyleFor: each row of cryptograms but Interac's has a style.
func TestStyleFor(t *testing.T) {
	for _, p := range cryptogram.Profiles() {
		s, ok := script.StyleFor(p.Name)
		assert.Equal(t, p.Layout != cryptogram.LayoutInterac, ok, p.Name)
		assert.Equal(t, ok, s.MACLength == 8)
	}
}
