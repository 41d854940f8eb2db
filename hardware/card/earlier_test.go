package card_test

import (
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/apdu"
	"github.com/f510b0cf/till/emv/image"
	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/hardware"
	"github.com/f510b0cf/till/hardware/card"
)

// earlierKey seals testdata/v1.card and nothing else.
const earlierKey = "c88523a032c18e8b246ba7cb1cd34228a03cacaaf05e94a60ac49213e8c62db1"

// TestCardOfEarlierTill opens a card file that a till with version 1 of image and
// state has made (profile amex-pin, seed 1) and used for one offline purchase, and
// uses it on.
func TestCardOfEarlierTill(t *testing.T) {
	b, err := os.ReadFile("testdata/v1.card")
	require.NoError(t, err)
	key, err := secret.NewAES(unhex(t, earlierKey))
	require.NoError(t, err)
	m := holding(t, b)
	for atc := emv.ATC(1); atc < 4; atc++ {
		icc, err := card.Open(card.Config{Medium: m, Key: key})
		require.NoError(t, err)
		status := icc.Status()[0]
		assert.Equal(t, atc, status.ATC)
		assert.True(t, status.PINSet)
		assert.Equal(t, 3, status.TriesLeft)
		assert.Equal(t, image.Risk{}, icc.Image().Applications[0].Risk)
		if atc == 2 {
			card.CompactAt(icc, 0)
		}
		d := presented(t, icc, hardware.Contact)
		d.ok(apdu.Select(unhex(t, "A00000002501"), apdu.First))
		d.ok(apdu.GetProcessingOptions(unhex(t, "8300")))
		d.ok(plaintext(t, "1234"))
	}
}
