package tlv_test

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/tlv"
	"github.com/f510b0cf/till/testdata/vectors"
)

// node is a data object as the vectors write it.
type node struct {
	Tag      string        `json:"tag"`
	Value    vectors.Bytes `json:"value"`
	Children *[]node       `json:"children"`
}

func TestParseVectors(t *testing.T) {
	type in struct {
		Hex vectors.Bytes `json:"hex"`
	}
	type out struct {
		TLV []node `json:"tlv"`
	}
	vectors.Run(t, "tlv", func(t *testing.T, c vectors.Case[in, out]) {
		nodes, err := tlv.Parse(c.In.Hex)
		if c.Expect != vectors.OK {
			require.ErrorIs(t, err, c.Expect)
			return
		}
		require.NoError(t, err)
		requireTree(t, c.Out.TLV, nodes)
	})
}

func requireTree(t *testing.T, want []node, got []tlv.Node) {
	t.Helper()
	require.Len(t, got, len(want))
	for i, w := range want {
		assert.Equal(t, w.Tag, got[i].Tag.String())
		if w.Children != nil {
			require.NotNil(t, got[i].Children)
			requireTree(t, *w.Children, got[i].Children)
			continue
		}
		assert.Nil(t, got[i].Children)
		assert.Equal(t, w.Value.String(), vectors.Bytes(got[i].Value).String())
	}
}

func TestNextKeepsBytes(t *testing.T) {
	input := []byte{0x00, 0x00, 0x9C, 0x81, 0x01, 0xFF, 0x00, 0x9A, 0x00}
	e, rest, err := tlv.Next(input)
	require.NoError(t, err)
	assert.Equal(t, emv.Tag(0x9C), e.Tag)
	assert.Equal(t, []byte{0xFF}, e.Value)
	assert.Equal(t, []byte{0x9C, 0x81, 0x01, 0xFF}, e.Raw, "the form of the length is kept")
	assert.Equal(t, []byte{0x00, 0x9A, 0x00}, rest)

	e, rest, err = tlv.Next(rest)
	require.NoError(t, err)
	assert.Equal(t, emv.Tag(0x9A), e.Tag)
	assert.Empty(t, rest)

	e, _, err = tlv.Next([]byte{0, 0})
	require.NoError(t, err)
	assert.Nil(t, e.Raw, "zero bytes alone are no data object")
}

func TestAppendingToAnElementDoesNotReachItsNeighbour(t *testing.T) {
	input := []byte{0x9C, 0x01, 0x01, 0x9A, 0x01, 0x02}
	e, rest, err := tlv.Next(input)
	require.NoError(t, err)
	_ = append(e.Value, 0xEE)
	_ = append(e.Raw, 0xEE)
	assert.Equal(t, []byte{0x9A, 0x01, 0x02}, rest)
}

func TestLengthForms(t *testing.T) {
	for name, c := range map[string]struct {
		head []byte
		size int
		ok   bool
	}{
		"three bytes of length":  {[]byte{0x9C, 0x83, 0x00, 0x00, 0x02}, 2, true},
		"four bytes of length":   {[]byte{0x9C, 0x84, 0x00, 0x00, 0x00, 0x02}, 2, true},
		"five bytes of length":   {[]byte{0x9C, 0x85, 0x00, 0x00, 0x00, 0x00, 0x02}, 2, false},
		"four gigabytes":         {[]byte{0x9C, 0x84, 0xFF, 0xFF, 0xFF, 0xFF}, 2, false},
		"reserved first byte":    {[]byte{0x9C, 0xFF}, 2, false},
		"length cut off":         {[]byte{0x9C, 0x82, 0x01}, 0, false},
		"65536 bytes":            {[]byte{0x9C, 0x83, 0x01, 0x00, 0x00}, 65536, true},
		"one byte over the most": {[]byte{0x9C, 0x83, 0x01, 0x00, 0x01}, 65537, false},
	} {
		t.Run(name, func(t *testing.T) {
			e, _, err := tlv.Next(append(c.head, make([]byte, c.size)...))
			if !c.ok {
				require.ErrorIs(t, err, emv.ErrMalformed)
				return
			}
			require.NoError(t, err)
			assert.Len(t, e.Value, c.size)
		})
	}
}

