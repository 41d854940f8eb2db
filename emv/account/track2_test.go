package account_test

import (
	"bytes"
	"encoding/gob"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/testdata/vectors"
)

const track2Text = "374245001741007=271220115021234500000"

func TestParseTrack2(t *testing.T) {
	for _, text := range []string{track2Text, strings.Replace(track2Text, "=", "D", 1)} {
		given := []byte(text)
		track, err := account.ParseTrack2(given)
		require.NoError(t, err)
		assert.Equal(t, text, string(given), "the caller's bytes are left alone")
		assert.Equal(t, "374245001741007", clear(track.PAN()))
		assert.Equal(t, account.Expiry{Year: 2027, Month: time.December}, track.Expiry())
		assert.Equal(t, "201", track.ServiceCode())
		assert.Equal(t, track2Text, clear(track))
		assert.False(t, track.IsZero())
	}
	_, err := account.ParseTrack2([]byte("374245001741007=2712201"))
	assert.NoError(t, err, "no discretionary data")
	_, err = account.ParseTrack2([]byte("1234567890123456789=2712201" + strings.Repeat("0", 10)))
	assert.NoError(t, err, "37 characters")
}

func TestParseTrack2Refuses(t *testing.T) {
	for name, text := range map[string]string{
		"empty":            "",
		"no separator":     "374245001741007271220115021234500000",
		"two separators":   "374245001741007=2712=20115021234500000",
		"38 characters":    "1234567890123456789=2712201" + strings.Repeat("0", 11),
		"no service code":  "374245001741007=271220",
		"expiry alone":     "374245001741007=2712",
		"month 13":         "374245001741007=271320115021234500000",
		"month 0":          "374245001741007=270020115021234500000",
		"short PAN":        "1234567=2712201",
		"long PAN":         "12345678901234567890=2712201",
		"no PAN":           "=2712201",
		"sentinels":        ";374245001741007=2712201?",
		"letter in PAN":    "37424500174100A=2712201",
		"letter behind":    "374245001741007=27122011502A",
		"lower separator":  "374245001741007d2712201",
		"space":            "374245001741007 = 2712201",
		"filler kept":      "374245001741007D27122011F",
		"no expiry, equal": "374245001741007==201",
	} {
		track, err := account.ParseTrack2([]byte(text))
		require.ErrorIs(t, err, emv.ErrMalformed, name)
		assert.True(t, track.IsZero())
		assert.NotContains(t, err.Error(), "374245001741007")
	}
}

func TestDecodeTrack2(t *testing.T) {
	for cn, want := range map[string]string{
		"374245001741007D271220115021234500000F": track2Text,
		"5413330089604111D27122011502123450000F": "5413330089604111=27122011502123450000",
		"374245001741007D2712201FFF":             "374245001741007=2712201",
		"1234567890123456789D27122010000000000F": "1234567890123456789=27122010000000000",
	} {
		track, err := account.DecodeTrack2(vectors.Unhex(t, cn))
		require.NoError(t, err, cn)
		assert.Equal(t, want, clear(track))
	}
	for name, cn := range map[string]string{
		"empty":             "",
		"F in the middle":   "374245001741007D2712201F5021234500000F",
		"F for a separator": "374245001741007F271220115021234500000F",
		"letter A":          "374245001741007D27122011502A234500000F",
	} {
		_, err := account.DecodeTrack2(vectors.Unhex(t, cn))
		assert.ErrorIs(t, err, emv.ErrMalformed, name)
	}
}

func TestTrack2PrintsMasked(t *testing.T) {
	track, err := account.ParseTrack2([]byte(track2Text))
	require.NoError(t, err)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x"} {
		assert.Equal(t, "374245*****1007", fmt.Sprintf(verb, track))
	}
	assert.Equal(t, "374245*****1007", track.String())
	pointer := fmt.Sprintf("%p", track)
	assert.Contains(t, pointer, "374245*****1007")
	for _, behind := range []string{"2027", "Dec", "201", "{12"} {
		assert.NotContains(t, regexp.MustCompile("0x[0-9a-f]+").ReplaceAllString(pointer, ""), behind)
	}
	assert.Zero(t, account.Track2{}.Expiry())
	assert.Empty(t, account.Track2{}.ServiceCode())
	text, err := json.Marshal(track)
	require.NoError(t, err)
	assert.Equal(t, `"374245*****1007"`, string(text))
	assert.Error(t, gob.NewEncoder(&bytes.Buffer{}).Encode(track))
}

func TestTrack2Equal(t *testing.T) {
	parse := func(text string) account.Track2 {
		track, err := account.ParseTrack2([]byte(text))
		require.NoError(t, err)
		return track
	}
	assert.True(t, parse(track2Text).Equal(parse(strings.Replace(track2Text, "=", "D", 1))))
	assert.False(t, parse(track2Text).Equal(parse(track2Text[:30])))
	assert.False(t, parse(track2Text).Equal(account.Track2{}))
}

// FuzzParseTrack2 parses any text and any bytes: what parses holds what it says,
// and its parts put together give it again.
func FuzzParseTrack2(f *testing.F) {
	f.Add([]byte(track2Text))
	f.Add([]byte("1234567890123456789D2712201"))
	f.Add(vectors.Unhex(f, "374245001741007D271220115021234500000F"))
	f.Fuzz(func(t *testing.T, b []byte) {
		given := bytes.Clone(b)
		if track, err := account.ParseTrack2(b); err == nil {
			text := clear(track)
			parts := clear(track.PAN()) + "=" + track.Expiry().String() + track.ServiceCode()
			require.True(t, strings.HasPrefix(text, parts))
			require.Equal(t, strings.ReplaceAll(string(b), "D", "="), text)
			again, err := account.DecodeTrack2(vectors.Unhex(t, strings.Replace(text, "=", "D", 1)+strings.Repeat("F", len(text)%2)))
			require.NoError(t, err)
			require.True(t, track.Equal(again))
		}
		if track, err := account.DecodeTrack2(b); err == nil {
			again, err := account.ParseTrack2([]byte(clear(track)))
			require.NoError(t, err)
			require.True(t, track.Equal(again))
		}
		require.Equal(t, given, b)
	})
}
