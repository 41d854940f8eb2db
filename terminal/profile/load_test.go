package profile_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/oda"
	"github.com/f510b0cf/till/emv/tlv"
	"github.com/f510b0cf/till/terminal/profile"
	"github.com/f510b0cf/till/testdata"
)

// whole has every key of the format.
const whole = `
name: whole
type: "25"
capabilities: E0F8C8
additional_capabilities: [goods, numeric-keys]
country: "056"
currency: {code: "392", exponent: 0}
serial_number: "12345678"
terminal_id: TERM  01
merchant: {id: MERCHANT 000001, category: "0763", name: SHOP}
acquirer: "00000000001"
transaction_category: R
select_by_directory: true
pin_bypass: true
approval_codes: ["00", "08"]
applications:
  - aid: A00000002501
    partial_selection: true
    versions: ["0002", "0001"]
    tac:
      denial: []
      online: DE00FC9800
      default: [oda-not-performed, floor-limit-exceeded]
    floor_limit: "5000"
    random_selection: {target_percentage: 10, maximum_percentage: 99, threshold: "1000"}
    default_ddol: "9F3704"
    default_tdol: "9F02069F3704"
    data: {9F66: "36000000", "95": ""}
  - aid: A0000000031010
    versions: ["008C"]
    tac: {denial: "0000000000", online: "FFFFFFFFFF", default: "FFFFFFFFFF"}
    floor_limit: "0"
ca_public_keys: [amex-test]
`

func TestLoadReadsEveryKey(t *testing.T) {
	p, err := profile.Load(strings.NewReader(whole))
	require.NoError(t, err)
	assert.Equal(t, 7, p.CAPublicKeys.Len())
	p.CAPublicKeys = oda.CAPublicKeys{}
	assert.Equal(t, profile.Profile{
		Name:                    "whole",
		Type:                    0x25,
		Capabilities:            emv.TerminalCapabilities{0xE0, 0xF8, 0xC8},
		AdditionalCapabilities:  emv.AdditionalTerminalCapabilities{0x40, 0, 0x80, 0, 0},
		CountryCode:             56,
		CurrencyCode:            392,
		IFDSerialNumber:         "12345678",
		TerminalIdentification:  "TERM  01",
		MerchantIdentifier:      "MERCHANT 000001",
		MerchantCategoryCode:    763,
		MerchantNameAndLocation: "SHOP",
		AcquirerIdentifier:      1,
		TransactionCategoryCode: 'R',
		SelectByDirectory:       true,
		PINBypass:               true,
		ApprovalCodes:           []emv.ARC{0x3030, 0x3038},
		Applications: []profile.Application{{
			AID:              []byte{0xA0, 0x00, 0x00, 0x00, 0x25, 0x01},
			PartialSelection: true,
			Versions:         []uint16{2, 1},
			TACOnline:        emv.ActionCode{0xDE, 0x00, 0xFC, 0x98, 0x00},
			TACDefault:       emv.ActionCode{0x80, 0, 0, 0x80, 0},
			FloorLimit:       5000,
			RandomSelection:  profile.RandomSelection{TargetPercentage: 10, MaximumTargetPercentage: 99, Threshold: 1000},
			DefaultDDOL:      tlv.DOL{{Tag: 0x9F37, Length: 4}},
			DefaultTDOL:      tlv.DOL{{Tag: 0x9F02, Length: 6}, {Tag: 0x9F37, Length: 4}},
			Data:             []profile.Object{{Tag: 0x9F66, Value: []byte{0x36, 0, 0, 0}}, {Tag: 0x95, Value: []byte{}}},
		}, {
			AID:        []byte{0xA0, 0x00, 0x00, 0x00, 0x03, 0x10, 0x10},
			Versions:   []uint16{0x8C},
			TACOnline:  emv.ActionCode{0xFF, 0xFF, 0xFF, 0xFF, 0xFF},
			TACDefault: emv.ActionCode{0xFF, 0xFF, 0xFF, 0xFF, 0xFF},
		}},
	}, p)
}

