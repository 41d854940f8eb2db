package emv_test

import (
	"encoding/hex"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/f510b0cf/till/emv"
)

// TestAppendIAD takes issuer application data apart and puts it together again. The
// first was published; the others are made by hand from the layouts.
func TestAppendIAD(t *testing.T) {
	for want, f := range map[string]emv.IADFamily{
		"06011203A0601A": emv.IADVisaLayout,
		"0FA501A0800010000000000000000000" + "0F010000000000000000000000000000": emv.IADCCD,
		"0110A00000240000000000000000000000FF":                                  emv.IADMChip,
	} {
		raw := fromHex(t, want)
		iad, err := f.Parse(raw)
		require.NoError(t, err)
		tries := uint8(0)
		switch f {
		case emv.IADCCD:
			tries = uint8(emv.CCDCVR(iad.RawCVR).PINTryCounter())
		case emv.IADMChip:
			tries = uint8(emv.MChipCVR(iad.RawCVR).PINTryCounter())
		}
		got, err := f.Append(nil, iad, tries)
		require.NoError(t, err)
		assert.Equal(t, raw, got)
	}
}

// TestAppendIADIsInverse writes and reads statements at random.
func TestAppendIADIsInverse(t *testing.T) {
	for _, f := range []emv.IADFamily{emv.IADVisaLayout, emv.IADVisaFormat2, emv.IADMChip, emv.IADCCD} {
		rapid.Check(t, func(t *rapid.T) {
			iad := emv.IAD{DKI: rapid.Byte().Draw(t, "DKI"), CVN: map[emv.IADFamily]byte{
				emv.IADVisaLayout: 0x0A, emv.IADVisaFormat2: 0x22, emv.IADMChip: 0x14, emv.IADCCD: 0xA5,
			}[f]}
			iad.CVR.FirstAC = rapid.SampledFrom([]emv.ACType{emv.ACTypeAAC, emv.ACTypeTC, emv.ACTypeARQC}).Draw(t, "first")
			iad.CVR.SecondAC = rapid.SampledFrom([]emv.ACType{emv.ACTypeAAC, emv.ACTypeTC, emv.ACTypeNotRequested}).Draw(t, "second")
			iad.CVR.ScriptCount = rapid.Uint8Max(15).Draw(t, "scripts")
			iad.CVR.Flags = emv.CVRFlags(rapid.Uint64().Draw(t, "flags")) & f.Statements()
			raw, err := f.Append(nil, iad, rapid.Uint8Max(15).Draw(t, "tries"))
			require.NoError(t, err)
			require.Len(t, raw, f.Bytes())
			got, err := f.Parse(raw)
			require.NoError(t, err)
			require.Equal(t, iad.CVR.Flags, got.CVR.Flags&f.Statements()&^derived(iad.CVR.Flags))
			got.CVR.Flags = iad.CVR.Flags
			require.Equal(t, iad.CVR, got.CVR)
			require.Equal(t, iad.DKI, got.DKI)
		})
	}
}

// derived returns the flags that a reader adds by itself.
func derived(written emv.CVRFlags) (f emv.CVRFlags) {
	if written&emv.CVROfflinePINFailed == 0 {
		f |= emv.CVROfflinePINFailed
	}
	return f
}

func TestAppendIADRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		family emv.IADFamily
		iad    emv.IAD
		tries  uint8
	}{
		"flag of another family": {emv.IADVisaLayout, emv.IAD{CVR: emv.CVR{SecondAC: emv.ACTypeNotRequested, Flags: emv.CVRScriptReceived}}, 0},
		"flag not in CCD":        {emv.IADCCD, emv.IAD{CVR: emv.CVR{SecondAC: emv.ACTypeNotRequested, Flags: emv.CVRNewCard}}, 0},
		"flag not in M/Chip":     {emv.IADMChip, emv.IAD{CVR: emv.CVR{SecondAC: emv.ACTypeNotRequested, Flags: emv.CVRNewCard}}, 0},
		"PIN in format 2":        {emv.IADVisaFormat2, emv.IAD{CVR: emv.CVR{SecondAC: emv.ACTypeNotRequested, Flags: emv.CVROfflinePINPerformed}}, 0},
		"many tries":             {emv.IADCCD, emv.IAD{CVR: emv.CVR{SecondAC: emv.ACTypeNotRequested}}, 16},
		"many scripts":           {emv.IADMChip, emv.IAD{CVR: emv.CVR{SecondAC: emv.ACTypeNotRequested, ScriptCount: 16}}, 0},
		"second ARQC":            {emv.IADCCD, emv.IAD{CVR: emv.CVR{SecondAC: emv.ACTypeARQC}}, 0},
		"long DAC":               {emv.IADMChip, emv.IAD{DAC: make([]byte, 3), CVR: emv.CVR{SecondAC: emv.ACTypeNotRequested}}, 0},
		"long counters":          {emv.IADCCD, emv.IAD{Counters: make([]byte, 9), CVR: emv.CVR{SecondAC: emv.ACTypeNotRequested}}, 0},
		"long issuer's data":     {emv.IADCCD, emv.IAD{Issuer: make([]byte, 16), CVR: emv.CVR{SecondAC: emv.ACTypeNotRequested}}, 0},
		"no family":              {0, emv.IAD{CVR: emv.CVR{SecondAC: emv.ACTypeNotRequested}}, 0},
	} {
		_, err := c.family.Append(nil, c.iad, c.tries)
		require.Error(t, err, name)
	}
	assert.Zero(t, emv.IADFamily(9).Bytes())
	assert.Zero(t, emv.IADFamily(9).Statements())
}

func TestParseCVRFlag(t *testing.T) {
	f, ok := emv.ParseCVRFlag("new-card")
	assert.True(t, ok)
	assert.Equal(t, emv.CVRNewCard, f)
	_, ok = emv.ParseCVRFlag("old-card")
	assert.False(t, ok)
}

func fromHex(t *testing.T, s string) []byte {
	b, err := hex.DecodeString(s)
	require.NoError(t, err)
	return b
}
