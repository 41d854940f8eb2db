package cryptogram_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/cryptogram"
	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/testdata/vectors"
)

// The figures in this file are those of the tests and docstrings of
// knovichikhin/pyemv, most of which the vector files do not have.

// testIMK is the issuer master key of all these figures.
const testIMK = "0123456789ABCDEFFEDCBA9876543210"

// TestOptionBOfLongPAN: pyemv tests/test_kd_hsm.py and, for the whole key, the
// docstring of pyemv/kd.py. The AC is over 16 bytes under CSK with the given R
// and padding 2, the ARPC by method 2 with a CSU of zeros.
func TestOptionBOfLongPAN(t *testing.T) {
	const r, data = "1234567890123456", "0123456789ABCDEF0123456789ABCDEF"
	cases := []struct {
		name, pan, psn          string
		mk, sk                  string // first two bytes of the check values
		r, data, prop, ac, arpc string
	}{
		{"17 digits", "12345678901234567", "45", "0BAF", "4262", r, data, "", "5760EE07B4FA65D1", "106B81D9"},
		{"17 digits, no PSN", "12345678901234567", "", "4626", "7F36", r, data, "", "0BAA251EA8989442", "C1C41F3A"},
		{"18 digits", "123456789012345679", "00", "C2F3", "7C35", r, data, "", "DC95BCE3EBBE0296", "ECCA0C4B"},
		{"hash with 15 decimal digits", "000000000000000005", "23", "DD73", "04F8", "001C000000000000",
			"0000000040000000000000000124800004800001241911050152BF45851800001C06011203A0B800", "12345678",
			"8CAD6F2489C640B1", "E39F1876"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			mk := cryptogram.MasterKey(tdes(t, vectors.Unhex(t, testIMK)), pan(t, c.pan), psn(t, c.psn), cryptogram.OptionB)
			assert.Equal(t, c.mk, kcv(mk)[:4])
			sk := cryptogram.CSK(mk, [8]byte(vectors.Unhex(t, c.r)))
			assert.Equal(t, c.sk, kcv(sk)[:4])
			ac := cryptogram.Compute(sk, secret.Padding2, vectors.Unhex(t, c.data))
			assert.Equal(t, emv.AC(vectors.Unhex(t, c.ac)), ac)
			arpc, err := cryptogram.ARPC2(sk, ac, [4]byte{}, vectors.Unhex(t, c.prop))
			require.NoError(t, err)
			assert.Equal(t, c.arpc, vectors.Bytes(arpc[:]).String())
		})
	}
	mk := cryptogram.MasterKey(tdes(t, vectors.Unhex(t, testIMK)), pan(t, "12345678901234567"), 1, cryptogram.OptionB)
	assert.Equal(t, "AD406D7F6D7570916D75E5DCAB8CF737", bytesOf(mk).String())
}

