package emv_test

import (
	"math/bits"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/testdata/vectors"
)

func parseIAD(t *testing.T, s string) emv.IAD {
	t.Helper()
	iad, err := emv.ParseIAD(vectors.Unhex(t, s))
	require.NoError(t, err)
	return iad
}

// TestIADVisaLayoutSamples reads public issuer application data of Amex and Visa
// cards, collected from a terminal's test log, API documentation and forums.
func TestIADVisaLayoutSamples(t *testing.T) {
	for sample, want := range map[string]struct {
		dki, cvn      byte
		first, second emv.ACType
		scripts       uint8
		names         []string
		pinGood       bool
	}{
		"06010103A00000": {1, 1, emv.ACTypeARQC, emv.ACTypeNotRequested, 0, []string{}, false},
		"06020103A0B800": {2, 1, emv.ACTypeARQC, emv.ACTypeNotRequested, 0,
			[]string{"last-online-not-completed", "velocity-exceeded", "new-card", "issuer-auth-failed-last-online"}, false},
		"0602010360B800": {2, 1, emv.ACTypeARQC, emv.ACTypeTC, 0,
			[]string{"last-online-not-completed", "velocity-exceeded", "new-card", "issuer-auth-failed-last-online"}, false},
		"06020103A40000": {2, 1, emv.ACTypeARQC, emv.ACTypeNotRequested, 0, []string{"offline-pin-performed"}, true},
		"06020103A42002": {2, 1, emv.ACTypeARQC, emv.ACTypeNotRequested, 0, []string{"offline-pin-performed", "velocity-exceeded", "dda-performed"}, true},
		"06020103940002": {2, 1, emv.ACTypeTC, emv.ACTypeNotRequested, 0, []string{"offline-pin-performed", "dda-performed"}, true},
		"06011203A0601A": {1, 0x12, emv.ACTypeARQC, emv.ACTypeNotRequested, 1,
			[]string{"pin-try-limit-exceeded", "velocity-exceeded", "script-failed", "dda-performed"}, false},
	} {
		t.Run(sample, func(t *testing.T) {
			iad := parseIAD(t, sample)
			assert.Equal(t, emv.IADVisaLayout, iad.Family)
			assert.Equal(t, [2]byte{want.dki, want.cvn}, [2]byte{iad.DKI, iad.CVN})
			assert.Equal(t, want.first, iad.CVR.FirstAC)
			assert.Equal(t, want.second, iad.CVR.SecondAC)
			assert.Equal(t, want.scripts, iad.CVR.ScriptCount)
			assert.Equal(t, want.names, iad.CVR.Flags.Names())
			assert.Equal(t, want.pinGood, iad.CVR.OfflinePINGood())
			assert.Empty(t, iad.Issuer)

			cvr, err := iad.CVR.VisaCVR()
			require.NoError(t, err)
			assert.Equal(t, iad.RawCVR, cvr[:])
			again, err := emv.AppendVisaIAD(nil, iad.DKI, iad.CVN, cvr, nil)
			require.NoError(t, err)
			assert.Equal(t, vectors.Unhex(t, sample), again)
		})
	}
}

func TestIADVisaIssuerData(t *testing.T) {
	iad := parseIAD(t, "06010A03A4B8000F112233445566778899AABBCCDDEEFF")
	assert.Equal(t, vectors.Unhex(t, "112233445566778899AABBCCDDEEFF"), iad.Issuer)
	again, err := emv.AppendVisaIAD([]byte{0xAA}, iad.DKI, iad.CVN, emv.VisaCVR(iad.RawCVR), iad.Issuer)
	require.NoError(t, err)
	assert.Equal(t, vectors.Unhex(t, "AA06010A03A4B8000F112233445566778899AABBCCDDEEFF"), again)

	_, err = emv.AppendVisaIAD(nil, 1, 10, emv.VisaCVR{}, make([]byte, 24))
	require.NoError(t, err, "32 bytes in all")
	_, err = emv.AppendVisaIAD(nil, 1, 10, emv.VisaCVR{}, make([]byte, 25))
	require.EqualError(t, err, "build IAD: 25 bytes of issuer's data, at most 24")
}

