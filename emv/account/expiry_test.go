package account_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/account"
)

func TestParseExpiry(t *testing.T) {
	for text, want := range map[string]account.Expiry{
		"2712": {Year: 2027, Month: time.December},
		"0001": {Year: 2000, Month: time.January},
		"4912": {Year: 2049, Month: time.December},
		"5001": {Year: 1950, Month: time.January},
		"9912": {Year: 1999, Month: time.December},
	} {
		e, err := account.ParseExpiry([]byte(text))
		require.NoError(t, err)
		assert.Equal(t, want, e)
		assert.Equal(t, text, e.String())
	}
	for _, text := range []string{"", "271", "27120", "2700", "2713", "2799", "27a1", "27 1", "2/12"} {
		_, err := account.ParseExpiry([]byte(text))
		assert.ErrorIs(t, err, emv.ErrMalformed, text)
	}
}

// TestExpiresWithItsMonth: an account is good to the last moment of the month,
// where the question is asked.
func TestExpiresWithItsMonth(t *testing.T) {
	for _, zone := range []*time.Location{time.UTC, time.FixedZone("east", 14*3600), time.FixedZone("west", -12*3600)} {
		december := account.Expiry{Year: 2027, Month: time.December}
		assert.False(t, december.Before(time.Date(2020, 1, 1, 0, 0, 0, 0, zone)))
		assert.False(t, december.Before(time.Date(2027, 12, 31, 23, 59, 59, 999, zone)))
		assert.True(t, december.Before(time.Date(2028, 1, 1, 0, 0, 0, 0, zone)))
		february := account.Expiry{Year: 2028, Month: time.February}
		assert.False(t, february.Before(time.Date(2028, 2, 29, 12, 0, 0, 0, zone)))
		assert.True(t, february.Before(time.Date(2028, 3, 1, 0, 0, 0, 0, zone)))
	}
}
