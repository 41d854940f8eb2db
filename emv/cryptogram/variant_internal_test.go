package cryptogram

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/emv/secret"
)

// TestSearchIsBounded counts the cryptograms of a search with as many card keys
// and MAC inputs as there can be.
func TestSearchIsBounded(t *testing.T) {
	pan, err := account.ParsePAN([]byte("1234567890123456789"))
	require.NoError(t, err)
	key, err := secret.NewTDES([]byte("0123456789ABCDEF"))
	require.NoError(t, err)
	s := Search{
		Key: key, PAN: pan, SequenceNumber: 1,
		Input: Input{ATC: 1, UnpredictableNumber: [4]byte{1}},
	}
	most := 0
	for _, head := range []string{
		"\x06\x01\x0A\x03\x00\x00\x00\x18", "\x1F", "\x0F\xA5\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x0F",
		"\x06\x10\x00\x03\x00\x00\x00\x14", // of two layouts
	} {
		for length := len(head); length <= emv.IADBytesMax; length++ {
			s.Input.IAD = append([]byte(head), make([]byte, length-len(head))...)
			most = max(most, len(s.sessionKeys())*len(s.inputs())*2)
		}
	}
	assert.LessOrEqual(t, most, VariantsMax)
	assert.Len(t, s.sessionKeys(), 5*4)
	assert.Positive(t, most)
}
