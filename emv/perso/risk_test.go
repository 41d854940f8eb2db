package perso_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/image"
	"github.com/f510b0cf/till/emv/perso"
	"github.com/f510b0cf/till/emv/tlv"
	"github.com/f510b0cf/till/testdata/vectors"
)

// minimal is a profile with one application, to whose end lines are added.
const minimal = `
name: minimal
account: {pan_prefix: "374245", currency: "978", country: "276"}
applications:
- aid: A000000025010801
  label: TEST
  cryptogram: amex-style
  script: amex-style
`

func minimalCard(t *testing.T, lines string) (image.Image, error) {
	t.Helper()
	p, err := parse(t, minimal+lines)
	require.NoError(t, err)
	card, err := perso.Personalise(p, options(1))
	return card.Image, err
}

// TestRisk has every field of card risk management.
func TestRisk(t *testing.T) {
	img, err := minimalCard(t, `
  get_data: {"9F14": "02"}
  put_data: ["9F14", "9F58", "9F17"]
  update_record: [1]
  risk:
    offline_count: {lower: 3, upper: 5}
    offline_amount: {lower: 10000, upper: 20000, lower_tag: CA, upper_tag: CB}
    decline: [pin-try-limit-exceeded]
    online: [new-card, last-online-not-completed]
    default: [upper-count-limit-exceeded]
    issuer_authentication: mandatory
    offline_only: true
  log: {sfi: 12, records: 3, format: 9A03 9F3602}
`)
	require.NoError(t, err)
	a := img.Applications[0]
	assert.Equal(t, image.Risk{
		LowerCount: 0x9F58, UpperCount: 0x9F59, LowerAmount: 0xCA, UpperAmount: 0xCB, Currency: [2]byte{0x09, 0x78}, Country: [2]byte{0x02, 0x76},
		Denial: emv.CVRPINTryLimitExceeded, Online: emv.CVRNewCard | emv.CVRLastOnlineNotCompleted, Default: emv.CVRUpperCountLimitExceeded,
		AuthenticationMandatory: true, OfflineOnly: true,
	}, a.Risk)
	assert.Equal(t, []image.Object{
		{Tag: 0x9F14, Value: []byte{2}}, {Tag: 0x9F58, Value: []byte{3}}, {Tag: 0x9F59, Value: []byte{5}},
		{Tag: 0xCA, Value: vectors.Unhex(t, "000000010000")}, {Tag: 0xCB, Value: vectors.Unhex(t, "000000020000")},
	}, a.Data)
	assert.Equal(t, []emv.Tag{0x9F14, 0x9F58, 0x9F17}, a.Puts)
	assert.True(t, a.Files[0].Updates)
	assert.Equal(t, &image.Log{SFI: 12, Records: 3, Format: tlv.DOL{{Tag: 0x9A, Length: 3}, {Tag: 0x9F36, Length: 2}}}, a.Log)
	assert.Contains(t, string(a.Contact.FCI), "\xBF\x0C\x05\x9F\x4D\x02\x0C\x03")
}

// TestRiskDefaults: limits can be put unless the profile says something else, the
// log has a form, and a profile without any of it makes none.
func TestRiskDefaults(t *testing.T) {
	img, err := minimalCard(t, "  risk: {offline_count: {upper: 5}, issuer_authentication: advisory}\n  log: {}\n")
	require.NoError(t, err)
	a := img.Applications[0]
	assert.Equal(t, []emv.Tag{0x9F59}, a.Puts)
	assert.True(t, a.Risk.AuthenticationAdvisory)
	assert.Equal(t, uint8(11), a.Log.SFI)
	assert.Equal(t, uint8(10), a.Log.Records)
	assert.Equal(t, 16, a.Log.Format.Len())
	plain, err := minimalCard(t, "")
	require.NoError(t, err)
	assert.Equal(t, image.Risk{Country: [2]byte{0x02, 0x76}}, plain.Applications[0].Risk)
	assert.Nil(t, plain.Applications[0].Log)
	assert.Empty(t, plain.Applications[0].Puts)
}

