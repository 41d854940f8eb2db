package cryptogram_test

import (
	"fmt"
	"math/bits"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/emv/cryptogram"
	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/testdata/vectors"
)

// sampleIAD returns issuer application data of a row's layout and version.
func sampleIAD(t testing.TB, profile string) []byte {
	t.Helper()
	iad, ok := map[string]string{
		"visa-cvn10":  "06010A03A06010",
		"visa-cvn18":  "06011203A0B800",
		"visa-cvn22":  "1F2201A0000000000000000000000000000000000000000000000000000000FF",
		"mc-cvn16":    "0110A00003220000000000000000000000FF",
		"mc-cvn17":    "0111A00003220000000000000000000322FF",
		"mc-cvn20":    "0114A00003220000000000000000000000FF",
		"mc-cvn21":    "0115A00003220000000000000000000322FF",
		"interac-133": "1501850440B100000000B00000000000000000000000",
		"ccd":         "0FA501A00000000000000000000000000F000000000000000000000000000000",
		"amex-style":  "06010103A00000",
	}[profile]
	require.True(t, ok, "no sample for %s", profile)
	return vectors.Unhex(t, iad)
}

func sampleInput(t testing.TB, profile string) cryptogram.Input {
	t.Helper()
	return cryptogram.Input{
		AmountAuthorised: [6]byte{4: 0x12, 5: 0x34}, TerminalCountryCode: [2]byte{0x08, 0x26},
		TVR: [5]byte{3: 0x80}, TransactionCurrencyCode: [2]byte{0x08, 0x26}, TransactionDate: [3]byte{0x26, 0x11, 0x23},
		UnpredictableNumber: emv.UnpredictableNumber{0xAB, 0xCD, 0xEF, 0x12}, AIP: [2]byte{0x7C, 0}, ATC: 6,
		IAD: sampleIAD(t, profile),
	}
}

func TestEveryRowIsFoundByNameAndData(t *testing.T) {
	for _, want := range cryptogram.Profiles() {
		got, ok := cryptogram.ProfileByName(want.Name)
		assert.True(t, ok)
		assert.Equal(t, want, got)
		got, ok = cryptogram.ProfileFor(want.Scheme, sampleIAD(t, want.Name))
		assert.True(t, ok, want.Name)
		assert.Equal(t, want, got)
	}
}

// families are the layouts that emv.ParseIAD knows.
var families = map[cryptogram.Layout]emv.IADFamily{
	cryptogram.LayoutVisa0: emv.IADVisaLayout, cryptogram.LayoutVisa2: emv.IADVisaFormat2,
	cryptogram.LayoutMChip: emv.IADMChip, cryptogram.LayoutCCD: emv.IADCCD,
}

// checkLayouts checks that what package emv takes apart is what cryptograms
// cover, and that nothing else has a version or a tail.
func checkLayouts(t require.TestingT, iad []byte) {
	whole, wholeErr := emv.ParseIAD(iad)
	known := false
	for layout, family := range families {
		parts, err := family.Parse(iad)
		version, ok := layout.Version(iad)
		p := cryptogram.Profile{Layout: layout, Tail: cryptogram.TailCVR}
		in := cryptogram.Input{IAD: iad}
		input, tailErr := p.AppendMACInput(nil, &in)
		require.Equal(t, err == nil, ok, "%v of %X", layout, iad)
		require.Equal(t, err == nil, tailErr == nil, "%v of %X", layout, iad)
		if err != nil {
			require.ErrorIs(t, tailErr, emv.ErrMalformed)
			continue
		}
		require.Equal(t, parts.CVN, version)
		require.Equal(t, parts.RawCVR, input[len(input)-len(parts.RawCVR):])
		known = true
		if whole.Family == family {
			require.Equal(t, parts, whole)
		}
	}
	require.Equal(t, known, wholeErr == nil, "%X", iad)
}

