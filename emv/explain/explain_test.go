package explain_test

import (
	"bufio"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/explain"
	"github.com/f510b0cf/till/testdata/need"
	"github.com/f510b0cf/till/testdata/vectors"
)

func TestElements(t *testing.T) {
	for name, c := range map[string]struct {
		tag   emv.Tag
		value string
		want  explain.Item
	}{
		"PAN is masked": {0x5A, "374245001741007F", explain.Item{Label: "5A",
			Name: "Application Primary Account Number (PAN)", Value: "[8 bytes]", Text: "374245*****1007"}},
		"PAN that is none": {0x5A, "37424500174100A7", explain.Item{Label: "5A",
			Name: "Application Primary Account Number (PAN)", Value: "[8 bytes]"}},
		"ICC certificate, which holds the PAN":                 {0x9F46, "6A6B6C", explain.Item{Label: "9F46", Name: "ICC Public Key Certificate", Value: "[3 bytes]"}},
		"PIN encipherment certificate, which holds the PAN":    {0x9F2D, "6A6B6C", explain.Item{Label: "9F2D", Name: "ICC PIN Encipherment Public Key Certificate", Value: "[3 bytes]"}},
		"signature over static data, which tries PANs":         {0x93, "6A6B6C", explain.Item{Label: "93", Name: "Signed Static Application Data", Value: "[3 bytes]"}},
		"issuer certificate, which holds what is shown anyway": {0x90, "6A6B6C", explain.Item{Label: "90", Name: "Issuer Public Key Certificate", Value: "6A6B6C"}},
		"text":                         {0x50, "414D455820", explain.Item{Label: "50", Name: "Application Label", Value: "414D455820", Text: `"AMEX"`}},
		"text that can not be printed": {0x50, "414D1B58", explain.Item{Label: "50", Name: "Application Label", Value: "414D1B58"}},
		"CVM results": {0x9F34, "440302", explain.Item{Label: "9F34", Name: "Cardholder Verification Method (CVM) Results", Value: "440302",
			Notes: []string{"Enciphered PIN verification performed by ICC; If terminal supports the CVM; successful"}}},
		"reserved bits": {0x9B, "0001", explain.Item{Label: "9B", Name: "Transaction Status Information", Value: "0001",
			Notes: []string{"byte 2, 01: RFU"}}},
		"unknown, which may hold anything": {0xDF01, "AA", explain.Item{Label: "DF01", Name: "unknown data object", Value: "[1 byte]"}},
		"script command that is none":      {0x86, "84", explain.Item{Label: "86", Name: "Issuer Script Command", Value: "84"}},
	} {
		t.Run(name, func(t *testing.T) {
			assert.Equal(t, c.want, explain.Element(c.tag, vectors.Unhex(t, c.value), explain.Masked))
		})
	}
}

func TestMalformedValuesSayWhy(t *testing.T) {
	for _, tag := range []emv.Tag{0x82, 0x8A, 0x8C, 0x8E, 0x94, 0x95, 0x9B, 0x9F07, 0x9F0D, 0x9F10, 0x9F27, 0x9F33, 0x9F34, 0x9F40} {
		item := explain.Element(tag, []byte{0x9F}, explain.Masked)
		if tag == 0x9F27 {
			item = explain.Element(tag, []byte{0x80, 0x80}, explain.Masked)
		}
		require.Len(t, item.Notes, 1, tag)
		assert.Contains(t, item.Notes[0], string(emv.ErrMalformed), tag)
	}
}

func TestPINDataIsNeverShown(t *testing.T) {
	for _, view := range []explain.View{explain.Masked, explain.Clear} {
		for _, command := range []string{"0020008008241234FFFFFFFFFF", "8424000218BB221AF527377A2811D2B6EBC396A9391A965A5CB2CE62DA"} {
			item, err := explain.Command(vectors.Unhex(t, command), view)
			require.NoError(t, err)
			assert.Regexp(t, `^\[\d+ bytes\]$`, item.Value)
		}
		assert.Equal(t, "[8 bytes]", explain.Element(0x99, vectors.Unhex(t, "041234FFFFFFFFFF"), view).Value)
		items, err := explain.TLV(vectors.Unhex(t, "721F861D8424000218BB221AF527377A2811D2B6EBC396A9391A965A5CB2CE62DA"), view)
		require.NoError(t, err)
		assert.NotContains(t, asJSON(t, items), "BB221A")
	}
}

