package emv_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv"
)

func TestTag(t *testing.T) {
	for text, want := range map[string]struct {
		tag         emv.Tag
		length      int
		constructed bool
	}{
		"82":       {0x82, 1, false},
		"70":       {0x70, 1, true},
		"9F02":     {0x9F02, 2, false},
		"BF0C":     {0xBF0C, 2, true},
		"9F8201":   {0x9F8201, 3, false},
		"DF818203": {0xDF818203, 4, false},
		"FF818203": {0xFF818203, 4, true},
	} {
		tag, err := emv.ParseTag(text)
		require.NoError(t, err)
		assert.Equal(t, want.tag, tag)
		assert.Equal(t, want.length, tag.Len())
		assert.Equal(t, want.constructed, tag.Constructed(), text)
		assert.Equal(t, text, tag.String())
	}
	for _, bad := range []string{"", "9", "9F", "9F82", "9F8282", "9F02FF", "8202", "9F81828304", "XY"} {
		_, err := emv.ParseTag(bad)
		assert.ErrorIs(t, err, emv.ErrMalformed, "%q", bad)
	}
}

func TestFormat(t *testing.T) {
	for f := emv.FormatB; f <= emv.FormatVar; f++ {
		again, err := emv.ParseFormat(f.String())
		require.NoError(t, err)
		assert.Equal(t, f, again)
	}
	plain, err := emv.ParseFormat("var")
	require.NoError(t, err)
	assert.Equal(t, emv.FormatVar, plain)
	for _, bad := range []string{"", "B", "x", "."} {
		_, err := emv.ParseFormat(bad)
		assert.ErrorIs(t, err, emv.ErrMalformed, "%q", bad)
	}
	assert.Equal(t, "Format(0)", emv.Format(0).String())
	assert.Equal(t, "Format(8)", emv.Format(8).String())
}

func TestATCBytes(t *testing.T) {
	assert.Equal(t, [2]byte{0x01, 0x1C}, emv.ATC(0x011C).Bytes())
}
