package apdu_test

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
	"github.com/f510b0cf/till/emv/apdu"
	"github.com/f510b0cf/till/testdata/vectors"
)

func TestCommandCases(t *testing.T) {
	for name, c := range map[string]struct {
		hex  string
		want apdu.Command
	}{
		"case 1":              {"84180000", apdu.Command{CLA: 0x84, INS: 0x18}},
		"case 2":              {"80CA9F1704", apdu.Command{CLA: 0x80, INS: 0xCA, P1: 0x9F, P2: 0x17, Le: 4}},
		"case 2, Le 00":       {"0084000000", apdu.Command{INS: 0x84, Le: apdu.MaxLe}},
		"case 2, Le FF":       {"00B2010CFF", apdu.Command{INS: 0xB2, P1: 1, P2: 0x0C, Le: 255}},
		"case 3":              {"0082000001AB", apdu.Command{INS: 0x82, Data: []byte{0xAB}}},
		"case 4":              {"80A8000002830007", apdu.Command{CLA: 0x80, INS: 0xA8, Data: []byte{0x83, 0}, Le: 7}},
		"case 4, Le 00":       {"80A8000002830000", apdu.Command{CLA: 0x80, INS: 0xA8, Data: []byte{0x83, 0}, Le: apdu.MaxLe}},
		"case 3, longest":     {"00820000FF" + strings.Repeat("5A", 255), apdu.Command{INS: 0x82, Data: bytes.Repeat([]byte{0x5A}, 255)}},
		"case 4, longest":     {"00820000FF" + strings.Repeat("5A", 255) + "00", apdu.Command{INS: 0x82, Data: bytes.Repeat([]byte{0x5A}, 255), Le: apdu.MaxLe}},
		"case 4, data of one": {"008200000100FF", apdu.Command{INS: 0x82, Data: []byte{0}, Le: 255}},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := apdu.ParseCommand(vectors.Unhex(t, c.hex))
			require.NoError(t, err)
			assert.Equal(t, c.want, got)
			encoded, err := c.want.Encode()
			require.NoError(t, err)
			assert.Equal(t, vectors.Unhex(t, c.hex), encoded)
		})
	}
}

func TestParseCommandRefuses(t *testing.T) {
	for name, c := range map[string]struct{ hex, says string }{
		"nothing":                  {"", "0 bytes"},
		"three bytes":              {"00A404", "3 bytes"},
		"data shorter than Lc":     {"008200000211", "1 bytes follow Lc 2"},
		"data longer than Lc + Le": {"0082000001112233", "3 bytes follow Lc 1"},
		"extended case 2":          {"00B2010C000100", "extended length"},
		"extended case 3":          {"00820000000001AA", "extended length"},
		"extended case 4":          {"00820000000001AA0000", "extended length"},
		"Lc 0 and Le":              {"008200000000", "extended length"},
		"beyond the short form":    {"00820000FF" + strings.Repeat("5A", 257), "257 bytes follow Lc 255"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := apdu.ParseCommand(vectors.Unhex(t, c.hex))
			require.ErrorIs(t, err, emv.ErrMalformed)
			assert.ErrorContains(t, err, c.says)
		})
	}
}

func TestEncodeCommandRefuses(t *testing.T) {
	for name, c := range map[string]apdu.Command{
		"256 data bytes": {Data: make([]byte, 256)},
		"Le 257":         {Le: 257},
		"Le -1":          {Le: -1},
	} {
		t.Run(name, func(t *testing.T) {
			b, err := c.Encode()
			require.Error(t, err)
			assert.Nil(t, b)
		})
	}
}

func TestCommandRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		header := rapid.SliceOfN(rapid.Byte(), 4, 4).Draw(t, "header")
		c := apdu.Command{CLA: header[0], INS: header[1], P1: header[2], P2: header[3]}
		c.Data = rapid.SliceOfN(rapid.Byte(), 0, apdu.DataBytesMax).Draw(t, "data")
		c.Le = rapid.IntRange(0, apdu.MaxLe).Draw(t, "Le")
		encoded, err := c.Encode()
		require.NoError(t, err)
		parsed, err := apdu.ParseCommand(encoded)
		require.NoError(t, err)
		assert.Equal(t, c.Header(), parsed.Header())
		assert.True(t, bytes.Equal(c.Data, parsed.Data))
		assert.Equal(t, c.Le, parsed.Le)
	})
}

