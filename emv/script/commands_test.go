package script_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv/apdu"
	"github.com/f510b0cf/till/testdata/vectors"
)

func TestScriptCommands(t *testing.T) {
	s := testSession(t, "amex-style")
	for header, build := range map[string]func() (apdu.Command, error){
		"841E0000": s.ApplicationBlock,
		"84180000": s.ApplicationUnblock,
		"84160000": s.CardBlock,
		"04DA9F58": func() (apdu.Command, error) { return s.PutData(0x9F58, []byte{3}) },
		"04DA0082": func() (apdu.Command, error) { return s.PutData(0x82, []byte{3}) },
		"04DC010C": func() (apdu.Command, error) { return s.UpdateRecord(1, 1, []byte{3}) },
		"04DC02F4": func() (apdu.Command, error) { return s.UpdateRecord(30, 2, []byte{3}) },
	} {
		c, err := build()
		require.NoError(t, err)
		h := c.Header()
		assert.Equal(t, vectors.Unhex(t, header), h[:], c.Name())
		data, err := s.VerifyMAC(parseCommand(t, encode(t, c)))
		require.NoError(t, err)
		if c.CLA == 0x04 {
			assert.Equal(t, []byte{3}, data)
		} else {
			assert.Empty(t, data)
		}
	}
}

// The command of vector mac-amex-style-put-data.
func TestPutDataOfVector(t *testing.T) {
	c, err := testSession(t, "amex-style").PutData(0x9F58, []byte{3})
	require.NoError(t, err)
	assert.Equal(t, vectors.Unhex(t, "04DA9F580903431206A91058112E"), encode(t, c))
}

func TestScriptCommandsRefuse(t *testing.T) {
	s := testSession(t, "amex-style")
	_, err := s.PutData(0xDF8101, []byte{3})
	assert.ErrorContains(t, err, "does not fit")
	for _, sfi := range []uint8{0, 31} {
		_, err = s.UpdateRecord(sfi, 1, []byte{3})
		assert.ErrorContains(t, err, "short file identifier")
	}
	_, err = s.UpdateRecord(1, 1, make([]byte, 248))
	assert.ErrorContains(t, err, "256 bytes, at most 255")
}