func TestRiskRefused(t *testing.T) {
	for lines, want := range map[string]string{
		"  risk: {offline_count: {lower: 256}}":                               "risk: offline_count: lower: want 0 to 255",
		"  risk: {offline_amount: {upper: 1000000000000}}":                    "risk: offline_amount: upper: want",
		"  get_data: {\"9F58\": \"01\"}\n  risk: {offline_count: {lower: 2}}": "get_data does not have",
		"  put_data: [\"9F14\"]":                                              "put_data: there is no 9F14",
		"  update_record: [9]":                                                "update_record: there is no file 9",
		"  log: {sfi: 5}":                                                     "log: sfi 5: want 11 to 30",
		"  log: {sfi: 12}\n  records: [{sfi: 10, tags: [5A]}, {sfi: 2, tags: [57]}]\n  contactless: {}": "log: sfi 12",
	} {
		_, err := minimalCard(t, lines+"\n")
		require.ErrorContains(t, err, want, lines)
	}
	for lines, want := range map[string]string{
		"  risk: {online: [old-card]}":             "line 9: want a list of offline-pin-failed, last-online-not-completed",
		"  risk: {online: [cda-performed]}":        "line 9: want a list of",
		"  risk: {online: new-card}":               "line 9: want a list of",
		"  risk: {offline_count: {lower: -1}}":     "line 9: want a whole number",
		"  risk: {issuer_authentication: perhaps}": "line 9: want optional or mandatory or advisory",
		"  risk: {velocity: 3}":                    "line 9: unknown field \"velocity\": want one of offline_count",
		"  log: {size: 3}":                         "line 9: unknown field \"size\": want one of sfi, records, format",
		"protocol: t2":                             "line 9: want t0 or t1",
	} {
		_, err := parse(t, minimal+lines+"\n")
		require.ErrorContains(t, err, want, lines)
	}
}

// TestRiskWarnings: what can never have an effect is told.
func TestRiskWarnings(t *testing.T) {
	for lines, want := range map[string]string{
		"  risk: {online: [lower-count-limit-exceeded]}":                                                              "lower-count-limit-exceeded, and there is no such limit",
		"  risk: {default: [upper-amount-limit-exceeded]}":                                                            "upper-amount-limit-exceeded, and there is no such limit",
		"  risk: {offline_only: true, online: [new-card]}":                                                            "the card never does",
		"  aip: \"0800\"\n  cdol2: 8A02 9F3704\n  risk: {issuer_authentication: mandatory}":                           "declines whatever the issuer answers",
		"  risk: {offline_count: {lower: 2}, online: [lower-count-limit-exceeded], issuer_authentication: mandatory}": "",
	} {
		card, err := perso.Personalise(text(t, minimal+lines+"\n"), options(1))
		require.NoError(t, err, lines)
		var warnings string
		for _, f := range card.Warnings {
			warnings += f.String() + "\n"
		}
		if want == "" {
			assert.Empty(t, warnings)
		} else {
			assert.Contains(t, warnings, want, lines)
		}
	}
}

// TestProtocol: the answer to reset fits the protocol, and one of the profile's
// own is taken as it stands.
func TestProtocol(t *testing.T) {
	for lines, want := range map[string]struct {
		atr     string
		t0      bool
		warning string
	}{
		"":             {"3B64000074696C6C", false, ""},
		"protocol: t0": {"3B64000074696C6C", true, ""},
		"protocol: t1": {"3BE400008131FE4574696C6CF2", false, ""},
		"protocol: t1\natr: 3BE400008131FE4574696C6CF3":     {"3BE400008131FE4574696C6CF3", false, "check byte TCK"},
		"atr: 3BE400008131FE4574696C6C":                     {"3BE400008131FE4574696C6C", false, "want 13"},
		"atr: 3B64":                                         {"3B64", false, "2 bytes"},
		"atr: 3B6500002063CB6800":                           {"3B6500002063CB6800", false, ""},
		"atr: 3BFC1300008131FE15597562696B65794E454F7233E1": {"3BFC1300008131FE15597562696B65794E454F7233E1", false, ""},
	} {
		card, err := perso.Personalise(text(t, minimal+lines+"\n"), options(1))
		require.NoError(t, err, lines)
		assert.Equal(t, vectors.Unhex(t, want.atr), card.Image.ATR, lines)
		assert.Equal(t, want.t0, card.Image.T0, lines)
		var warnings string
		for _, f := range card.Warnings {
			warnings += f.String()
		}
		if want.warning == "" {
			assert.NotContains(t, warnings, "ATR", lines)
		} else {
			assert.Contains(t, warnings, want.warning, lines)
		}
	}
	_, err := perso.Personalise(text(t, minimal+"atr: 3A00\n"), options(1))
	require.ErrorContains(t, err, "ATR: want TS")
}

// TestCDAWithLongData: the longer the issuer application data of the row, the
// shorter the key for CDA.
func TestCDAWithLongData(t *testing.T) {
	p := text(t, "extends: amex\nname: ccd\napplications:\n- aid: A000000025010801\n  label: X\n  cryptogram: ccd\n  script: ccd\n  cdol2: 8A02 9108 9F0206 9F3704\n  oda: {method: cda, ca: 1984, issuer: 1976, icc: 1840}\n")
	_, err := perso.Personalise(p, options(1))
	require.ErrorContains(t, err, "an ICC key of at most 1640 bits")
}