func TestLayoutsAgreeWithParseIAD(t *testing.T) {
	for _, p := range cryptogram.Profiles() {
		iad := sampleIAD(t, p.Name)
		checkLayouts(t, iad)
		if family, ok := families[p.Layout]; ok {
			parts, err := family.Parse(iad)
			require.NoError(t, err, p.Name)
			assert.Equal(t, p.Version, parts.CVN, p.Name)
		}
	}
	for _, iad := range []string{
		"06010A03A060100500", "06010A03A06010", "06010A03A0601000", "0610A0030322000000000000000000000000", "06100103A000000A0102030405060708090A",
		"0FA50100000000000000000000000000" + "0F000000000000000000000000000000", "0FA10100000000000000000000000000" + "0F000000000000000000000000000000",
		"1F2201", "1F22010000000000000000000000000000000000000000000000000000000000", "0110A00003220000", "01",
	} {
		checkLayouts(t, vectors.Unhex(t, iad))
	}
	rapid.Check(t, func(t *rapid.T) {
		iad := rapid.SliceOfN(rapid.SampledFrom([]byte{0, 1, 3, 6, 0x0A, 0x0F, 0x10, 0x14, 0x1F, 0xA5, 0xA6}), 0, 34).Draw(t, "IAD")
		for at, mark := range map[int]byte{0: 6, 1: 0x10, 3: 3, 7: byte(len(iad) - 8), 16: 0x0F} {
			if at < len(iad) && rapid.Bool().Draw(t, "mark") {
				iad[at] = mark
			}
		}
		checkLayouts(t, iad)
	})
}

func TestUnknownLayout(t *testing.T) {
	for _, l := range []cryptogram.Layout{0, 6, 9, 255} {
		_, ok := l.Version(vectors.Unhex(t, "06010A03A06010"))
		assert.False(t, ok)
		in := cryptogram.Input{IAD: vectors.Unhex(t, "06010A03A06010")}
		_, err := cryptogram.Profile{Layout: l, Tail: cryptogram.TailCVR}.AppendMACInput(nil, &in)
		assert.ErrorIs(t, err, emv.ErrMalformed)
	}
}

// TestMasterKeyOfNobody: a card without a number, or by no option, would have the
// key of every other such card.
func TestMasterKeyOfNobody(t *testing.T) {
	imk := tdes(t, vectors.Unhex(t, testIMK))
	assert.PanicsWithValue(t, "cryptogram: diversify a master key without a PAN", func() { cryptogram.MasterKey(imk, account.PAN{}, 0, cryptogram.OptionA) })
	assert.PanicsWithValue(t, "cryptogram: diversify a master key by Option(0)", func() { cryptogram.MasterKey(imk, pan(t, "374245001741007"), 0, 0) })
	assert.Panics(t, func() { cryptogram.DiversificationBlocks(account.PAN{}, 0, cryptogram.OptionA) })
	search := cryptogram.Search{Key: imk, Input: sampleInput(t, "amex-style")}
	assert.Empty(t, search.Matches(), "a card's own key needs no PAN")
}

// TestProprietaryDataDoesNotGrow: it shares the memory of tag 91.
func TestProprietaryDataDoesNotGrow(t *testing.T) {
	whole := vectors.Unhex(t, "11111111 22222222 3333 5A5A")
	r, err := cryptogram.ARPCMethod2.Split(whole[:10])
	require.NoError(t, err)
	_ = append(r.Proprietary, 0xEE)
	assert.Equal(t, vectors.Unhex(t, "11111111 22222222 3333 5A5A"), whole)
}

func TestProfileForRefuses(t *testing.T) {
	cases := map[string]struct {
		scheme cryptogram.Scheme
		iad    string
	}{
		"no data":                          {cryptogram.SchemeVisa, ""},
		"data of another scheme":           {cryptogram.SchemeVisa, "0110A00003220000000000000000000000FF"},
		"DKI that looks like a version":    {cryptogram.SchemeVisa, "1F990A03A06010"},
		"unknown version":                  {cryptogram.SchemeMastercard, "01FFA00003220000000000000000000000FF"},
		"version of another scheme":        {cryptogram.SchemeAmexStyle, "06010A03A06010"},
		"CCD without its second length":    {cryptogram.SchemeCCD, "0FA501A0000000000000000000000000"},
		"version cut off":                  {cryptogram.SchemeMastercard, "01"},
		"scheme of no row":                 {0, "06010A03A06010"},
		"Visa layout without a CVR length": {cryptogram.SchemeVisa, "06010A"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			p, ok := cryptogram.ProfileFor(c.scheme, vectors.Unhex(t, c.iad))
			assert.False(t, ok)
			assert.Zero(t, p)
		})
	}
	_, ok := cryptogram.ProfileByName("visa-cvn99")
	assert.False(t, ok)
}

func TestProfilesIsACopy(t *testing.T) {
	cryptogram.Profiles()[0].Name = "changed"
	_, ok := cryptogram.ProfileByName("changed")
	assert.False(t, ok)
}