func TestIADMChip(t *testing.T) {
	iad := parseIAD(t, "0110A00009248400000000000000000029FF")
	assert.Equal(t, emv.IADMChip, iad.Family)
	assert.Equal(t, [2]byte{0x01, 0x10}, [2]byte{iad.DKI, iad.CVN})
	assert.Equal(t, vectors.Unhex(t, "A00009248400"), iad.RawCVR)
	assert.Equal(t, vectors.Unhex(t, "0000"), iad.DAC)
	assert.Equal(t, vectors.Unhex(t, "00000000000029FF"), iad.Counters)
	assert.Empty(t, iad.Issuer)
	assert.Equal(t, emv.ACTypeARQC, iad.CVR.FirstAC)
	assert.Equal(t, emv.ACTypeNotRequested, iad.CVR.SecondAC)
	assert.ElementsMatch(t, []string{"offline-pin-not-performed", "international", "lower-count-limit-exceeded", "velocity-exceeded", "issuer-auth-failed"},
		iad.CVR.Flags.Names())
	assert.Equal(t, 9, emv.MChipCVR(iad.RawCVR).PINTryCounter())

	for _, length := range []int{20, 26, 28} {
		b := make([]byte, length)
		b[0], b[1] = 0x02, 0x15
		iad, err := emv.ParseIAD(b)
		require.NoError(t, err)
		assert.Equal(t, emv.IADMChip, iad.Family)
		assert.Len(t, iad.Counters, length-10)
	}
}

// TestPublishedCVR reads results that others have read: jpos/jPOS:
// CVRMastercardTest.java, and the issuer application data of EMVCo's worked example of
// an ARQC (Issuer and Application Security Guidelines v3.0, A.3.3).
func TestPublishedCVR(t *testing.T) {
	iad := parseIAD(t, "0110"+"250000044000"+"00000000000000000000")
	assert.Equal(t, [2]emv.ACType{emv.ACTypeARQC, emv.ACTypeAAC}, [2]emv.ACType{iad.CVR.FirstAC, iad.CVR.SecondAC})
	assert.True(t, iad.CVR.Has(emv.CVROfflinePINPerformed|emv.CVRInternational|emv.CVRUpperCountLimitExceeded))
	assert.False(t, iad.CVR.Has(emv.CVRUpperAmountLimitExceeded) || iad.CVR.Has(emv.CVRDomestic))
	assert.Zero(t, iad.CVR.ScriptCount)
	assert.Zero(t, emv.MChipCVR(iad.RawCVR).PINTryCounter())

	iad = parseIAD(t, "0FA500A03800000000000000000000000F010000000000000000000000000000")
	assert.Equal(t, emv.IADCCD, iad.Family)
	assert.Equal(t, [2]emv.ACType{emv.ACTypeARQC, emv.ACTypeNotRequested}, [2]emv.ACType{iad.CVR.FirstAC, iad.CVR.SecondAC})
	assert.Equal(t, []string{"offline-pin-performed"}, iad.CVR.Flags.Names())
	assert.Equal(t, 3, emv.CCDCVR(iad.RawCVR).PINTryCounter())
}

func TestIADCCD(t *testing.T) {
	iad := parseIAD(t, "0FA501A438D008000102030405060708"+"0F101112131415161718191A1B1C1D1E"[:32])
	assert.Equal(t, emv.IADCCD, iad.Family)
	assert.Equal(t, [2]byte{0x01, 0xA5}, [2]byte{iad.DKI, iad.CVN})
	assert.Equal(t, vectors.Unhex(t, "A438D00800"), iad.RawCVR)
	assert.Equal(t, vectors.Unhex(t, "0102030405060708"), iad.Counters)
	assert.Len(t, iad.Issuer, 15)
	assert.Equal(t, 3, emv.CCDCVR(iad.RawCVR).PINTryCounter())
	assert.True(t, iad.CVR.OfflinePINGood())
	assert.True(t, iad.CVR.Has(emv.CVRDDAPerformed|emv.CVRScriptFailed|emv.CVRLowerCountLimitExceeded|emv.CVRUpperAmountLimitExceeded|emv.CVRVelocityExceeded))
}

// TestIADOfTwoLayouts: an M/Chip derivation key index and CVR may look like the
// head of the Visa layout; the length of the issuer's data tells which it is.
func TestIADOfTwoLayouts(t *testing.T) {
	const mchip, both = "0610A0030322000000000000000000000000", "0610A003032200" + "0A00000000000000000000"
	iad := parseIAD(t, mchip)
	assert.Equal(t, emv.IADMChip, iad.Family)
	assert.Equal(t, byte(0x06), iad.DKI)
	assert.Equal(t, emv.IADVisaLayout, parseIAD(t, both).Family)
	iad, err := emv.IADMChip.Parse(vectors.Unhex(t, both))
	require.NoError(t, err)
	assert.Equal(t, emv.IADMChip, iad.Family)
	_, err = emv.IADVisaLayout.Parse(vectors.Unhex(t, mchip))
	require.ErrorIs(t, err, emv.ErrMalformed)
	_, err = emv.IADFamily(0).Parse(vectors.Unhex(t, both))
	require.ErrorIs(t, err, emv.ErrMalformed)
}

