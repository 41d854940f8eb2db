package perso_test

import (
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv/perso"
	"github.com/f510b0cf/till/testdata/vectors"
)

// TestLoadErrors writes one thing wrong into a profile. Each error names the
// line and what to write, and quotes no value.
func TestLoadErrors(t *testing.T) {
	for given, want := range map[string]string{
		"":                                      "the file is empty",
		"- a list":                              "line 1: want fields below",
		"name: x\nlable: y":                     `line 2: unknown field "lable": want one of extends, name, note, atr, protocol, pse, account, pin, pin_try_limit, pin_tries_used, keys, applications, application, corrupt`,
		"name: x\nname: y":                      "line 2: mapping key \"name\" already defined at line 1",
		"name: [x]":                             "line 1: want text",
		"name: x\n---\nname: y":                 "more than one document",
		"pin: 12x4":                             "line 1: want a PIN of 4 to 12 digits in quotes",
		"pin: [1234]":                           "line 1: want a PIN",
		"pin: \"123\"":                          "line 1: want a PIN",
		"pse: maybe":                            "line 1: want true or false",
		"pin_try_limit: 300":                    "line 1: want a whole number",
		"atr: 3B6":                              "line 1: want bytes as pairs",
		"applications: amex":                    "line 1: want a list",
		"account: x":                            "line 1: want fields below",
		"account:\n  pan: 37424":                "line 2: want 8 to 19 digits",
		"account:\n  pan_prefix: 37A":           "line 2: want decimal digits",
		"account:\n  sequence_number: 5":        "line 2: want two digits",
		"account:\n  expiry: 2031-13":           "line 2: want a month such as 2031-12",
		"account:\n  expiry: 2050-01":           "line 2: want a month",
		"account:\n  effective: 2025-02-30":     "line 2: want a date such as 2026-01-31",
		"account:\n  colour: red":               "line 2: unknown field \"colour\": want one of pan, pan_prefix",
		"keys:\n  imk_ac: 0123456789ABCDEF":     "line 2: want a two-key TDES key of 16 bytes",
		"keys:\n  option: C":                    "line 2: want A or B",
		"applications:\n- aip: 3C":              "line 2: want 4 hexadecimal digits, or a list of bits: ",
		"applications:\n- aip: [dda]":           "line 2: want 4 hexadecimal digits, or a list of bits: ",
		"applications:\n- auc: x":               "domestic-cash",
		"applications:\n- dki: 123":             "line 2: want two hexadecimal digits",
		"applications:\n- cvm_list: 44":         "line 2: want rules in words",
		"applications:\n- cvm_list: {x: \"1\"}": "line 2: want x, y and rules, all three",
		"applications:\n- cvm_list: {x: \"-1\", y: \"0\", rules: \"1F03\"}": "line 2: want an amount",
		"applications:\n- cvm_list: {x: 0, y: 0, z: 0}":                     "line 2: want x, y and rules, each once",
		"applications:\n- cvm_list: {x: 0, x: 0, y: 0}":                     "line 2: want x, y and rules, each once",
		"applications:\n- cvm_list: [pin]":                                  "line 2: want a method (enciphered-pin, ",
		"applications:\n- cvm_list: [online-pin else-next if-supported]":    "then else-next or nothing",
		"applications:\n- cvm_list: [else-next]":                            "line 2: want a method",
		"applications:\n- cvm_list: []":                                     "line 2: want one rule or more",
		"applications:\n- iac: {online: [new-kard]}":                        "line 2: want 10 hexadecimal digits, or a list of bits: application-not-yet-effective",
		"applications:\n- cdol1: 9F02":                                      "line 2: want a data object list",
		"applications:\n- cdol1: [91]":                                      "line 2: want a tag, with a length in bytes behind it where that is not fixed",
		"applications:\n- cdol1: [9F02 300]":                                "line 2: want a tag, with a length",
		"applications:\n- cdol1: [9F02 6 6]":                                "line 2: want a tag, with a length",
		"applications:\n- cdol1: [[9F02]]":                                  "line 2: want a tag, with a length",
		"applications:\n- iac: {online: 00}":                                "line 2: want 10 hexadecimal digits, or a list of bits: ",
		"applications:\n- oda: {method: pda}":                               "line 2: want none, sda, dda or cda",
		"applications:\n- oda: {bits: 5}":                                   "line 2: unknown field \"bits\": want one of method, ca, issuer, icc, pin, exponent, sign_aip, ca_index, ca_key, issuer_key, icc_key, pin_key",
		"applications:\n- objects: [5A]":                                    "line 2: want data objects below",
		"applications:\n- objects: {70: 00}":                                "line 2: want the tag of a primitive data object",
		"applications:\n- objects: {9F: 00}":                                "line 2: want a tag",
		"applications:\n- objects: {5A: \"00\", \"5a\": \"00\"}":            "line 2: 5A is there twice",
		"applications:\n- records: [{sfi: x}]":                              "line 2: want a whole number",
		"applications:\n- records: [{sfi: 1, tags: [9F]}]":                  "line 2: want a tag as hexadecimal digits",
		"applications:\n- oda: {icc_key: {p: xy}}":                          "line 2: want bytes",
		"applications:\n- oda: {icc_key: {d: 03}}":                          "line 2: unknown field \"d\": want one of p, q, exponent",
		"corrupt: atr-length":                                               "line 1: want a list of issuer-certificate-signature, ",
		"corrupt: [atr-lenght]":                                             "line 1: want a list of",
		"corrupt:\n- atr-length\n- atr-length":                              "line 3: want a list of",
		"application: {dki: 01}":                                            "line 1: application changes the first one of a profile that is extended",
		"extends: amex\napplications: [{dki: 01}]\napplication: {dki: 02}":  "line 3: application changes the first",
		"extends: amex\napplication: {dky: 02}":                             "line 2: unknown field \"dky\": want one of aid",
		"a: b: c":                                                           "mapping values are not allowed",
		"extends: nobody":                                                   "nobody.yaml",
		"extends: test":                                                     "more than 4 profiles extend each other",
	} {
		_, err := parse(t, given)
		require.ErrorContains(t, err, want, given)
		assert.ErrorContains(t, err, "load profile: test.yaml", given)
		assert.NotContains(t, err.Error(), "perso.", "names of our types say nothing: %s", given)
		for _, value := range []string{"12x4", "37424", "0123456789"} {
			assert.NotContains(t, err.Error(), value)
		}
	}
}