func TestTailRefusesDataOfAnotherShape(t *testing.T) {
	cases := []struct {
		profile, iad string
	}{
		{"visa-cvn10", ""},
		{"visa-cvn10", "06010A03A060"},                   // a byte short
		{"visa-cvn10", "06010A04A06010"},                 // CVR length
		{"mc-cvn16", "0110A000032200"},                   // CVR a byte short
		{"mc-cvn17", "0111A0000322000000000000000003FF"}, // counters two bytes short
		{"visa-cvn18", ""},
		{"visa-cvn18", "060112030000000000000000000000000000000000000000000000000000000000"}, // 33 bytes
	}
	for _, c := range cases {
		p, ok := cryptogram.ProfileByName(c.profile)
		require.True(t, ok)
		in := sampleInput(t, c.profile)
		in.IAD = vectors.Unhex(t, c.iad)
		s := p.Session(tdes(t, vectors.Unhex(t, testIMK)), in.ATC, in.UnpredictableNumber)
		_, err := s.Compute(&in)
		assert.ErrorIs(t, err, emv.ErrMalformed, "%s %s", c.profile, c.iad)
		assert.ErrorIs(t, s.Verify(&in, emv.AC{}), emv.ErrMalformed, "%s %s", c.profile, c.iad)
	}
	interac, _ := cryptogram.ProfileByName("interac-133")
	interac.Tail = cryptogram.TailCVR
	in := sampleInput(t, "interac-133")
	_, err := interac.AppendMACInput(nil, &in)
	assert.ErrorIs(t, err, emv.ErrMalformed, "a layout without a known CVR")
}

const sampleObjects = "9F0206000000001234" + "9F1A020826" + "95050000008000" + "5F2A020826" + "9A03261123" +
	"9C0100" + "9F3704ABCDEF12" + "82027C00" + "9F36020006" + "9F100706010103A00000"

func TestParseInput(t *testing.T) {
	want := sampleInput(t, "amex-style")
	in, err := cryptogram.ParseInput(vectors.Unhex(t, "8E00"+"00"+sampleObjects+"9F34034103029F2701805A00"))
	require.NoError(t, err)
	assert.Equal(t, want, in, "others and padding skipped, 9F03 counts as zero")
	want.AmountOther[5] = 0x01
	in, err = cryptogram.ParseInput(vectors.Unhex(t, "9F0306000000000001"+sampleObjects))
	require.NoError(t, err)
	assert.Equal(t, want, in)
}

func TestParseInputRefuses(t *testing.T) {
	cases := map[string]string{
		"nothing":          "",
		"one twice":        sampleObjects + "9C0101",
		"equal ones":       sampleObjects + "9C0100",
		"IAD twice":        sampleObjects + "9F100706010103A00000",
		"ATC missing":      "9F0206000000001234" + "9F1A020826" + "95050000008000" + "5F2A020826" + "9A03261123" + "9C0100" + "9F3704ABCDEF12" + "82027C00",
		"amount of 5":      "9F02050000001234" + sampleObjects[18:],
		"amount of 7":      "9F020700000000001234" + sampleObjects[18:],
		"empty amount":     "9F0200" + sampleObjects[18:],
		"ATC of 1":         "9F360106" + sampleObjects,
		"IAD of 33":        "9F1021" + fmt.Sprintf("%066d", 0) + sampleObjects[:len(sampleObjects)-20],
		"end in an object": sampleObjects + "9F34034103",
	}
	for name, objects := range cases {
		t.Run(name, func(t *testing.T) {
			in, err := cryptogram.ParseInput(vectors.Unhex(t, objects))
			assert.ErrorIs(t, err, emv.ErrMalformed)
			assert.Zero(t, in)
		})
	}
}

func TestElementsAreInMACOrder(t *testing.T) {
	in := sampleInput(t, "amex-style")
	var tags []string
	var joined []byte
	for tag, value := range in.Elements() {
		tags = append(tags, tag.String())
		joined = append(joined, value...)
	}
	assert.Equal(t, []string{"9F02", "9F03", "9F1A", "95", "5F2A", "9A", "9C", "9F37", "82", "9F36"}, tags)
	data, err := cryptogram.Profile{Tail: cryptogram.TailNone}.AppendMACInput(nil, &in)
	require.NoError(t, err)
	assert.Equal(t, data, joined)
	assert.Len(t, data, 33)
	for tag := range in.Elements() {
		assert.Equal(t, emv.Tag(0x9F02), tag)
		break
	}
}

