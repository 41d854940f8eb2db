package calc

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/oda"
	"github.com/f510b0cf/till/testdata/vectors"
)

// vectorIn decodes the input of a case of a vector file.
func vectorIn(t *testing.T, kind, name string, calculator any) {
	t.Helper()
	for _, c := range vectors.Load[json.RawMessage, json.RawMessage](t, kind) {
		if c.Name == name {
			require.NoError(t, json.Unmarshal(c.In, calculator))
			return
		}
	}
	require.Fail(t, "no such case", name)
}

// explained returns the lines of an explanation, with single spaces.
func explained(t *testing.T, e Calculator) []string {
	t.Helper()
	var x Explanation
	e.Explain(&x)
	var b strings.Builder
	require.NoError(t, x.table.Print(&b))
	var lines []string
	for line := range strings.Lines(b.String()) {
		lines = append(lines, strings.Join(strings.Fields(line), " "))
	}
	return lines
}

func TestODAExplainsMistakes(t *testing.T) {
	var good ODA
	vectorIn(t, "oda", "ax1-sda", &good)
	for name, test := range map[string]struct {
		vector string
		alter  func(*ODA)
		want   string
	}{
		"PDOL data left out":    {"ax1-cda-pdol-left-out", nil, "would match with PDOL data EA before it"},
		"PDOL data added":       {"ax1-cda", func(c *ODA) { c.CDA.CDOL2Data, c.CDA.HashData = Hex{1}, nil }, "would match without the data of CDOL2"},
		"other UN":              {"ax1-cda-other-un", nil, "would match with unpredictable number 327273B9"},
		"AIP left out":          {"ax1-sda-no-aip", nil, "would match with AIP 5D80 at the end"},
		"AIP added":             {"ax1-icc", func(c *ODA) { c.StaticData = append(c.StaticData, 0x5D, 0x80) }, "would match without the AIP at the end"},
		"static data changed":   {"ax1-sda-static-changed", nil, "would match with none of the known variants"},
		"CA key of other index": {"ax1-issuer-other-capk-same-length", func(c *ODA) { c.OtherCAPKs = []namedKey{c.CAPK, good.CAPK} }, "recovered by CA public key A000000025 A1"},
		"no CA key fits":        {"ax1-issuer-other-capk-same-length", nil, "recovered by none of the CA public keys given"},
		"template left in": {"vi2-sda", func(c *ODA) { c.StaticData = append(Hex{0x70, byte(len(c.StaticData) - 2)}, c.StaticData...) },
			"would match without tag 70 and its length"},
	} {
		t.Run(name, func(t *testing.T) {
			var c ODA
			vectorIn(t, "oda", test.vector, &c)
			if test.alter != nil {
				test.alter(&c)
			}
			_, err := c.Calculate(Env{})
			var failure emv.Failure
			require.ErrorAs(t, err, &failure)
			assert.Contains(t, explained(t, &c), test.want)
		})
	}
}

func TestODAExplainsFields(t *testing.T) {
	var c ODA
	vectorIn(t, "oda", "ax1-cda", &c)
	lines := explained(t, &c)
	for _, want := range []string{
		"CA public key A000000025 A1 RSA-1152, exponent 65537",
		"issuer identifier 374245FF tag 90, format 02",
		"issuer expiry 1218 MMYY",
		"issuer key length 128 bytes",
		"issuer certificate good",
		"ICC PAN 374245*****1007 tag 9F46, format 04",
		"ICC certificate good",
		"ICC dynamic number B1BD198460DEBA64",
		"CID 80 ARQC",
		"AC 51F4F65DDE43732D",
		"signed dynamic data good",
	} {
		assert.Contains(t, lines, want)
	}
	assert.NotContains(t, strings.Join(lines, " "), "374245001741007")
}

func TestODALeavesOutWhatIsNotGiven(t *testing.T) {
	var c ODA
	vectorIn(t, "oda", "ax1-icc", &c)
	c.StaticData, c.Date = nil, nil
	delete(c.Tags, "5A")
	_, err := c.Calculate(Env{})
	require.NoError(t, err)
	assert.Contains(t, explained(t, &c), "ICC hash not checked no static data given")
}