func TestIADCCDOfAES(t *testing.T) {
	assert.Equal(t, emv.IADCCD, parseIAD(t, "0FA60100000000000000000000000000"+"0F000000000000000000000000000000").Family)
}

// TestIADDoesNotGrowIntoWhatFollows appends to each part.
func TestIADDoesNotGrowIntoWhatFollows(t *testing.T) {
	for _, s := range []string{
		"06010A03A4B800" + "0F112233445566778899AABBCCDDEEFF",
		"0110A00009248400000000000000000029FF",
		"0FA501A438D0080001020304050607080F101112131415161718191A1B1C1D1E",
		"1F2201" + "01A4A01202" + "000000000000000000000000000000000000000000000000",
	} {
		whole := vectors.Unhex(t, s+"5A5A")
		iad, err := emv.ParseIAD(whole[:len(whole)-2])
		require.NoError(t, err)
		for _, part := range [][]byte{iad.RawCVR, iad.DAC, iad.Counters, iad.Issuer} {
			_ = append(part, 0xEE)
		}
		assert.Equal(t, vectors.Unhex(t, s+"5A5A"), whole)
	}
}

func TestIADVisaFormat2(t *testing.T) {
	iad := parseIAD(t, "1F2201"+"01A4A01202"+"000000000000000000000000000000000000000000000000")
	assert.Equal(t, emv.IADVisaFormat2, iad.Family)
	assert.Equal(t, [2]byte{0x01, 0x22}, [2]byte{iad.DKI, iad.CVN})
	assert.Equal(t, emv.ACTypeARQC, iad.CVR.FirstAC)
	assert.EqualValues(t, 1, iad.CVR.ScriptCount)
	assert.Equal(t, []string{"last-online-not-completed", "velocity-exceeded", "dda-performed", "device-cvm-performed"}, iad.CVR.Flags.Names(),
		"byte 2 bit 3 is no offline PIN here")
	assert.Len(t, iad.Issuer, 24)
	assert.Len(t, iad.RawCVR, 5)
}

func TestIADFamilyNames(t *testing.T) {
	assert.Equal(t, "visa-layout", emv.IADVisaLayout.String())
	assert.Equal(t, "ccd", emv.IADCCD.String())
	assert.Equal(t, "IADFamily(0)", emv.IADFamily(0).String())
}

func TestParseIADRefuses(t *testing.T) {
	for name, s := range map[string]string{
		"empty":                           "",
		"one byte":                        "06",
		"Visa layout cut short":           "06010A03A000",
		"Visa CVR of another length":      "06010A04A00000",
		"issuer's data too short":         "06010A03A0000002FF",
		"issuer's data too long":          "06010A03A0000001FFFF",
		"Visa layout over 32 bytes":       "06010A03A0000019" + "00000000000000000000000000000000000000000000000000",
		"M/Chip with CVN of another kind": "0120A00009248400000000000000000029FF",
		"M/Chip of 19 bytes":              "0110A00009248400000000000000000029FF00",
		"32 bytes of no family":           "0000000000000000000000000000000000000000000000000000000000000000",
		"CCD with an unknown identifier":  "0FA10100000000000000000000000000" + "0F000000000000000000000000000000",
		"CCD of a format other than A":    "0FB50100000000000000000000000000" + "0F000000000000000000000000000000",
		"CCD without its second length":   "0FA50100000000000000000000000000" + "00000000000000000000000000000000",
		"Visa format 2 of 31 bytes":       "1F2201000000000000000000000000000000000000000000000000000000000",
	} {
		if len(s)%2 == 1 {
			s = s[1:]
		}
		_, err := emv.ParseIAD(vectors.Unhex(t, s))
		assert.ErrorIs(t, err, emv.ErrMalformed, name)
	}
}