func TestIssuerAuthenticationDataOfWrongLength(t *testing.T) {
	s := cryptogram.Session{ARPC: tdes(t, vectors.Unhex(t, testIMK))}
	for method, lengths := range map[cryptogram.ARPCMethod][]int{
		cryptogram.ARPCMethod1: {0, 8, 9, 11, 16},
		cryptogram.ARPCMethod2: {0, 4, 7, 17},
	} {
		s.Profile.ARPC = method
		for _, n := range lengths {
			_, err := s.VerifyIssuerAuthenticationData(emv.AC{}, make([]byte, n))
			assert.ErrorIs(t, err, emv.ErrMalformed, "method %d, %d bytes", method, n)
		}
	}
	s.Profile.ARPC = cryptogram.ARPCMethod2
	_, err := s.AppendIssuerAuthenticationData(nil, emv.AC{}, cryptogram.IssuerResponse{Proprietary: make([]byte, 9)})
	assert.ErrorIs(t, err, emv.ErrMalformed)
}

// TestCheckIssuerAuthenticationData: an answer may be a good one and yet not the
// one that the issuer meant to give.
func TestCheckIssuerAuthenticationData(t *testing.T) {
	s := cryptogram.Session{ARPC: tdes(t, vectors.Unhex(t, testIMK))}
	for method, length := range map[cryptogram.ARPCMethod]int{cryptogram.ARPCMethod1: 8, cryptogram.ARPCMethod2: 4} {
		s.Profile.ARPC = method
		assert.Equal(t, length, method.Len())
		response := cryptogram.IssuerResponse{ARC: [2]byte{0x30, 0x30}, CSU: [4]byte{1, 2, 3, 4}, Proprietary: []byte{5}}
		tag91, err := s.AppendIssuerAuthenticationData(nil, emv.AC{9}, response)
		require.NoError(t, err)
		split, err := method.Split(tag91)
		require.NoError(t, err)
		require.NoError(t, s.CheckIssuerAuthenticationData(emv.AC{9}, split, tag91))
		assert.Equal(t, tag91[length:length+2], map[cryptogram.ARPCMethod][]byte{1: split.ARC[:], 2: split.CSU[:2]}[method])
		response.ARC[1], response.CSU[0] = 0x35, 0
		require.ErrorIs(t, s.CheckIssuerAuthenticationData(emv.AC{9}, response, tag91), emv.ErrWrongMAC)
		_, err = s.VerifyIssuerAuthenticationData(emv.AC{9}, tag91)
		require.NoError(t, err)
	}
}

func TestWordsOfEnumerations(t *testing.T) {
	for _, o := range []cryptogram.Option{cryptogram.OptionA, cryptogram.OptionB} {
		got, err := cryptogram.ParseOption(o.String())
		require.NoError(t, err)
		assert.Equal(t, o, got)
	}
	for m := cryptogram.MethodNone; m <= cryptogram.MethodVisaSM; m++ {
		got, err := cryptogram.ParseSessionKeyMethod(m.String())
		require.NoError(t, err)
		assert.Equal(t, m, got)
	}
	for _, s := range []string{"", "a", "AB", "0"} {
		_, err := cryptogram.ParseOption(s)
		assert.ErrorIs(t, err, emv.ErrMalformed)
		_, err = cryptogram.ParseSessionKeyMethod(s)
		assert.ErrorIs(t, err, emv.ErrMalformed)
	}
	assert.Equal(t, "Option(9) SessionKeyMethod(0) Layout(6) Tail(0)",
		fmt.Sprint(cryptogram.Option(9), " ", cryptogram.SessionKeyMethod(0), " ", cryptogram.Layout(6), " ", cryptogram.Tail(0)))
	assert.Equal(t, "CVR and counters, M/Chip", fmt.Sprintf("%s, %s", cryptogram.TailCVRAndCounters, cryptogram.LayoutMChip))
	assert.Panics(t, func() { cryptogram.SessionKeyMethod(0).Derive(secret.Key{}, 0, emv.UnpredictableNumber{}) })
}

// drawKey, drawPAN and drawInput draw what a card could have.
func drawKey(t *rapid.T, label string) secret.Key {
	key, err := secret.NewTDES(rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, label))
	require.NoError(t, err)
	return key
}

func drawPAN(t *rapid.T, shortest, longest int) account.PAN {
	pan, err := account.ParsePAN([]byte(rapid.StringMatching(fmt.Sprintf("[0-9]{%d,%d}", shortest, longest)).Draw(t, "PAN")))
	require.NoError(t, err)
	return pan
}