func TestClearViewShowsAccounts(t *testing.T) {
	assert.Equal(t, "374245001741007F", explain.Element(0x5A, vectors.Unhex(t, "374245001741007F"), explain.Clear).Value)
	assert.Equal(t, "AA", explain.Element(0xDF01, []byte{0xAA}, explain.Clear).Value)
}

func TestCommandsAndResponses(t *testing.T) {
	for command, want := range map[string]explain.Item{
		"00A404000E315041592E5359532E444446303100": {Label: "00A40400", Name: "SELECT", Value: "315041592E5359532E4444463031",
			Text: `"1PAY.SYS.DDF01"`, Notes: []string{"expects up to 256 bytes"}},
		"00A4040206A0000000250100": {Label: "00A40402", Name: "SELECT", Value: "A00000002501", Notes: []string{"next occurrence", "expects up to 256 bytes"}},
		"00B2010C00":               {Label: "00B2010C", Name: "READ RECORD", Notes: []string{"record 1 of SFI 1", "expects up to 256 bytes"}},
		"80CA9F1700": {Label: "80CA9F17", Name: "GET DATA",
			Notes: []string{"Personal Identification Number (PIN) Try Counter", "expects up to 256 bytes"}},
		"002000880411223344": {Label: "00200088", Name: "VERIFY", Value: "[4 bytes]", Notes: []string{"enciphered PIN"}},
		"80AE500001AA00": {Label: "80AE5000", Name: "GENERATE AC", Value: "AA",
			Notes: []string{"asks for TC", "with CDA", "expects up to 256 bytes"}},
		"04DA005A020011":   {Label: "04DA005A", Name: "PUT DATA", Value: "[2 bytes]", Notes: []string{"Application Primary Account Number (PAN)"}},
		"04DC010C03700100": {Label: "04DC010C", Name: "UPDATE RECORD", Items: []explain.Item{{Label: "70", Name: "READ RECORD Response Message Template", Items: []explain.Item{}}}},
	} {
		got, err := explain.Command(vectors.Unhex(t, command), explain.Masked)
		require.NoError(t, err)
		assert.Equal(t, want, got, command)
	}
	got, err := explain.Response(vectors.Unhex(t, "3742450017410076300"+"0"), explain.Masked)
	require.NoError(t, err)
	assert.Equal(t, "[8 bytes]", got.Value, "what is no TLV may be a piece of a record")
	for sw, name := range map[string]string{"9000": "success", "6F42": "unknown status"} {
		item, err := explain.Response(vectors.Unhex(t, sw), explain.Masked)
		require.NoError(t, err)
		assert.Equal(t, name, item.Name)
	}
	for _, short := range []string{"", "90"} {
		_, err := explain.Response(vectors.Unhex(t, short), explain.Masked)
		assert.ErrorIs(t, err, emv.ErrMalformed)
		_, err = explain.Command(vectors.Unhex(t, short), explain.Masked)
		assert.ErrorIs(t, err, emv.ErrMalformed)
	}
}

// TestPieces: a piece of an answer can look like data objects. This one is the
// end of a PAN, behind 700A5A08.
func TestPieces(t *testing.T) {
	piece := "5006112233445566"
	for name, c := range map[string]struct {
		command, response, masked, clear string
	}{
		"more to come":           {"00B2010C00", piece + "6108", "[8 bytes]", piece},
		"wrong Le":               {"00B2010C00", piece + "6C08", "[8 bytes]", piece},
		"answer to GET RESPONSE": {"00C0000008", piece + "9000", "[8 bytes]", piece},
		"status alone":           {"00C0000008", "6108", "", ""},
		"whole answer":           {"00B2010C00", piece + "9000", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			for view, want := range map[explain.View]string{explain.Masked: c.masked, explain.Clear: c.clear} {
				got, err := explain.ResponseTo(vectors.Unhex(t, c.command), vectors.Unhex(t, c.response), view)
				require.NoError(t, err)
				assert.Equal(t, want, got.Value)
				assert.Equal(t, name == "whole answer", len(got.Items) > 0)
			}
		})
	}
	got, err := explain.Response(vectors.Unhex(t, piece+"6108"), explain.Masked)
	require.NoError(t, err)
	assert.Equal(t, explain.Item{Label: "6108", Name: got.Name, Value: "[8 bytes]"}, got)
	_, err = explain.ResponseTo(vectors.Unhex(t, "00C0000008"), []byte{0x90}, explain.Masked)
	assert.ErrorIs(t, err, emv.ErrMalformed)
}