func TestPersonaliseWantsFields(t *testing.T) {
	for given, want := range map[string]string{
		"pin: \"1234\"": "name is missing",
		"name: x":       "applications are missing",
		"name: x\napplications: [{aid: A0000000}]":                                                         "application 1: aid: 4 bytes, want 5 to 16",
		"name: x\napplications: [{aid: A000000025}]":                                                       "label: want 1 to 16 characters",
		"name: x\napplications: [{aid: A000000025, label: X, priority: 16}]":                               "priority: 16, want 1 (first) to 15",
		"name: x\napplications: [{aid: A000000025, label: X}]":                                             "cryptogram: want one of visa-cvn10,",
		"name: x\napplications: [{aid: A000000025, label: X, cryptogram: amex-style}]":                     "script: want one of",
		"name: x\napplications: [{aid: A000000025, label: X, cryptogram: amex-style, script: amex-style}]": "account: give pan",
		"extends: amex\naccount: {effective: 2036-01-01}":                                                  "expiry: lies before the effective date",
		"extends: amex\npin_try_limit: 16":                                                                 "PIN try limit 16, want 1 to 15",
		"extends: amex\nname: \"\"":                                                                        "name is missing",
		"extends: amex\natr: \"00\"":                                                                       "ATR: want TS",
	} {
		_, err := perso.Personalise(text(t, given), options(1))
		require.ErrorContains(t, err, want)
	}
}

// TestBareDigitsKeepTheirZeros writes digits without quotes.
func TestBareDigitsKeepTheirZeros(t *testing.T) {
	card := personalise(t, text(t, "extends: amex\npin: 0123\naccount: {pan: 374245001741007, sequence_number: 01, country: 036}"), 1)
	a := card.Image.Applications[0]
	a.PIN.Open(func(digits []byte) { assert.Equal(t, "0123", string(digits)) })
	assert.EqualValues(t, 1, a.SequenceNumber)
	assert.Equal(t, vectors.Unhex(t, "0036"), objects(t, a)[0x5F28])
}

func TestExtends(t *testing.T) {
	files := fstest.MapFS{
		"base.yaml":   {Data: []byte(shortest + "pin: \"1234\"\natr: 3B00\n")},
		"middle.yaml": {Data: []byte("extends: base\npin: none\naccount: {country: \"276\"}")},
		"top.yaml":    {Data: []byte("extends: middle\nname: top\natr: 3B0100")},
	}
	p, err := perso.Load(files, "top.yaml")
	require.NoError(t, err)
	assert.Equal(t, "top", p.Name())
	card := personalise(t, p, 1)
	a := card.Image.Applications[0]
	assert.True(t, a.PIN.IsZero())
	assert.Equal(t, vectors.Unhex(t, "3B0100"), card.Image.ATR)
	assert.Equal(t, vectors.Unhex(t, "0276"), objects(t, a)[0x5F28])
	assert.Equal(t, vectors.Unhex(t, "374245001741007F"), objects(t, a)[0x5A], "fields beside the one replaced stay")

	_, err = perso.Load(files, "missing.yaml")
	require.ErrorIs(t, err, fs.ErrNotExist)
	files["long.yaml"] = &fstest.MapFile{Data: []byte(strings.Repeat("# comment\n", 1<<15))}
	_, err = perso.Load(files, "long.yaml")
	require.ErrorContains(t, err, "more than 262144 bytes")
}

func FuzzLoad(f *testing.F) {
	amex, err := fs.ReadFile(builtIn(f), "amex.yaml")
	require.NoError(f, err)
	f.Add(string(amex))
	f.Add(shortest)
	f.Add(minimal + "  cvm_list: [no-cvm]\n  blocked: true\ncorrupt: [record-missing, record-length, afl-sfi, fci-malformed, atr-length, cvm-list-malformed]\n")
	f.Add(minimal + "corrupt: [afl-empty, cdol1-missing, expiration-date-missing]\npin_tries_used: 3\n")
	f.Fuzz(func(t *testing.T, s string) {
		p, err := perso.Load(fstest.MapFS{"f.yaml": {Data: []byte(s)}}, "f.yaml")
		if err != nil {
			assert.NotContains(t, err.Error(), "perso.")
			return
		}
		if strings.Contains(s, "oda") {
			return // keys take too long to draw for a fuzz target
		}
		_, _ = perso.Personalise(p, options(1))
	})
}