// TestCVRBits sets each bit of each family alone and compares with the tables of
// the reference on issuer application data. "" is a bit without a flag.
func TestCVRBits(t *testing.T) {
	visa := [][]string{
		{"", "", "", "", "issuer-auth-failed", "offline-pin-performed", "offline-pin-failed", "unable-to-go-online"},
		{"last-online-not-completed", "pin-try-limit-exceeded", "velocity-exceeded", "new-card", "issuer-auth-failed-last-online",
			"issuer-auth-not-performed-after-online", "application-blocked-by-pin-tries", "sda-failed-last-transaction"},
		{"", "", "", "", "script-failed", "dda-failed-last-transaction", "dda-performed", "pin-expected-not-received"},
	}
	checkCVRBits(t, visa, func(b []byte) emv.CVR { return emv.VisaCVR(b).Decode() })

	mchip := [][]string{
		{"", "", "", "", "date-check-failed", "offline-pin-performed", "enciphered-pin-performed", "offline-pin-successful"},
		{"dda-performed", "cda-in-first-ac", "cda-in-second-ac", "issuer-auth-performed", "ciac-default-skipped-on-cat3", "offline-change-pin-successful", "", ""},
		{"", "", "", "", "", "", "", ""},
		{"last-online-not-completed", "unable-to-go-online", "offline-pin-not-performed", "offline-pin-failed", "pin-try-limit-exceeded",
			"international", "domestic", "terminal-wrongly-considers-pin-ok"},
		{"lower-count-limit-exceeded", "upper-count-limit-exceeded", "lower-amount-limit-exceeded", "upper-amount-limit-exceeded",
			"go-online-next-was-set", "issuer-auth-failed", "script-received", "script-failed"},
		{"lower-count-2-limit-exceeded", "upper-count-2-limit-exceeded", "lower-amount-2-limit-exceeded", "upper-amount-2-limit-exceeded",
			"mta-limit-exceeded", "days-offline-limit-exceeded", "additional-check-match", "additional-check-no-match"},
	}
	checkCVRBits(t, mchip, func(b []byte) emv.CVR { return emv.MChipCVR(b).Decode() })

	ccd := [][]string{
		{"", "", "", "", "cda-performed", "dda-performed", "issuer-auth-not-performed", "issuer-auth-failed"},
		{"", "", "", "", "offline-pin-performed", "offline-pin-failed", "pin-try-limit-exceeded", "last-online-not-completed"},
		{"lower-count-limit-exceeded", "upper-count-limit-exceeded", "lower-amount-limit-exceeded", "upper-amount-limit-exceeded", "", "", "", ""},
		{"", "", "", "", "script-failed", "oda-failed-last-transaction", "go-online-next-was-set", "unable-to-go-online"},
		{"", "", "", "", "", "", "", ""},
	}
	checkCVRBits(t, ccd, func(b []byte) emv.CVR { return emv.CCDCVR(b).Decode() })

	device := [][]string{make([]string, 8), slices.Clone(visa[0]), visa[1], visa[2], {6: "device-cvm-performed", 7: ""}}
	device[1][5], device[1][6] = "device-cvm-performed", ""
	checkCVRBits(t, device, func(b []byte) emv.CVR { return emv.VisaFormat2CVR(b).Decode() })
}

// checkCVRBits leaves out the flags that follow from others, which are tested on
// their own.
func checkCVRBits(t *testing.T, layout [][]string, decode func([]byte) emv.CVR) {
	t.Helper()
	for i, row := range layout {
		for j, want := range row {
			b := make([]byte, len(layout))
			b[i] = 0x80 >> j
			var got []string
			for _, name := range decode(b).Flags.Names() {
				derived := name == "velocity-exceeded" || name == "offline-pin-failed"
				if name == want || !derived {
					got = append(got, name)
				}
			}
			if want == "" {
				assert.Empty(t, got, "byte %d bit %d", i+1, 8-j)
			} else {
				assert.Equal(t, []string{want}, got, "byte %d bit %d", i+1, 8-j)
			}
		}
	}
}

