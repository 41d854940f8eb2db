package tlv_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/tlv"
	"github.com/f510b0cf/till/testdata/vectors"
)

func TestDOLVectors(t *testing.T) {
	type in struct {
		DOL     vectors.Bytes            `json:"dol"`
		Values  map[string]vectors.Bytes `json:"values"`
		Formats map[string]string        `json:"formats"`
	}
	type entry struct {
		Tag    string `json:"tag"`
		Length int    `json:"length"`
	}
	type out struct {
		Entries     []entry        `json:"entries"`
		TotalLength int            `json:"total_length"`
		Data        *vectors.Bytes `json:"data"`
	}
	vectors.Run(t, "dol", func(t *testing.T, c vectors.Case[in, out]) {
		dol, err := tlv.ParseDOL(c.In.DOL)
		if c.Expect != vectors.OK {
			require.ErrorIs(t, err, c.Expect)
			return
		}
		require.NoError(t, err)
		require.Len(t, dol, len(c.Out.Entries))
		for i, e := range c.Out.Entries {
			assert.Equal(t, e, entry{dol[i].Tag.String(), dol[i].Length})
		}
		assert.Equal(t, c.Out.TotalLength, dol.Len())
		if c.Out.Data == nil {
			return
		}
		data := dol.Append(nil, func(tag emv.Tag) ([]byte, emv.Format, bool) {
			value, ok := c.In.Values[tag.String()]
			format, err := emv.ParseFormat(c.In.Formats[tag.String()])
			require.True(t, err == nil || !ok)
			return value, format, ok
		})
		assert.Equal(t, c.Out.Data.String(), vectors.Bytes(data).String())
	})
}

func TestDOLFillsConstructedWithZeros(t *testing.T) {
	dol := tlv.DOL{{Tag: 0xE0, Length: 3}, {Tag: 0x9C, Length: 1}}
	data := dol.Append(nil, func(emv.Tag) ([]byte, emv.Format, bool) { return []byte{1, 2, 3}, emv.FormatB, true })
	assert.Equal(t, []byte{0, 0, 0, 1}, data, "EMV Book 3, 5.4: a template is filled with zeros")
}

func TestDOLEdges(t *testing.T) {
	dol, err := tlv.ParseDOL([]byte{0x9C, 0x00, 0x9F, 0x37, 0xFF})
	require.NoError(t, err)
	assert.Equal(t, 255, dol.Len())
	assert.True(t, dol.Contains(0x9F37))
	assert.False(t, dol.Contains(0x9F36))
	for _, bad := range [][]byte{{0x9F}, {0x9C}, {0x9C, 1, 0x9F, 0x37}, {0x9F, 0x81, 0x81, 0x81, 0x01, 1}} {
		_, err := tlv.ParseDOL(bad)
		assert.ErrorIs(t, err, emv.ErrMalformed)
	}
}
