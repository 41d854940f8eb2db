package apdu_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/apdu"
	"github.com/f510b0cf/till/testdata/vectors"
)

// The expected bytes are those of the tables of EMV Book 1, 11 and Book 3, 6.5.
func TestConstructors(t *testing.T) {
	for want, c := range map[string]apdu.Command{
		"00A4040007A000000003101000":     apdu.Select(vectors.Unhex(t, "A0000000031010"), apdu.First),
		"00A4040206A0000000250100":       apdu.Select(vectors.Unhex(t, "A00000002501"), apdu.Next),
		"80A8000002830000":               apdu.GetProcessingOptions(vectors.Unhex(t, "8300")),
		"00B2010C00":                     apdu.ReadRecord(1, 1),
		"00B20AF400":                     apdu.ReadRecord(30, 10),
		"80CA9F1700":                     apdu.GetData(0x9F17),
		"80CA005A00":                     apdu.GetData(0x5A),
		"0084000000":                     apdu.GetChallenge(),
		"0020008008241234FFFFFFFFFF":     apdu.VerifyPlaintext(vectors.Unhex(t, "241234FFFFFFFFFF")),
		"002000880411223344":             apdu.VerifyEnciphered(vectors.Unhex(t, "11223344")),
		"00880000040123456700":           apdu.InternalAuthenticate(vectors.Unhex(t, "01234567")),
		"008200000AB7D5309D4B3E6CDB3030": apdu.ExternalAuthenticate(vectors.Unhex(t, "B7D5309D4B3E6CDB3030")),
		"80AE000001AA00":                 apdu.GenerateAC(emv.ACTypeAAC, false, []byte{0xAA}),
		"80AE400001AA00":                 apdu.GenerateAC(emv.ACTypeTC, false, []byte{0xAA}),
		"80AE800001AA00":                 apdu.GenerateAC(emv.ACTypeARQC, false, []byte{0xAA}),
		"80AE900001AA00":                 apdu.GenerateAC(emv.ACTypeARQC, true, []byte{0xAA}),
		"80AE500000":                     apdu.GenerateAC(emv.ACTypeTC, true, nil),
		"00C0000010":                     apdu.GetResponse(16),
		"00C0000000":                     apdu.GetResponse(apdu.MaxLe),
	} {
		got, err := c.Encode()
		require.NoError(t, err)
		assert.Equal(t, vectors.Unhex(t, want), got, c.Name())
	}
}

func TestConstructorsPanic(t *testing.T) {
	for _, sfi := range []uint8{0, 31, 32, 255} {
		assert.Panics(t, func() { apdu.ReadRecord(sfi, 1) }, sfi)
	}
	for _, ac := range []emv.ACType{emv.ACTypeRFU, emv.ACTypeNotRequested, 9} {
		assert.Panics(t, func() { apdu.GenerateAC(ac, false, nil) }, ac)
	}
}
