package apdu_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/apdu"
	"github.com/f510b0cf/till/testdata/vectors"
)

func TestResponse(t *testing.T) {
	for hex, want := range map[string]apdu.Response{
		"9000":         {Data: []byte{}, SW: 0x9000},
		"63C2":         {Data: []byte{}, SW: 0x63C2},
		"9F1701039000": {Data: []byte{0x9F, 0x17, 0x01, 0x03}, SW: 0x9000},
	} {
		got, err := apdu.ParseResponse(vectors.Unhex(t, hex))
		require.NoError(t, err)
		assert.Equal(t, want, got)
		assert.Equal(t, vectors.Unhex(t, hex), want.Encode())
	}
}

func TestParseResponseRefuses(t *testing.T) {
	for _, b := range [][]byte{nil, {}, {0x90}} {
		_, err := apdu.ParseResponse(b)
		assert.ErrorIs(t, err, emv.ErrMalformed)
	}
}

func TestResponseDataDoesNotGrowIntoStatusWord(t *testing.T) {
	b := vectors.Unhex(t, "AABB9000")
	r, err := apdu.ParseResponse(b)
	require.NoError(t, err)
	_ = append(r.Data, 0xFF)
	assert.Equal(t, vectors.Unhex(t, "AABB9000"), b)
}