func TestCVRDerivedFlags(t *testing.T) {
	good := emv.MChipCVR{0xA5}.Decode()
	assert.True(t, good.OfflinePINGood())
	assert.Equal(t, []string{"offline-pin-performed", "offline-pin-successful"}, good.Flags.Names())
	assert.False(t, emv.MChipCVR{0xA4}.Decode().OfflinePINGood(), "performed, not stated to be right")
	assert.False(t, emv.MChipCVR{0xA5, 0, 0, 0x10}.Decode().OfflinePINGood(), "stated to be right and wrong")
	assert.False(t, emv.MChipCVR{0xA1}.Decode().OfflinePINGood(), "right, but not performed")
	assert.False(t, emv.VisaCVR{0xA6}.Decode().OfflinePINGood())
	assert.False(t, emv.VisaCVR{0xA2}.Decode().OfflinePINGood())
	assert.True(t, emv.CCDCVR{0xA0, 0x08}.Decode().OfflinePINGood())
	assert.False(t, emv.CCDCVR{0xA0, 0x0C}.Decode().OfflinePINGood())
	for _, limit := range []emv.MChipCVR{{4: 0x80}, {4: 0x10}, {5: 0x80}, {5: 0x04}} {
		assert.True(t, limit.Decode().Has(emv.CVRVelocityExceeded), "%X", limit)
	}
	assert.False(t, emv.MChipCVR{5: 0x0B}.Decode().Has(emv.CVRVelocityExceeded))
	assert.True(t, emv.CCDCVR{2: 0x20}.Decode().Has(emv.CVRVelocityExceeded))
}

func TestCVRScriptCount(t *testing.T) {
	assert.EqualValues(t, 0x0F, emv.VisaCVR{0xA0, 0, 0xF0}.Decode().ScriptCount)
	assert.EqualValues(t, 2, emv.VisaCVR{0xA0, 0, 0x2F}.Decode().ScriptCount)
	assert.EqualValues(t, 3, emv.MChipCVR{0xA0, 0, 0x3A}.Decode().ScriptCount)
	assert.EqualValues(t, 4, emv.CCDCVR{0xA0, 0, 0, 0x4F}.Decode().ScriptCount)
}

func TestCVRFlagNamesAreUnique(t *testing.T) {
	seen := map[string]bool{}
	for _, name := range emv.CVRFlags(1<<64 - 1).Names() {
		assert.NotEmpty(t, name)
		assert.False(t, seen[name], name)
		seen[name] = true
	}
	assert.Len(t, seen, bits.Len64(uint64(emv.CVRAdditionalCheckNoMatch)), "as many names as flags")
}

// Every three bytes come back from the decoded view.
func TestVisaCVRRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cvr := emv.VisaCVR(rapid.SliceOfN(rapid.Byte(), 3, 3).Draw(t, "CVR"))
		again, err := cvr.Decode().VisaCVR()
		require.NoError(t, err)
		require.Equal(t, cvr, again)
	})
}

func TestVisaIADRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := emv.CVR{
			FirstAC:     emv.ACType(rapid.IntRange(0, 2).Draw(t, "first")),
			SecondAC:    rapid.SampledFrom([]emv.ACType{emv.ACTypeAAC, emv.ACTypeTC, emv.ACTypeNotRequested}).Draw(t, "second"),
			ScriptCount: uint8(rapid.IntRange(0, 15).Draw(t, "scripts")),
			Flags:       emv.CVRFlags(rapid.Uint64Range(0, uint64(emv.CVRPINExpectedNotReceived)*2-1).Draw(t, "flags")),
		}
		cvr, err := want.VisaCVR()
		require.NoError(t, err)
		issuer := rapid.SliceOfN(rapid.Byte(), 0, 24).Draw(t, "issuer")
		b, err := emv.AppendVisaIAD(nil, rapid.Byte().Draw(t, "DKI"), rapid.Byte().Draw(t, "CVN"), cvr, issuer)
		require.NoError(t, err)
		iad, err := emv.ParseIAD(b)
		require.NoError(t, err)
		require.Equal(t, want, iad.CVR)
		require.Equal(t, issuer, append([]byte{}, iad.Issuer...))
		require.Equal(t, [2]byte{b[1], b[2]}, [2]byte{iad.DKI, iad.CVN})
	})
}

func TestVisaCVRRefuses(t *testing.T) {
	for name, cvr := range map[string]emv.CVR{
		"a flag of M/Chip":         {Flags: emv.CVRScriptReceived},
		"16 script commands":       {ScriptCount: 16},
		"a first AC not requested": {FirstAC: emv.ACTypeNotRequested},
		"an ARQC as second AC":     {SecondAC: emv.ACTypeARQC},
		"no such second AC":        {SecondAC: 9},
	} {
		_, err := cvr.VisaCVR()
		assert.ErrorContains(t, err, "build CVR: ", name)
	}
	_, err := emv.CVR{Flags: emv.CVRScriptReceived}.VisaCVR()
	assert.ErrorContains(t, err, "script-received")
}