func TestLoadSaysWhatToWrite(t *testing.T) {
	for name, c := range map[string]struct{ from, to, want string }{
		"unknown key":          {"pin_bypass: true", "pin_bypas: true", `line 14: unknown key "pin_bypas", want one of name, type, `},
		"unknown key within":   {"category: \"0763\"", "mcc: \"0763\"", `line 10: unknown key "mcc", want one of id, category, name`},
		"key twice":            {"pin_bypass: true", "name: again", "line 14: name: is there twice"},
		"key missing":          {"acquirer: \"00000000001\"\n", "", "line 2: acquirer: is missing"},
		"key missing within":   {"    versions: [\"008C\"]\n", "", "line 29: versions: is missing"},
		"bare digits":          {`country: "056"`, "country: 056", `line 6: country: want text; digits stand in quotes, as in "0978"`},
		"too few digits":       {`country: "056"`, `country: "56"`, "line 6: country: want 3 decimal digits"},
		"letters for digits":   {`country: "056"`, `country: DEU`, "line 6: country: want 3 decimal digits"},
		"sign":                 {`country: "056"`, `country: "+56"`, "line 6: country: want 3 decimal digits"},
		"terminal type":        {`type: "25"`, `type: "27"`, "line 3: type: parse terminal type: no such type"},
		"odd hexadecimal":      {"aid: A00000002501", "aid: A0000000250", "line 17: aid: want 5 to 16 bytes as pairs of hexadecimal digits"},
		"AID too short":        {"aid: A00000002501", "aid: A0000000", "line 17: aid: want 5 to 16 bytes"},
		"capabilities":         {"capabilities: E0F8C8", "capabilities: E0F8", "line 4: capabilities: want 3 bytes as pairs of hexadecimal digits, or a list of names of bits"},
		"name of a bit":        {"[goods, numeric-keys]", "[goods, nummeric-keys]", "line 5: no such bit, want one of cash, goods, "},
		"TAC":                  {"online: DE00FC9800", "online: DE00FC98", "line 22: online: want 5 bytes"},
		"TAC bit":              {"oda-not-performed, ", "oda, ", "line 23: no such bit, want one of oda-not-performed, "},
		"boolean":              {"pin_bypass: true", `pin_bypass: "yes"`, "line 14: pin_bypass: want true or false"},
		"ARC":                  {`["00", "08"]`, `["000"]`, `line 15: want an authorisation response code of two letters or digits, as in "00"`},
		"amount with places":   {`floor_limit: "5000"`, `floor_limit: "50.00"`, "line 24: floor_limit: want an amount such as 1234"},
		"amount bare":          {`floor_limit: "5000"`, `floor_limit: 5000`, "line 24: floor_limit: want text"},
		"floor limit too high": {`floor_limit: "5000"`, `floor_limit: "4294967296"`, "line 24: floor_limit: want 4294967295 at most"},
		"percentage":           {"target_percentage: 10", "target_percentage: 100", "line 25: target_percentage: want a number from 0 to 99"},
		"percentages":          {"maximum_percentage: 99", "maximum_percentage: 9", "line 25: random_selection: want a maximum_percentage that is not below the target_percentage"},
		"DOL":                  {`default_ddol: "9F3704"`, `default_ddol: "9F37"`, "line 26: default_ddol: parse DOL: length missing behind 9F37"},
		"data tag":             {"9F66:", "9F:", "line 28: want the tag of a primitive data object as hexadecimal digits"},
		"data constructed":     {"9F66:", "\"70\":", "line 28: want the tag of a primitive data object"},
		"data twice":           {`"95": ""`, `9f66: ""`, "line 28: 9F66: is there twice"},
		"data value":           {`"36000000"`, `"3600000"`, "line 28: 9F66: want 0 to 252 bytes"},
		"category":             {"transaction_category: R", "transaction_category: RR", "line 12: transaction_category: want one upper-case letter"},
		"name too long":        {"terminal_id: TERM  01", "terminal_id: TERMINAL 1", "line 9: terminal_id: want 8 printable characters"},
		"exponent":             {"exponent: 0", "exponent: 5", "line 7: exponent: want a number from 0 to 4"},
		"list for mapping":     {`{code: "392", exponent: 0}`, "[392, 0]", "line 7: want lines `key: value` with the keys code, exponent"},
		"text for list":        {`["00", "08"]`, `"00"`, "line 15: approval_codes: want a list"},
		"no application":       {whole[strings.Index(whole, "applications:"):strings.Index(whole, "ca_public_keys")], "applications: []\n", "line 16: applications: want one application or more"},
		"no version":           {`versions: ["008C"]`, `versions: []`, "line 30: versions: want one version or more"},
		"unknown list":         {"[amex-test]", "[amex-none]", `line 33: "amex-none": no built-in list of that name; a path of one's own ends in .yaml`},
		"path of a list":       {"[amex-test]", "[./keys.yaml]", `line 33: "./keys.yaml": a path means nothing here`},
		"list twice":           {"[amex-test]", "[amex-test, amex-test]", "ca_public_keys: collect CA public keys: A000000025 04 is there twice"},
		"alias":                {"name: SHOP", "name: *x", "unknown anchor 'x'"},
		"no YAML":              {"name: whole", "name: [", "line "},
		"nothing":              {whole, "", "the file is empty"},
		"two documents":        {whole, whole + "---\n" + whole, "the file has more than one document"},
		"too long":             {whole, whole + strings.Repeat("#", 1<<20), "input error: the file is longer than 1048576 bytes"},
	} {
		t.Run(name, func(t *testing.T) {
			require.Contains(t, whole, c.from)
			_, err := profile.Load(strings.NewReader(strings.Replace(whole, c.from, c.to, 1)))
			assert.ErrorContains(t, err, "load terminal profile: "+c.want)
		})
	}
}

