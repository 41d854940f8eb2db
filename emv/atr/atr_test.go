package atr_test

import (
	"encoding/hex"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv/atr"
)

// The whole answers are those of cards that others have published, or of the
// virtual readers of the tests.
func TestParse(t *testing.T) {
	for digits, c := range map[string]struct {
		want atr.ATR
		err  error
	}{
		"3B600000": {want: atr.ATR{Protocols: []atr.Protocol{0}, Interface: []byte{0, 0}, Historical: []byte{}}},
		"3B00":     {want: atr.ATR{Protocols: []atr.Protocol{0}, Interface: []byte{}, Historical: []byte{}}},
		"3F02AABB": {want: atr.ATR{Inverse: true, Protocols: []atr.Protocol{0}, Interface: []byte{}, Historical: []byte{0xAA, 0xBB}}},
		"3BE000FF813120" + "45CA": {want: atr.ATR{Protocols: []atr.Protocol{1}, Interface: []byte{0x00, 0xFF, 0x81, 0x31, 0x20, 0x45},
			Historical: []byte{}, Checked: true}},
		"3BE000FF81312045CB": {want: atr.ATR{Protocols: []atr.Protocol{1}, Interface: []byte{0x00, 0xFF, 0x81, 0x31, 0x20, 0x45},
			Historical: []byte{}, Checked: true}, err: atr.ErrCheckByte},
		"3B8080" + "01" + "01": {want: atr.ATR{Protocols: []atr.Protocol{0, 1}, Interface: []byte{0x80, 0x01}, Historical: []byte{}, Checked: true}},
		"3B80018100":           {err: atr.ErrMalformed}, // a byte too many
		"3B801F0090":           {want: atr.ATR{Protocols: []atr.Protocol{}, Interface: []byte{0x1F, 0x00}, Historical: []byte{}, Checked: true}, err: atr.ErrCheckByte},
		"":                     {err: atr.ErrMalformed},
		"3B":                   {err: atr.ErrMalformed},
		"3C00":                 {err: atr.ErrMalformed},
		"3B01":                 {err: atr.ErrMalformed}, // historical byte missing
		"3B80":                 {err: atr.ErrMalformed}, // TD1 missing
		"3B70":                 {err: atr.ErrMalformed}, // TA1 to TC1 missing
		"3B0000":               {err: atr.ErrMalformed}, // check byte where none belongs
	} {
		b, err := hex.DecodeString(digits)
		require.NoError(t, err)
		got, err := atr.Parse(b)
		if c.err == nil {
			require.NoError(t, err, digits)
		} else {
			require.ErrorIs(t, err, c.err, digits)
		}
		assert.Equal(t, c.want, got, digits)
	}
	assert.Equal(t, "T=1", atr.T1.String())
}

func FuzzParse(f *testing.F) {
	f.Add([]byte{0x3B, 0x60, 0x00, 0x00})
	f.Add([]byte{0x3B, 0xE0, 0x00, 0xFF, 0x81, 0x31, 0x20, 0x45, 0xCA})
	f.Fuzz(func(t *testing.T, b []byte) {
		a, err := atr.Parse(b)
		if err != nil {
			return
		}
		n := 2 + len(a.Interface) + len(a.Historical)
		if a.Checked {
			n++
		}
		assert.Len(t, b, n)
	})
}