func FuzzParseCommand(f *testing.F) {
	for _, s := range []string{"", "84180000", "0084000000", "0082000001AB", "80A8000002830000", "00820000000001AA"} {
		f.Add(vectors.Unhex(f, s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := apdu.ParseCommand(b)
		if err != nil {
			require.ErrorIs(t, err, emv.ErrMalformed)
			return
		}
		encoded, err := c.Encode()
		require.NoError(t, err)
		require.Equal(t, b, encoded)
	})
}

func TestCommandPrintsNoData(t *testing.T) {
	c := apdu.VerifyPlaintext(vectors.Unhex(t, "241234FFFFFFFFFF"))
	const label = "VERIFY 00200080, 8 data bytes"
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x", "%X", "%q", "%d"} {
		assert.Equal(t, label, fmt.Sprintf(verb, c), verb)
		assert.Contains(t, fmt.Sprintf(verb, []apdu.Command{c}), label, verb)
	}
	text, err := json.Marshal(c)
	require.NoError(t, err)
	assert.JSONEq(t, `"`+label+`"`, string(text))
	assert.Error(t, gob.NewEncoder(&bytes.Buffer{}).Encode(c))
	assert.Equal(t, "GET CHALLENGE 00840000, Le 256", fmt.Sprint(apdu.GetChallenge()))
}

// TestCommandDataDoesNotGrow: it shares the memory of what was parsed.
func TestCommandDataDoesNotGrow(t *testing.T) {
	for _, s := range []string{"0082000001AB", "0082000001AB00"} {
		whole := vectors.Unhex(t, s+"5A5A")
		c, err := apdu.ParseCommand(whole[:len(whole)-2])
		require.NoError(t, err)
		_ = append(c.Data, 0xEE)
		assert.Equal(t, vectors.Unhex(t, s+"5A5A"), whole)
	}
}

func TestSensitive(t *testing.T) {
	for hex, want := range map[string]bool{
		"0020008008241234FFFFFFFFFF": true,  // VERIFY
		"80200080":                   true,  // VERIFY in a class that no card should know
		"8424000208112233445566778A": true,  // PIN CHANGE/UNBLOCK
		"8C24000008112233445566778A": true,  // the same, other class
		"0024000008112233445566778A": true,  // CHANGE REFERENCE DATA
		"002C000008112233445566778A": true,  // RESET RETRY COUNTER
		"0084000000":                 false, // GET CHALLENGE
		"80CA9F1700":                 false, // GET DATA
		"8418000008112233445566778A": false, // APPLICATION UNBLOCK
	} {
		c, err := apdu.ParseCommand(vectors.Unhex(t, hex))
		require.NoError(t, err)
		assert.Equal(t, want, c.Sensitive(), hex)
	}
}

func TestSecureMessaging(t *testing.T) {
	secured := map[byte]bool{0x04: true, 0x0C: true, 0x84: true, 0x8C: true}
	for cla := range 256 {
		c := apdu.Command{CLA: byte(cla)}
		assert.Equal(t, secured[byte(cla)], c.SecureMessaging(), "%02X", cla)
	}
}

func TestName(t *testing.T) {
	for header, want := range map[string]string{
		"00A40400": "SELECT",
		"00B2010C": "READ RECORD",
		"80A80000": "GET PROCESSING OPTIONS",
		"80AE8000": "GENERATE AC",
		"80CA9F36": "GET DATA",
		"00CA9F36": "GET DATA",
		"00200080": "VERIFY",
		"00820000": "EXTERNAL AUTHENTICATE",
		"00840000": "GET CHALLENGE",
		"00880000": "INTERNAL AUTHENTICATE",
		"00C00000": "GET RESPONSE",
		"802A8E80": "COMPUTE CRYPTOGRAPHIC CHECKSUM",
		"84160000": "CARD BLOCK",
		"8C160000": "CARD BLOCK",
		"84180000": "APPLICATION UNBLOCK",
		"841E0000": "APPLICATION BLOCK",
		"84240002": "PIN CHANGE/UNBLOCK",
		"00240000": "CHANGE REFERENCE DATA",
		"04DA9F58": "PUT DATA",
		"84DA9F58": "PUT DATA",
		"04DC010C": "UPDATE RECORD",
		"80A40400": "unknown command",
		"90B2010C": "unknown command",
		"00FF0000": "unknown command",
	} {
		c, err := apdu.ParseCommand(vectors.Unhex(t, header))
		require.NoError(t, err)
		assert.Equal(t, want, c.Name(), header)
	}
}