func TestDepthIsBounded(t *testing.T) {
	nest := func(levels int) []byte {
		b := []byte{}
		for range levels {
			b = tlv.Append(nil, 0xE0, b)
		}
		return b
	}
	_, err := tlv.Parse(nest(15))
	require.NoError(t, err)
	_, err = tlv.Parse(nest(16))
	require.ErrorIs(t, err, emv.ErrMalformed, "the empty template at level 16 would hold level 17")
}

func TestFind(t *testing.T) {
	b := []byte{0x9C, 0x01, 0x01, 0xE0, 0x03, 0x9A, 0x01, 0x02, 0x9C, 0x01, 0x03}
	v, ok, err := tlv.Find(b, 0x9C)
	require.NoError(t, err)
	require.True(t, ok)
	assert.Equal(t, []byte{1}, v, "the first of two")
	_, ok, err = tlv.Find(b, 0x9A)
	require.NoError(t, err)
	assert.False(t, ok, "one level deep only")
	_, _, err = tlv.Find([]byte{0x9C}, 0x9C)
	assert.ErrorIs(t, err, emv.ErrMalformed)
}

// genTag draws a well-formed tag of one to three bytes.
func genTag(t *rapid.T) emv.Tag {
	first := rapid.ByteRange(1, 0xFF).Draw(t, "first")
	if first&0x1F != 0x1F {
		return emv.Tag(first)
	}
	if rapid.Bool().Draw(t, "long") {
		return emv.Tag(first)<<16 | emv.Tag(rapid.ByteRange(0x81, 0xFF).Draw(t, "second"))<<8 | emv.Tag(rapid.ByteRange(0, 0x7F).Draw(t, "third"))
	}
	return emv.Tag(first)<<8 | emv.Tag(rapid.ByteRange(0, 0x7F).Draw(t, "second"))
}

func TestFindDeep(t *testing.T) {
	b := []byte{0x6F, 0x09, 0xA5, 0x05, 0x50, 0x01, 'A', 0x88, 0x00, 0x84, 0x00, 0x50, 0x01, 'B'}
	assert.Equal(t, []byte("A"), tlv.FindDeep(b, 0x50), "the first one")
	assert.Equal(t, []byte{}, tlv.FindDeep(b, 0x88), "an empty one is there")
	assert.NotNil(t, tlv.FindDeep(b, 0x88))
	assert.Len(t, tlv.FindDeep(b, 0xA5), 5)
	assert.Nil(t, tlv.FindDeep(b, 0x9F11))
	assert.Nil(t, tlv.FindDeep(b[:len(b)-1], 0x50), "what can not be taken apart holds nothing")
	assert.Nil(t, tlv.FindDeep(nil, 0x50))
}

func TestAppendedElementsReadBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		type object struct {
			tag   emv.Tag
			value []byte
		}
		objects := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) object {
			return object{genTag(t), rapid.SliceOfN(rapid.Byte(), 0, 300).Draw(t, "value")}
		}), 0, 5).Draw(t, "objects")
		var b []byte
		for _, o := range objects {
			b = append(b, make([]byte, rapid.IntRange(0, 2).Draw(t, "padding"))...)
			half := len(o.value) / 2
			b = tlv.Append(b, o.tag, o.value[:half], o.value[half:])
		}
		i := 0
		for e, err := range tlv.Elements(b) {
			require.NoError(t, err)
			require.Equal(t, objects[i].tag, e.Tag)
			require.True(t, bytes.Equal(objects[i].value, e.Value))
			i++
		}
		require.Len(t, objects, i)
	})
}

func TestElementsDoNotAllocate(t *testing.T) {
	b := benchmarkInput
	assert.Zero(t, testing.AllocsPerRun(100, func() {
		for _, err := range tlv.Elements(b) {
			if err != nil {
				t.Fatal(err)
			}
		}
	}))
}