// TestPublishedProfiles: pyemv tests/test_cvn_hsm.py, all for PAN
// 1234567890123456 with PSN 00. The issuer application data of the Mastercard
// cases is that of the comments there, which the tests cut up by hand.
func TestPublishedProfiles(t *testing.T) {
	const (
		visa = "9F0206000000004000" + "9F0306000000000000" + "9F1A020124" + "95058000048000" + "5F2A020124" +
			"9A03191105" + "9C0101" + "9F370452BF4585" + "82021800" + "9F3602001C"
		others = "9F0206000000009999" + "9F0306000000000000" + "9F1A020124" + "95058000000000" + "5F2A020124" +
			"9A03209906" + "9C0100" + "9F3704ABCDEF12" + "82021800" + "9F3602001C"
	)
	cases := []struct {
		profile string
		scheme  cryptogram.Scheme
		tags    string
		iad     string
		ac      string
		arc     string // CSU is zero
		tag91   string
	}{
		{"visa-cvn10", cryptogram.SchemeVisa, visa, "06010A03A06010", "29CCA15AE665FA2E", "3030", "28993816AFAE4AEB3030"},
		{"visa-cvn18", cryptogram.SchemeVisa, visa, "06011203A0B800", "7A788EA6B8A3E733", "0000", "9AF514C100000000"},
		{"mc-cvn16", cryptogram.SchemeMastercard, others, "0110A00003220000000000000000000000FF", "24CCF3DEE3158C70", "0010", "73F6BBF389A6586C0010"},
		{"mc-cvn17", cryptogram.SchemeMastercard, others, "0111A00003220000000000000000000322FF", "EAE8A620A75648D8", "0010", "29CF11FBDB9CA6500010"},
		{"mc-cvn20", cryptogram.SchemeMastercard, others, "0114A00003220000000000000000000000FF", "CD29615D6452E70E", "0010", "DFD0956606B68D640010"},
		{"mc-cvn21", cryptogram.SchemeMastercard, others, "0115A00003220000000000000000000322FF", "C30E54BE496CF5E5", "0010", "4F51F9CC63CE8B3C0010"},
		{"interac-133", cryptogram.SchemeInterac, others, "1501850440B100000000B00000000000000000000000", "18932FECA2D84326", "0000", "4DF171A49396C3630000"},
	}
	mk := cryptogram.MasterKey(tdes(t, vectors.Unhex(t, testIMK)), pan(t, "1234567890123456"), 0, cryptogram.OptionA)
	for _, c := range cases {
		t.Run(c.profile, func(t *testing.T) {
			iad := vectors.Unhex(t, c.iad)
			p, ok := cryptogram.ProfileFor(c.scheme, iad)
			require.True(t, ok)
			require.Equal(t, c.profile, p.Name)
			in, err := cryptogram.ParseInput(vectors.Unhex(t, c.tags))
			require.NoError(t, err)
			in.IAD = iad
			s := p.Session(mk, in.ATC, in.UnpredictableNumber)
			ac, err := s.Compute(&in)
			require.NoError(t, err)
			assert.Equal(t, c.ac, vectors.Bytes(ac[:]).String())
			tag91, err := s.AppendIssuerAuthenticationData(nil, ac, cryptogram.IssuerResponse{ARC: [2]byte(vectors.Unhex(t, c.arc))})
			require.NoError(t, err)
			assert.Equal(t, c.tag91, vectors.Bytes(tag91).String())
		})
	}
}

// TestCommonElementsAlone: the docstring of generate_ac in pyemv/ac.py, which
// covers the ten elements without a tail.
func TestCommonElementsAlone(t *testing.T) {
	in, err := cryptogram.ParseInput(vectors.Unhex(t, "9F0206000000002000"+"9F0306000000000000"+"9F1A020124"+"95050000008000"+
		"5F2A020124"+"9A03110309"+"9C0100"+"9F37043804823E"+"82025800"+"9F36020001"))
	require.NoError(t, err)
	key := tdes(t, vectors.Unhex(t, "AAAAAAAAAAAAAAAABBBBBBBBBBBBBBBB"))
	s := cryptogram.Session{AC: key}
	s.Profile.Tail, s.Profile.Padding = cryptogram.TailNone, secret.Padding2
	ac, err := s.Compute(&in)
	require.NoError(t, err)
	assert.Equal(t, emv.AC(vectors.Unhex(t, "3B76CF10FECD8789")), ac)

	arqc := emv.AC(vectors.Unhex(t, "1234567890ABCDEF"))
	arpc1 := cryptogram.ARPC1(key, arqc, [2]byte{})
	assert.Equal(t, "F5E6F44147E2F1B0", vectors.Bytes(arpc1[:]).String())
	arpc2, err := cryptogram.ARPC2(key, arqc, [4]byte{}, nil)
	require.NoError(t, err)
	assert.Equal(t, "9308BEBC", vectors.Bytes(arpc2[:]).String())
}
