package account_test

import (
	"bytes"
	"encoding/gob"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/testdata/vectors"
)

func TestParsePAN(t *testing.T) {
	const digits = "12345678901234567890"
	for length := range 21 {
		pan, err := account.ParsePAN([]byte(digits[:length]))
		if length < 8 || length > 19 {
			assert.ErrorIs(t, err, emv.ErrMalformed, "%d digits", length)
			assert.True(t, pan.IsZero())
			continue
		}
		require.NoError(t, err)
		assert.Equal(t, digits[:length], clear(pan))
		assert.Equal(t, length, pan.Len())
	}
	for _, text := range []string{"12345678901234a", "1234 5678 9012", "12345678901/", "12345678901:", "-12345678901", "１２３４"} {
		_, err := account.ParsePAN([]byte(text))
		require.ErrorIs(t, err, emv.ErrMalformed)
		assert.NotContains(t, err.Error(), text)
	}
}

// TestMasks lists the mask of every length: at most the first six and the last
// four digits, and never fewer than three hidden.
func TestMasks(t *testing.T) {
	const digits = "1234567890123456789"
	for length, want := range map[int]string{
		8:  "****5678",
		9:  "*****6789",
		10: "******7890",
		11: "*******8901",
		12: "********9012",
		13: "123456***0123",
		14: "123456****1234",
		15: "123456*****2345",
		16: "123456******3456",
		17: "123456*******4567",
		18: "123456********5678",
		19: "123456*********6789",
	} {
		pan := mustPAN(t, digits[:length])
		assert.Equal(t, want, pan.String())
		assert.Len(t, want, length)
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
			assert.Equal(t, want, fmt.Sprintf(verb, pan))
		}
		text, err := json.Marshal(pan)
		require.NoError(t, err)
		assert.Equal(t, `"`+want+`"`, string(text))
	}
	var b bytes.Buffer
	assert.Error(t, gob.NewEncoder(&b).Encode(mustPAN(t, digits)))
	assert.NotContains(t, b.String(), digits)
	assert.Empty(t, account.PAN{}.String())
}

func TestDecodePAN(t *testing.T) {
	for cn, want := range map[string]string{
		"374245001741007F":     "374245001741007",
		"5413330089604111":     "5413330089604111",
		"374245001741007FFFFF": "374245001741007",
		"1234567890123456789F": "1234567890123456789",
		"12345678":             "12345678",
	} {
		pan, err := account.DecodePAN(vectors.Unhex(t, cn))
		require.NoError(t, err)
		assert.Equal(t, want, clear(pan))
	}
	for name, cn := range map[string]string{
		"empty":           "",
		"filler alone":    "FFFFFFFFFFFF",
		"too short":       "1234567F",
		"20 digits":       "12345678901234567890",
		"letter":          "37424500174A007F",
		"separator":       "374245001741007D",
		"F among digits":  "3742F5001741007F",
		"digits behind F": "12345678F1234567",
	} {
		_, err := account.DecodePAN(vectors.Unhex(t, cn))
		assert.ErrorIs(t, err, emv.ErrMalformed, name)
	}
}

func TestPackUnpack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		digits := rapid.StringMatching(`[0-9]{0,40}`).Draw(t, "digits")
		packed := account.Pack([]byte(digits))
		require.Equal(t, (len(digits)+1)/2, len(packed))
		require.Equal(t, digits, string(account.Unpack(packed)))
		require.Equal(t, digits, string(account.Unpack(append(packed, 0xFF))))
	})
	assert.Equal(t, vectors.Unhex(t, "12345F"), account.Pack([]byte("12345")))
}

func TestLuhn(t *testing.T) {
	for _, digits := range []string{"374245001741007", "4111111111111111", "5413330089604111", "4012345678909", "79927398713"} {
		assert.True(t, mustPAN(t, digits).LuhnValid(), digits)
		for wrong := range 10 {
			last := fmt.Sprint(wrong)
			if !strings.HasSuffix(digits, last) {
				assert.False(t, mustPAN(t, digits[:len(digits)-1]+last).LuhnValid(), digits)
			}
		}
	}
	assert.False(t, account.PAN{}.LuhnValid())
}

func TestPANEqual(t *testing.T) {
	pan := mustPAN(t, "374245001741007")
	assert.True(t, pan.Equal(mustPAN(t, "374245001741007")))
	assert.False(t, pan.Equal(mustPAN(t, "374245001741008")))
	assert.False(t, pan.Equal(account.PAN{}))
	// Both print the same mask and are two accounts.
	assert.False(t, mustPAN(t, "374245111741007").Equal(pan))
	assert.Equal(t, pan.String(), mustPAN(t, "374245111741007").String())
}

func TestSequenceNumber(t *testing.T) {
	for text, want := range map[string]account.SequenceNumber{"": 0, "00": 0, "01": 1, "99": 99} {
		n, err := account.ParseSequenceNumber(text)
		require.NoError(t, err)
		assert.Equal(t, want, n)
	}
	for _, text := range []string{"1", "001", "1a", " 1", "-1"} {
		_, err := account.ParseSequenceNumber(text)
		assert.ErrorIs(t, err, emv.ErrMalformed, text)
	}
	n, err := account.ParseSequenceNumber("42")
	require.NoError(t, err)
	assert.Equal(t, "42", n.String())
	assert.Equal(t, byte(0x42), n.BCD())
	assert.Equal(t, "07", account.SequenceNumber(7).String())
	assert.Equal(t, byte(0x99), account.SequenceNumber(99).BCD())
	assert.PanicsWithValue(t, "account: PAN sequence number 100, at most 99", func() { account.SequenceNumber(100).BCD() })
}
