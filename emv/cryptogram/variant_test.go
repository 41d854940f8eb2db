package cryptogram_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/emv/cryptogram"
	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/testdata/vectors"
)

// inUse is the variant that amex-style is, for a card with PSN 02.
var inUse = cryptogram.Variant{
	Option: cryptogram.OptionA, SequenceNumber: 2, SessionKey: cryptogram.MethodNone,
	Layout: cryptogram.LayoutVisa0, Tail: cryptogram.TailCVR, Padding: secret.Padding1,
}

// TestSearchFindsTheVariant computes a cryptogram in another way than the one in
// use and looks for it.
func TestSearchFindsTheVariant(t *testing.T) {
	cases := []struct {
		alter       func(v *cryptogram.Variant)
		differences []string
		profiles    []string
	}{
		{func(v *cryptogram.Variant) {}, nil, []string{"visa-cvn10", "amex-style"}},
		{func(v *cryptogram.Variant) { v.Padding = secret.Padding2 }, []string{"padding method 2"}, nil},
		{func(v *cryptogram.Variant) { v.SequenceNumber = 0 }, []string{"PAN sequence number 00"}, []string{"visa-cvn10", "amex-style"}},
		{func(v *cryptogram.Variant) { v.Option = cryptogram.OptionB }, []string{"option B"}, []string{"visa-cvn10", "amex-style"}},
		{func(v *cryptogram.Variant) { v.Direct, v.Option, v.SequenceNumber = true, 0, 0 },
			[]string{"the key used as the card's own"}, []string{"visa-cvn10", "amex-style"}},
		{func(v *cryptogram.Variant) { v.SessionKey = cryptogram.MethodVisaSM }, []string{"session key method visa-sm"}, nil},
		{func(v *cryptogram.Variant) { v.Layout, v.Tail = 0, cryptogram.TailNone }, []string{"no tail"}, nil},
		{func(v *cryptogram.Variant) { v.Layout = cryptogram.LayoutMChip }, []string{"tail CVR of layout M/Chip"}, nil},
		{func(v *cryptogram.Variant) {
			v.SessionKey, v.Layout, v.Tail, v.Padding = cryptogram.MethodCSK, 0, cryptogram.TailIAD, secret.Padding2
		}, []string{"session key method csk", "whole 9F10", "padding method 2"}, []string{"visa-cvn18", "visa-cvn22", "ccd"}},
	}
	number := pan(t, "4761739001010119017")
	key := tdes(t, vectors.Unhex(t, testIMK))
	in := sampleInput(t, "amex-style")
	in.IAD = vectors.Unhex(t, "06100103A000000A0102030405060708090A") // of M/Chip as well
	for _, c := range cases {
		want := inUse
		c.alter(&want)
		ac := computeVariant(t, want, key, number, &in)
		found := cryptogram.Search{Key: key, PAN: number, SequenceNumber: 2, Input: in, AC: ac}.Matches()
		require.Equal(t, []cryptogram.Variant{want}, found, "%v", c.differences)
		assert.Equal(t, c.differences, found[0].Differences(inUse))
		assert.Equal(t, c.profiles, found[0].Profiles())
	}
}

// computeVariant computes the cryptogram of a variant.
func computeVariant(t *testing.T, v cryptogram.Variant, key secret.Key, number account.PAN, in *cryptogram.Input) emv.AC {
	t.Helper()
	mk := key
	if !v.Direct {
		mk = cryptogram.MasterKey(key, number, v.SequenceNumber, v.Option)
	}
	p := cryptogram.Profile{SessionKey: v.SessionKey, Layout: v.Layout, Tail: v.Tail, Padding: v.Padding}
	ac, err := p.Session(mk, in.ATC, in.UnpredictableNumber).Compute(in)
	require.NoError(t, err)
	return ac
}

func TestSearchOfGivenData(t *testing.T) {
	// jPOS: JCESecurityModuleTest, the case with CSK and padding 80; see arqc.json.
	s := cryptogram.Search{
		Key: tdes(t, vectors.Unhex(t, "13345779133457791334577913345779")), PAN: pan(t, "1234567890123456"),
		Input: cryptogram.Input{ATC: 0x3456}, // no unpredictable number: CSK and Mastercard's are one key
		Data:  vectors.Unhex(t, "000000010000000000001000084000000010800840980704001111111158003456A08003242000"),
		AC:    emv.AC(vectors.Unhex(t, "36DBEE15F36B1E7F")),
	}
	assert.Equal(t, []cryptogram.Variant{{
		Option: cryptogram.OptionA, SessionKey: cryptogram.MethodCSK, Padding: secret.Padding1,
	}}, s.Matches())
}

func TestSearchFindsNothing(t *testing.T) {
	s := cryptogram.Search{Key: tdes(t, vectors.Unhex(t, testIMK)), PAN: pan(t, "374245001741007"), Input: sampleInput(t, "amex-style")}
	assert.Empty(t, s.Matches())
}

func TestDifferencesOfADirectKey(t *testing.T) {
	direct := inUse
	direct.Direct, direct.Option, direct.SequenceNumber = true, 0, 0
	assert.Equal(t, []string{"option A", "PAN sequence number 02"}, inUse.Differences(direct))
	assert.Empty(t, direct.Differences(direct))
}

func TestSearchOfAnAnswer(t *testing.T) {
	number, key := pan(t, "374245001741007"), tdes(t, vectors.Unhex(t, testIMK))
	s := cryptogram.Search{Key: key, PAN: number, SequenceNumber: 2, Input: sampleInput(t, "amex-style"), AC: emv.AC{1, 2, 3}}
	inUse := cryptogram.Variant{Option: cryptogram.OptionA, SequenceNumber: 2, SessionKey: cryptogram.MethodNone, ARPC: cryptogram.ARPCMethod1}
	want := inUse
	want.SequenceNumber, want.SessionKey, want.ARPC = 0, cryptogram.MethodCSK, cryptogram.ARPCMethod2

	ccd, _ := cryptogram.ProfileByName("ccd")
	mk := cryptogram.MasterKey(key, number, 0, cryptogram.OptionA)
	session := ccd.Session(mk, s.Input.ATC, s.Input.UnpredictableNumber)
	tag91, err := session.AppendIssuerAuthenticationData(nil, s.AC, cryptogram.IssuerResponse{Proprietary: []byte{1, 2}})
	require.NoError(t, err)

	found := s.AnswerMatches(tag91)
	require.Equal(t, []cryptogram.Variant{want}, found)
	assert.Equal(t, []string{"PAN sequence number 00", "session key method csk", "ARPC method 2"}, found[0].Differences(inUse))
	tag91[0] ^= 1
	assert.Empty(t, s.AnswerMatches(tag91))
}
