package cryptogram

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

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
		Input: Input{ATC: 1, UnpredictableNumber: [4]byte{1}, IAD: make([]byte, iadBytesMax)},
	}
	most := 0
	for l := range layouts {
		for _, m := range layouts[l].marks {
			s.Input.IAD[m.at] = m.value
		}
		most = max(most, len(s.sessionKeys())*len(s.inputs())*2)
	}
	assert.LessOrEqual(t, most, VariantsMax)
	assert.Len(t, s.sessionKeys(), 5*4)
	assert.Positive(t, most)
}
