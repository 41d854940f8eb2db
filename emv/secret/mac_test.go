package secret_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/testdata/vectors"
)

type macIn struct {
	Style   string        `json:"style"`
	SK      vectors.Bytes `json:"sk_smi"`
	Padding string        `json:"padding"`
	Header  vectors.Bytes `json:"header"`
	Data    vectors.Bytes `json:"data"`
	MAC     vectors.Bytes `json:"mac"`
}

type macOut struct {
	MAC vectors.Bytes `json:"mac"`
}

// TestMACVectors takes those cases of script-mac whose key is given; package
// script has the others.
func TestMACVectors(t *testing.T) {
	seen := 0
	for _, c := range vectors.LoadPart[macIn, macOut](t, "script-mac") {
		if c.In.Style != "mac-only" || c.In.SK == nil {
			continue
		}
		seen++
		t.Run(c.Name, func(t *testing.T) {
			padding := secret.Padding2
			if c.In.Padding == "00" {
				padding = secret.Padding1
			}
			mac := tdes(t, c.In.SK).MAC(padding, c.In.Header, c.In.Data)
			assert.Equal(t, c.Out.MAC, vectors.Bytes(mac[:]))
		})
	}
	assert.GreaterOrEqual(t, seen, 2)
}

// TestMACStandard has the figures of ISO/IEC 9797-1, Annex B, for algorithm 3 as
// public test suites quote them, and one of Bouncy Castle. TestMACOpenSSL
// computes such figures in another program.
func TestMACStandard(t *testing.T) {
	iso := "0123456789ABCDEFFEDCBA9876543210"
	for _, c := range []struct {
		key, data string
		padding   secret.Padding
		want      string
	}{
		{iso, "Now is the time for all ", secret.Padding1, "A1C72E74EA3FA9B6"},
		{iso, "Now is the time for all ", secret.Padding2, "E9086230CA3BE796"},
		{iso, "Now is the time for it", secret.Padding1, "2E2B1428CC78254F"},
		{iso, "Now is the time for it", secret.Padding2, "5A692CE64F404145"},
		{"7CA110454A1A6E570131D9619DC1376E", "Hello World !!!!", secret.Padding1, "F09B856213BAB83B"},
	} {
		mac := tdes(t, vectors.Unhex(t, c.key)).MAC(c.padding, []byte(c.data))
		assert.Equal(t, vectors.Unhex(t, c.want), mac[:], "%q, padding %d", c.data, c.padding)
	}
}

// TestMACOfParts: parts are one message, however it is cut, and MAC pads as Pad
// does.
func TestMACOfParts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		k := tdes(t, rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "key"))
		data := rapid.SliceOfN(rapid.Byte(), 0, 40).Draw(t, "data")
		padding := rapid.SampledFrom([]secret.Padding{secret.Padding1, secret.Padding2}).Draw(t, "padding")
		at := rapid.IntRange(0, len(data)).Draw(t, "cut")
		whole := k.MAC(padding, data)
		require.Equal(t, whole, k.MAC(padding, data[:at], nil, data[at:]))
		padded := padding.Pad(data, 8)
		require.Zero(t, len(padded)%8)
		require.Equal(t, whole, k.MAC(secret.Padding1, padded))
	})
	assert.Panics(t, func() { aes(t, make([]byte, 16)).MAC(secret.Padding1, nil) })
}

func TestPad(t *testing.T) {
	for _, c := range []struct {
		padding secret.Padding
		data    string
		want    string
	}{
		{secret.Padding1, "", "0000000000000000"},
		{secret.Padding1, "AA", "AA00000000000000"},
		{secret.Padding1, "AABBCCDDEEFF0011", "AABBCCDDEEFF0011"},
		{secret.Padding2, "", "8000000000000000"},
		{secret.Padding2, "AA", "AA80000000000000"},
		{secret.Padding2, "AABBCCDDEEFF00", "AABBCCDDEEFF0080"},
		{secret.Padding2, "AABBCCDDEEFF0011", "AABBCCDDEEFF00118000000000000000"},
	} {
		data := vectors.Unhex(t, c.data)
		padded := c.padding.Pad(data, 8)
		assert.Equal(t, vectors.Unhex(t, c.want), padded)
		padded[0] ^= 0xFF
		assert.Equal(t, vectors.Unhex(t, c.data), data, "the data are not touched")
	}
}

func BenchmarkMAC(b *testing.B) {
	k := tdes(b, vectors.Unhex(b, "0123456789ABCDEFFEDCBA9876543210"))
	data := make([]byte, 64)
	b.ReportAllocs()
	for b.Loop() {
		k.MAC(secret.Padding2, data)
	}
}