func drawPSN(t *rapid.T) account.SequenceNumber {
	return account.SequenceNumber(rapid.IntRange(0, 99).Draw(t, "PSN"))
}

func TestOptionBEqualsAOfShortPAN(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		imk, pan, n := drawKey(t, "IMK"), drawPAN(t, 8, 16), drawPSN(t)
		a := cryptogram.MasterKey(imk, pan, n, cryptogram.OptionA)
		require.True(t, a.Equal(cryptogram.MasterKey(imk, pan, n, cryptogram.OptionB)))
	})
}

// TestOptionBSeesEveryDigit: what option A does not.
func TestOptionBSeesEveryDigit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		first, second := drawPAN(t, 17, 19), drawPAN(t, 17, 19)
		if first.Equal(second) {
			t.Skip("the same PAN")
		}
		n := drawPSN(t)
		block, _ := cryptogram.DiversificationBlocks(first, n, cryptogram.OptionB)
		other, _ := cryptogram.DiversificationBlocks(second, n, cryptogram.OptionB)
		require.False(t, block.Equal(other))
	})
}

// TestBlockIsDecimal: whatever the PAN, the block has 16 decimal digits, and
// under option A they are the last of PAN and sequence number.
func TestBlockIsDecimal(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pan, n := drawPAN(t, 8, 19), drawPSN(t)
		var digits string
		pan.Open(func(clear []byte) { digits = "00000000" + string(clear) + n.String() })
		a, _ := cryptogram.DiversificationBlocks(pan, n, cryptogram.OptionA)
		a.Open(func(block []byte) {
			require.Equal(t, digits[len(digits)-16:], fmt.Sprintf("%X", block))
		})
		b, _ := cryptogram.DiversificationBlocks(pan, n, cryptogram.OptionB)
		b.Open(func(block []byte) {
			require.Regexp(t, "^[0-9]{16}$", fmt.Sprintf("%X", block))
		})
	})
}

func TestDerivedKeysHaveOddParity(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		mk := cryptogram.MasterKey(drawKey(t, "IMK"), drawPAN(t, 8, 19), drawPSN(t), cryptogram.OptionB)
		atc := emv.ATC(rapid.Uint16().Draw(t, "ATC"))
		un := emv.UnpredictableNumber(rapid.SliceOfN(rapid.Byte(), 4, 4).Draw(t, "UN"))
		for _, key := range []secret.Key{mk, cryptogram.CSK(mk, cryptogram.CSKDiversifier(atc)), cryptogram.MastercardSKD(mk, atc, un)} {
			key.Open(func(raw []byte) {
				for _, b := range raw {
					require.Equal(t, 1, bits.OnesCount8(b)%2)
				}
			})
		}
	})
}

// TestParityOfMasterKeyDoesNotMatter: tools differ in whether they set it.
func TestParityOfMasterKeyDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		mk := drawKey(t, "MK")
		var adjusted secret.Key
		mk.Open(func(raw []byte) {
			secret.OddParity(raw)
			adjusted, _ = secret.NewTDES(raw)
		})
		for m := cryptogram.MethodNone; m <= cryptogram.MethodVisaSM; m++ {
			require.True(t, m.Derive(mk, 28, emv.UnpredictableNumber{}).Equal(m.Derive(adjusted, 28, emv.UnpredictableNumber{})))
		}
	})
}

// TestEveryBitCounts: in every profile a cryptogram verifies, and does not when
// any bit of what it covers, or of itself, is turned.
func TestEveryBitCounts(t *testing.T) {
	for _, p := range cryptogram.Profiles() {
		t.Run(p.Name, func(t *testing.T) {
			in := sampleInput(t, p.Name)
			mk := cryptogram.MasterKey(tdes(t, vectors.Unhex(t, testIMK)), pan(t, "374245001741007"), 0, cryptogram.OptionA)
			s := p.Session(mk, in.ATC, in.UnpredictableNumber)
			ac, err := s.Compute(&in)
			require.NoError(t, err)
			require.NoError(t, s.Verify(&in, ac))
			for _, field := range [][]byte{
				in.AmountAuthorised[:], in.AmountOther[:], in.TerminalCountryCode[:], in.TVR[:], in.TransactionCurrencyCode[:],
				in.TransactionDate[:], in.TransactionType[:], in.UnpredictableNumber[:], in.AIP[:], covered(p, in.IAD),
			} {
				eachBit(field, func() { require.ErrorIs(t, s.Verify(&in, ac), emv.ErrWrongMAC) })
			}
			for i := range 16 {
				in.ATC ^= 1 << i
				require.ErrorIs(t, s.Verify(&in, ac), emv.ErrWrongMAC)
				in.ATC ^= 1 << i
			}
			eachBit(ac[:], func() { require.ErrorIs(t, s.Verify(&in, ac), emv.ErrWrongMAC) })
			require.NoError(t, s.Verify(&in, ac), "all bits turned back")
		})
	}
}