func asJSON(t testing.TB, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	require.NoError(t, err)
	return string(b)
}

// TestRecordedDialogues explains every APDU that others recorded, and finds no
// account number in what it says.
func TestRecordedDialogues(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(need.Foreign(t, "traces"), "*.txt"))
	require.NoError(t, err)
	explained, numbers := 0, 0
	for _, name := range files {
		if filepath.Base(name) == "LICENCES.txt" {
			continue
		}
		said, accounts := explainTrace(t, name)
		explained++
		numbers += len(accounts)
		assert.NotContains(t, said, string(emv.ErrMalformed), name)
		assert.NotContains(t, said, "unknown command", name)
		for _, digits := range accounts {
			assert.NotContains(t, said, digits, name)
		}
	}
	assert.GreaterOrEqual(t, explained, 5)
	assert.GreaterOrEqual(t, numbers, 5)
}

// explainTrace returns all that is said of a recorded dialogue, and the digits
// of the account numbers in it.
func explainTrace(t *testing.T, name string) (said string, accounts []string) {
	t.Helper()
	f, err := os.Open(name)
	require.NoError(t, err)
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		kind, digits, ok := strings.Cut(lines.Text(), ": ")
		if !ok || kind != "C" && kind != "R" {
			continue
		}
		of := explain.Command
		if kind == "R" {
			of = explain.Response
		}
		item, err := of(vectors.Unhex(t, digits), explain.Masked)
		require.NoError(t, err)
		said += asJSON(t, item)
		clear, err := of(vectors.Unhex(t, digits), explain.Clear)
		require.NoError(t, err)
		accounts = append(accounts, accountsIn(clear)...)
	}
	return said, accounts
}

// accountsIn returns the values of tags 5A and 57 in an item.
func accountsIn(item explain.Item) []string {
	var found []string
	if (item.Label == "5A" || item.Label == "57") && len(item.Value) >= 14 {
		found = append(found, item.Value[:14])
	}
	for _, i := range item.Items {
		found = append(found, accountsIn(i)...)
	}
	return found
}

// TestSampleMessages explains the chip data of the sample answers of others.
func TestSampleMessages(t *testing.T) {
	type sample struct {
		Name   string
		Expect emv.Failure
		In     struct{ DE55 vectors.Bytes }
	}
	b, err := os.ReadFile(need.Foreign(t, "messages", "bertlv-response.json"))
	require.NoError(t, err)
	var samples []sample
	require.NoError(t, json.Unmarshal(b, &samples))
	require.NotEmpty(t, samples)
	for _, s := range samples {
		items, err := explain.TLV(s.In.DE55, explain.Masked)
		require.NoError(t, err, s.Name)
		said := asJSON(t, items)
		assert.Contains(t, said, "Issuer Authentication Data", s.Name)
		assert.Contains(t, said, "PUT DATA", s.Name)
	}
}

func FuzzExplain(f *testing.F) {
	f.Add(vectors.Unhex(f, "6F2C8408A000000025010403A5205010416D65726963616E20457870726573739F38039F35018701015F2D02656E"))
	f.Add(vectors.Unhex(f, "80AE90001D00000001200000000000000000360000048000003614103100327273B900"))
	f.Add(vectors.Unhex(f, "721F861D8424000218BB221AF527377A2811D2B6EBC396A9391A965A5CB2CE62DA9000"))
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, view := range []explain.View{explain.Masked, explain.Clear} {
			_, _ = explain.TLV(b, view)
			_, _ = explain.DOL(b)
			_, _ = explain.Command(b, view)
			_, _ = explain.Response(b, view)
		}
	})
}
