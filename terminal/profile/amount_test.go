package profile_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/f510b0cf/till/terminal/profile"
)

func TestParseAmount(t *testing.T) {
	for _, c := range []struct {
		text     string
		exponent uint8
		value    uint64
	}{
		{"12.34", 2, 1234}, {"12", 2, 1200}, {"0.05", 2, 5}, {"0", 2, 0}, {"007.00", 2, 700},
		{"1234", 0, 1234}, {"1.234", 3, 1234}, {"9999999999.99", 2, 999999999999},
	} {
		value, err := profile.ParseAmount(c.text, c.exponent)
		require.NoError(t, err, c.text)
		assert.Equal(t, c.value, value, c.text)
	}
	for _, c := range []struct {
		text     string
		exponent uint8
		want     string
	}{
		{"12.3", 2, "such as 12.34"}, {"12.345", 2, "such as 12.34"}, {"12,34", 2, "such as 12.34"}, {"", 2, "such as"},
		{".34", 2, "such as"}, {"-1.00", 2, "such as"}, {"+1.00", 2, "such as"}, {"1.00", 0, "such as 1234"},
		{"1.", 0, "such as 1234"}, {"1.+1", 2, "such as"}, {"1e3", 2, "such as"}, {"12.", 2, "such as"},
		{"10000000000.00", 2, "at most 12 digits"}, {"99999999999999999999", 2, "such as"},
	} {
		_, err := profile.ParseAmount(c.text, c.exponent)
		assert.ErrorContains(t, err, c.want, c.text)
	}
}

func TestAmountsReadBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		value := rapid.Uint64Range(0, 999999999999).Draw(t, "value")
		exponent := rapid.Uint8Range(0, 4).Draw(t, "exponent")
		back, err := profile.ParseAmount(profile.FormatAmount(value, exponent), exponent)
		require.NoError(t, err)
		require.Equal(t, value, back)
	})
}

func TestFormatMoney(t *testing.T) {
	assert.Equal(t, "12.34 EUR", profile.FormatMoney(1234, 978, 2))
	assert.Equal(t, "0.05 USD", profile.FormatMoney(5, 840, 2))
	assert.Equal(t, "1234 JPY", profile.FormatMoney(1234, 392, 0))
	assert.Equal(t, "1.234 (currency 048)", profile.FormatMoney(1234, 48, 3))
}