// covered returns the CVR, or the whole data where the profile covers it.
func covered(p cryptogram.Profile, iad []byte) []byte {
	switch {
	case p.Tail == cryptogram.TailIAD:
		return iad
	case p.Layout == cryptogram.LayoutMChip:
		return iad[2:8]
	}
	return iad[4:7] // without the length byte, which is checked
}

// eachBit calls f once for each bit of b, with that bit turned.
func eachBit(b []byte, f func()) {
	for i := range 8 * len(b) {
		b[i/8] ^= 1 << (i % 8)
		f()
		b[i/8] ^= 1 << (i % 8)
	}
}

// TestEveryBitOfTheAnswerCounts is the card's side.
func TestEveryBitOfTheAnswerCounts(t *testing.T) {
	arqc := emv.AC(vectors.Unhex(t, "29CCA15AE665FA2E"))
	response := cryptogram.IssuerResponse{ARC: [2]byte{'0', '0'}, CSU: [4]byte{0, 0x80, 0, 0}, Proprietary: []byte{1, 2, 3}}
	for _, p := range cryptogram.Profiles() {
		t.Run(p.Name, func(t *testing.T) {
			s := p.Session(tdes(t, vectors.Unhex(t, testIMK)), 6, emv.UnpredictableNumber{1, 2, 3, 4})
			tag91, err := s.AppendIssuerAuthenticationData(nil, arqc, response)
			require.NoError(t, err)
			_, err = s.VerifyIssuerAuthenticationData(arqc, tag91)
			require.NoError(t, err)
			for _, b := range [][]byte{tag91, arqc[:]} {
				eachBit(b, func() {
					got, err := s.VerifyIssuerAuthenticationData(arqc, tag91)
					require.ErrorIs(t, err, emv.ErrWrongMAC)
					require.Zero(t, got)
				})
			}
		})
	}
}

// TestARPCKeyOfMastercardSKD: the one case where the two cryptograms of a
// transaction have different keys.
func TestARPCKeyOfMastercardSKD(t *testing.T) {
	mk := tdes(t, vectors.Unhex(t, testIMK))
	for _, p := range cryptogram.Profiles() {
		s := p.Session(mk, 6, emv.UnpredictableNumber{1, 2, 3, 4})
		masterKeyOnly := slices.Contains([]string{"visa-cvn10", "amex-style"}, p.Name)
		assert.Equal(t, masterKeyOnly, s.AC.Equal(mk), p.Name)
		assert.Equal(t, masterKeyOnly || p.ARPCByMasterKey, s.ARPC.Equal(mk), p.Name)
	}
}

func TestSecretsDoNotPrint(t *testing.T) {
	key := tdes(t, vectors.Unhex(t, testIMK))
	for _, v := range []any{
		cryptogram.Session{AC: key, ARPC: key},
		cryptogram.MasterKeys{AC: key, SMI: key, SMC: key},
		cryptogram.Search{Key: key, PAN: pan(t, "374245001741007")},
	} {
		for _, format := range []string{"%v", "%+v", "%#v", "%s", "%x", "%d"} {
			assert.Equal(t, "[secret]", fmt.Sprintf(format, v))
		}
	}
}

func FuzzParseInput(f *testing.F) {
	f.Add(vectors.Unhex(f, sampleObjects))
	f.Add([]byte{0x9F, 0x02, 0x06})
	f.Fuzz(func(t *testing.T, b []byte) {
		in, err := cryptogram.ParseInput(b)
		if err != nil {
			require.ErrorIs(t, err, emv.ErrMalformed)
			return
		}
		require.LessOrEqual(t, len(in.IAD), 32)
		for _, p := range cryptogram.Profiles() {
			if _, err := p.AppendMACInput(nil, &in); err != nil {
				require.ErrorIs(t, err, emv.ErrMalformed)
			}
		}
	})
}