func TestODAUsage(t *testing.T) {
	for name, alter := range map[string]func(*ODA){
		"method: want one of":            func(c *ODA) { c.Method = "XDA" },
		"capk: modulus: make public key": func(c *ODA) { c.CAPK.Modulus = nil },
		"date: parse date: no such day":  func(c *ODA) { c.Date = Hex{0x26, 0x02, 0x30} },
		"dynamic_input: 3 bytes":         func(c *ODA) { c.DynamicInput = c.DynamicInput[1:] },
		"cid: missing, want 1 byte":      func(c *ODA) { c.CDA.CID = nil },
		"hash_data: is not its parts":    func(c *ODA) { c.CDA.HashData = c.CDA.HashData[1:] },
		"tags: read tag":                 func(c *ODA) { c.Tags["9F"] = Hex{1} },
	} {
		t.Run(name, func(t *testing.T) {
			var c ODA
			vectorIn(t, "oda", "ax1-cda", &c)
			alter(&c)
			_, err := c.Calculate(Env{})
			assert.ErrorContains(t, err, name)
			var failure emv.Failure
			assert.NotErrorAs(t, err, &failure)
		})
	}
	var c ODA
	vectorIn(t, "oda", "ax1-cda", &c)
	delete(c.Tags, "9F4B")
	_, err := c.Calculate(Env{})
	var missing *oda.MissingError
	require.ErrorAs(t, err, &missing)
	assert.Equal(t, emv.Tag(0x9F4B), missing.Tag)
}

func TestODATakesHashDataAsAWhole(t *testing.T) {
	var c ODA
	vectorIn(t, "oda", "ax1-cda", &c)
	c.CDA = combinedInput{CID: c.CDA.CID, HashData: c.CDA.HashData}
	_, err := c.Calculate(Env{})
	assert.NoError(t, err)
}

func TestCAPKExplains(t *testing.T) {
	var c CAPK
	vectorIn(t, "capk", "amex-A1", &c)
	out, err := c.Calculate(Env{})
	require.NoError(t, err)
	c.SHA1 = out.(capkOut).SHA1
	c.Index, c.Exponent = Hex{0x65}, Hex{0x03}
	_, err = c.Calculate(Env{})
	require.ErrorIs(t, err, emv.ErrBadHash)
	assert.Contains(t, explained(t, &c), "matches with index A1, exponent 010001")

	vectorIn(t, "capk", "visa-capk-hash-wrong", &c)
	assert.Contains(t, explained(t, &c), "matches with no other index or exponent: modulus or RID differs")
	c.Bits = 1152
	_, err = c.Calculate(Env{})
	assert.ErrorContains(t, err, "bits: the modulus has 1024")
}

// TestODAExplanationEndsInTheVerdict: the row for the signed dynamic data says what
// Calculate says, whichever of its checks fails.
func TestODAExplanationEndsInTheVerdict(t *testing.T) {
	for name, test := range map[string]struct {
		vector string
		alter  func(*ODA)
		want   error
	}{
		"good":             {"ax1-cda", func(*ODA) {}, nil},
		"transaction data": {"ax1-cda-pdol-left-out", func(*ODA) {}, emv.ErrBadHash},
		"CID":              {"ax1-cda", func(c *ODA) { c.CDA.CID = Hex{0x40} }, emv.ErrBadCID},
		"UN":               {"ax1-cda-other-un", func(*ODA) {}, emv.ErrBadHash},
		"DDA":              {"mc1-dda-other-un", func(*ODA) {}, emv.ErrBadHash},
	} {
		t.Run(name, func(t *testing.T) {
			var c ODA
			vectorIn(t, "oda", test.vector, &c)
			test.alter(&c)
			_, err := c.Calculate(Env{})
			require.ErrorIs(t, err, test.want)
			verdict := "good"
			if err != nil {
				verdict = err.Error()
			}
			lines := explained(t, &c)
			assert.Contains(t, lines, "signed dynamic data "+verdict)
			assert.Equal(t, err == nil, slices.Contains(lines, "signed dynamic data good"))
		})
	}
}
