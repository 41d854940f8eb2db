package oda_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/oda"
	"github.com/f510b0cf/till/testdata/vectors"
)

func TestAppendRecord(t *testing.T) {
	record := vectors.Unhex(t, "7003 9F0700")
	for sfi, want := range map[byte]string{1: "AA9F0700", 10: "AA9F0700", 11: "AA70039F0700", 30: "AA70039F0700"} {
		data, err := oda.AppendRecord([]byte{0xAA}, sfi, record)
		require.NoError(t, err)
		assert.Equal(t, vectors.Unhex(t, want), data, sfi)
	}
	long := append([]byte{0x70, 0x81, 0x80}, make([]byte, 128)...)
	data, err := oda.AppendRecord(nil, 2, long)
	require.NoError(t, err)
	assert.Equal(t, make([]byte, 128), data)
}

func TestAppendRecordOfOtherForm(t *testing.T) {
	for name, record := range map[string]string{
		"empty":              "",
		"other template":     "7703 9F0700",
		"two templates":      "7000 7000",
		"bytes behind it":    "7003 9F0700 00",
		"bytes before it":    "00 7003 9F0700",
		"longer than it is":  "7004 9F0700",
		"length left out":    "70",
		"primitive objects":  "9F0700",
		"proprietary record": "6A0102",
	} {
		t.Run(name, func(t *testing.T) {
			for _, sfi := range []byte{1, 10, 11, 30} {
				_, err := oda.AppendRecord(nil, sfi, vectors.Unhex(t, record))
				assert.ErrorIs(t, err, emv.ErrMalformed, sfi)
			}
		})
	}
}

func TestAppendTagList(t *testing.T) {
	aip := [2]byte{0x5D, 0x80}
	data, err := oda.AppendTagList([]byte{0xAA}, []byte{0x82}, aip)
	require.NoError(t, err)
	assert.Equal(t, []byte{0xAA, 0x5D, 0x80}, data)
	data, err = oda.AppendTagList([]byte{0xAA}, nil, aip)
	require.NoError(t, err)
	assert.Equal(t, []byte{0xAA}, data, "no tag list")
	for _, list := range [][]byte{{}, {0x82, 0x82}, {0x82, 0x5A}, {0x84}} {
		_, err = oda.AppendTagList(nil, list, aip)
		assert.ErrorIs(t, err, emv.ErrMalformed, list)
	}
}

func TestDiagnoseStaticData(t *testing.T) {
	issuer := testKey(t, 768, oda.Exponent3, 2)
	records, template, aip := "5A08374245001741007F", "700A5A08374245001741007F", "5D80"
	for name, test := range map[string]struct{ signed, given, want string }{
		"AIP left out":               {records + aip, records, "with AIP 5D80 at the end"},
		"AIP added":                  {records, records + aip, "without the AIP at the end"},
		"template kept":              {records, template, "without tag 70 and its length"},
		"template kept, with AIP":    {records + aip, template + aip, "without tag 70 and its length"},
		"template kept, without AIP": {records + aip, template, "without tag 70 and its length, with AIP 5D80 at the end"},
		"template kept, AIP added":   {records, template + aip, "without tag 70 and its length, without the AIP at the end"},
		"something else":             {records, "5A08374245001741008F", ""},
		"nothing given":              {records, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			ssad, err := oda.SignStaticData(issuer, [2]byte{}, vectors.Unhex(t, test.signed))
			require.NoError(t, err)
			s, err := oda.RecoverSignedStaticData(issuer.Public(), ssad)
			require.NoError(t, err)
			given := vectors.Unhex(t, test.given)
			remedy, found := oda.DiagnoseStaticData(given, s.HashMatches)
			assert.Equal(t, test.want, remedy)
			assert.Equal(t, test.want != "", found)
			assert.Equal(t, vectors.Unhex(t, test.given), given, "the input stays as it was")
		})
	}
}

func TestDiagnoseTransactionData(t *testing.T) {
	response := vectors.Unhex(t, "9F270180")
	all := oda.TransactionData{PDOL: []byte{0x22}, CDOL1: []byte("one"), CDOL2: []byte("two"), Response: response}
	for name, test := range map[string]struct {
		signed, given oda.TransactionData
		want          string
	}{
		"PDOL data left out": {
			oda.TransactionData{PDOL: []byte{0x22}, CDOL1: []byte("one"), Response: response},
			oda.TransactionData{CDOL1: []byte("one"), Response: response},
			"with PDOL data 22 before it",
		},
		"PDOL data of two bytes left out": {
			oda.TransactionData{PDOL: []byte{0x08, 0x26}, CDOL1: []byte("one"), Response: response},
			oda.TransactionData{CDOL1: []byte("one"), Response: response},
			"with PDOL data 0826 before it",
		},
		"PDOL data added":           {oda.TransactionData{CDOL1: []byte("one"), CDOL2: []byte("two"), Response: response}, all, "without the data of PDOL"},
		"CDOL2 data added":          {oda.TransactionData{PDOL: []byte{0x22}, CDOL1: []byte("one"), Response: response}, all, "without the data of CDOL2"},
		"PDOL and CDOL1 data added": {oda.TransactionData{CDOL2: []byte("two"), Response: response}, all, "without the data of PDOL and CDOL1"},
		"other response":            {oda.TransactionData{Response: vectors.Unhex(t, "9F270140")}, all, ""},
	} {
		t.Run(name, func(t *testing.T) {
			hash, err := test.signed.Hash()
			require.NoError(t, err)
			remedy, found := test.given.Diagnose(hash)
			assert.Equal(t, test.want, remedy)
			assert.Equal(t, test.want != "", found)
		})
	}
}

func TestFindUnpredictableNumber(t *testing.T) {
	icc := testKey(t, 1024, oda.Exponent3, 3)
	un := emv.UnpredictableNumber{0x32, 0x72, 0x73, 0xB9}
	signature, err := oda.SignCDA(icc, oda.CombinedData{ICCDynamicNumber: make([]byte, 8)}, un)
	require.NoError(t, err)
	s, err := oda.RecoverSignedDynamicData(icc.Public(), signature)
	require.NoError(t, err)
	found, ok := s.FindUnpredictableNumber(nil, []byte{1}, vectors.Unhex(t, "0000 327273B9"))
	assert.True(t, ok)
	assert.Equal(t, un, found)
	_, ok = s.FindUnpredictableNumber(vectors.Unhex(t, "0000 327273B8"))
	assert.False(t, ok)
}