func TestBuiltInProfiles(t *testing.T) {
	assert.Equal(t, []string{
		"attended", "cash-machine", "demo", "no-online-pin", "no-pin-pad", "offline", "quick-chip", "signature-only", "unattended",
	}, profile.Names())
	for _, name := range profile.Names() {
		t.Run(name, func(t *testing.T) {
			p, err := profile.Named(name)
			require.NoError(t, err)
			assert.Equal(t, name, p.Name)
			// The values of the reference: AID and TAC of public Amex configurations.
			require.Len(t, p.Applications, 1)
			a := p.Applications[0]
			assert.Equal(t, []byte{0xA0, 0x00, 0x00, 0x00, 0x25, 0x01}, a.AID)
			assert.Equal(t, "0010000000", a.TACDenial.String())
			assert.Equal(t, "DE00FC9800", a.TACOnline.String())
			assert.Equal(t, "DC50FC9800", a.TACDefault.String())
		})
	}
	_, err := profile.Named("../capk/amex-test")
	assert.ErrorContains(t, err, "the built-in ones are attended, cash-machine, demo")
}

func TestDemoGoesOnlineAndOfflineDoesNot(t *testing.T) {
	demo, err := profile.Named("demo")
	require.NoError(t, err)
	assert.Zero(t, demo.Applications[0].FloorLimit)
	assert.Equal(t, emv.TerminalType(0x22), demo.Type)
	for _, m := range []emv.CVM{emv.CVMPlaintextPIN, emv.CVMEncipheredPIN, emv.CVMOnlinePIN, emv.CVMSignature, emv.CVMNone} {
		assert.True(t, demo.Capabilities.SupportsCVM(m), m)
	}
	_, ok := demo.CAPublicKeys.Lookup(oda.RID{0xA0, 0, 0, 0, 0x25}, 0xC8)
	assert.True(t, ok)

	offline, err := profile.Named("offline")
	require.NoError(t, err)
	assert.True(t, offline.Type.OfflineOnly())
	assert.EqualValues(t, 100_00, offline.Applications[0].FloorLimit)
	assert.False(t, offline.Capabilities.SupportsCVM(emv.CVMOnlinePIN))
}

func TestLoadFileFindsListsBesideIt(t *testing.T) {
	dir := t.TempDir()
	list, err := testdata.Terminals.ReadFile("capk/amex-test.yaml")
	require.NoError(t, err)
	require.NoError(t, os.Mkdir(filepath.Join(dir, "keys"), 0o755))
	write := func(name, content string) string {
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, []byte(content), 0o644))
		return path
	}
	absolute := write("keys/amex.yaml", string(list))
	for name, lists := range map[string]string{"relative": "[keys/amex.yaml]", "absolute": "[" + absolute + "]", "built in": "[amex-test]"} {
		t.Run(name, func(t *testing.T) {
			p, err := profile.LoadFile(write("terminal.yaml", strings.Replace(whole, "[amex-test]", lists, 1)))
			require.NoError(t, err)
			assert.Equal(t, 7, p.CAPublicKeys.Len())
		})
	}

	write("keys/amex.yaml", strings.Replace(string(list), `rid: "A0`, `rid: "`, 1))
	_, err = profile.LoadFile(write("terminal.yaml", strings.Replace(whole, "[amex-test]", "[keys/amex.yaml]", 1)))
	require.ErrorContains(t, err, "terminal.yaml: line 33: \"keys/amex.yaml\": load CA public keys: line 9: rid: want 5 bytes")

	_, err = profile.LoadFile(filepath.Join(dir, "none.yaml"))
	assert.ErrorIs(t, err, os.ErrNotExist)
	_, err = profile.LoadFile(write("terminal.yaml", strings.Replace(whole, "[amex-test]", "[none.yaml]", 1)))
	assert.ErrorIs(t, err, os.ErrNotExist)
}

func FuzzLoad(f *testing.F) {
	f.Add(whole)
	f.Add("name: &a [*a, *a]\n<<: *a")
	f.Add("- ? [x]\n  : {}\n---")
	for _, name := range profile.Names() {
		text, err := testdata.Terminals.ReadFile("terminals/" + name + ".yaml")
		require.NoError(f, err)
		f.Add(string(text))
	}
	f.Fuzz(func(t *testing.T, text string) {
		p, err := profile.Load(strings.NewReader(text))
		if err != nil {
			require.ErrorContains(t, err, "load terminal profile: ")
			return
		}
		require.NotEmpty(t, p.Applications)
	})
}
