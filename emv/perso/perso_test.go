package perso_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/emv/cryptogram"
	"github.com/f510b0cf/till/emv/image"
	"github.com/f510b0cf/till/emv/oda"
	"github.com/f510b0cf/till/emv/perso"
	"github.com/f510b0cf/till/emv/random"
	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/emv/tlv"
	"github.com/f510b0cf/till/testdata"
	"github.com/f510b0cf/till/testdata/vectors"
)

// today is the day of issue in all tests.
var today = emv.Date{Year: 2026, Month: time.March, Day: 15}

func builtIn(t testing.TB) fs.FS {
	t.Helper()
	sub, err := fs.Sub(testdata.Profiles, "profiles")
	require.NoError(t, err)
	return sub
}

// load loads a profile that comes with the program.
func load(t testing.TB, name string) perso.Profile {
	t.Helper()
	p, err := perso.Load(builtIn(t), name+perso.Suffix)
	require.NoError(t, err)
	return p
}

// parse loads a profile from its text. It may extend some that come with the program.
func parse(t testing.TB, text string) (perso.Profile, error) {
	t.Helper()
	files := fstest.MapFS{"test.yaml": {Data: []byte(text)}}
	for _, name := range []string{"amex.yaml", "amex-pin.yaml", "amex-sda.yaml", "mc-cvn20.yaml"} {
		base, err := fs.ReadFile(builtIn(t), name)
		require.NoError(t, err)
		files[name] = &fstest.MapFile{Data: base}
	}
	return perso.Load(files, "test.yaml")
}

// text returns a profile of that text.
func text(t testing.TB, s string) perso.Profile {
	t.Helper()
	p, err := parse(t, s)
	require.NoError(t, err)
	return p
}

func options(seed uint64) perso.Options {
	return perso.Options{Random: random.Seeded(seed), Date: today}
}

func personalise(t testing.TB, p perso.Profile, seed uint64) perso.Card {
	t.Helper()
	card, err := perso.Personalise(p, options(seed))
	require.NoError(t, err)
	return card
}

func storageKey(t testing.TB) secret.Key {
	t.Helper()
	key, err := secret.NewAES(make([]byte, 32))
	require.NoError(t, err)
	return key
}

// sealed returns an image as bytes that are equal where the images are.
func sealed(t testing.TB, i image.Image) []byte {
	t.Helper()
	b, err := i.Seal(storageKey(t), random.Seeded(0).Stream("test"))
	require.NoError(t, err)
	return b
}

// objects returns what a terminal reads of the contact side.
func objects(t testing.TB, a image.Application) map[emv.Tag][]byte {
	t.Helper()
	found := map[emv.Tag][]byte{}
	for _, entry := range a.Contact.AFL {
		for number := entry.First; number <= entry.Last; number++ {
			for _, f := range a.Files {
				if f.SFI != entry.SFI {
					continue
				}
				template, rest, err := tlv.Next(f.Records[number-1])
				require.NoError(t, err)
				require.Empty(t, rest)
				for e, err := range tlv.Elements(template.Value) {
					require.NoError(t, err)
					found[e.Tag] = e.Value
				}
			}
		}
	}
	return found
}

func TestAmexCard(t *testing.T) {
	card := personalise(t, load(t, "amex"), 1)
	assert.Empty(t, card.Warnings)
	assert.True(t, card.Drawn)
	require.Len(t, card.Image.Applications, 1)
	a := card.Image.Applications[0]
	assert.Equal(t, vectors.Unhex(t, "A000000025010801"), a.Name)
	assert.Equal(t, emv.AIP{0x3C, 0x00}, a.Contact.AIP)
	assert.Equal(t, vectors.Unhex(t, "6F268408A000000025010801A51A5010414D45524943414E20455850524553538701015F2D02656E"), a.Contact.FCI)
	assert.Equal(t, emv.AFL{{SFI: 1, First: 1, Last: 2, ODACount: 1}, {SFI: 2, First: 1, Last: 2}, {SFI: 3, First: 1, Last: 2}}, a.Contact.AFL)
	assert.True(t, a.PIN.IsZero())
	assert.EqualValues(t, 3, a.PINTryLimit)
	assert.EqualValues(t, 1, a.DKI)
	assert.Equal(t, 128, a.ICCKey.Public().Size())
	assert.True(t, a.PINKey.IsZero())

	got := objects(t, a)
	for tag, want := range map[emv.Tag]string{
		0x5A: "374245001741007F", 0x5F34: "00", 0x57: "374245001741007D3512201000 00", 0x5F20: hex.EncodeToString([]byte("TEST CARD/TILL")),
		0x5F24: "351231", 0x5F25: "250101", 0x5F28: "0840", 0x5F30: "0201", 0x9F42: "0840", 0x9F07: "FF00", 0x9F08: "0001",
		0x8E:   "0000000000000000 4403 4103 4203 5E03 1F03",
		0x9F0D: "FC50ECA800", 0x9F0E: "0000000000", 0x9F0F: "FC78FCF800",
		0x8C: "9F02069F03069F1A0295055F2A029A039C019F3704", 0x8D: "8A029F02069F03069F1A0295055F2A029A039C019F3704",
		0x9F49: "9F3704", 0x9F4A: "82", 0x8F: "D2", 0x9F32: "03", 0x9F47: "03",
	} {
		assert.Equal(t, vectors.Unhex(t, want), got[tag], tag)
	}
	assert.Len(t, got[0x90], 1408/8)
	assert.Len(t, got[0x9F46], 1152/8)
	assert.NotContains(t, got, emv.Tag(0x93))
	assert.NotContains(t, got, emv.Tag(0x9F2D))
	assert.Equal(t, 29, a.CDOL1.Len())
	assert.Equal(t, 31, a.CDOL2.Len())

	require.NotNil(t, a.Contactless)
	assert.Equal(t, emv.AIP{0x28, 0x00}, a.Contactless.AIP)
	require.Len(t, card.Image.Environments, 2)
	assert.Equal(t, [][]byte{vectors.Unhex(t, "7021 611F 4F08A000000025010801 5010414D45524943414E2045585052455353 870101")}, card.Image.Environments[0].File.Records)
	assert.Equal(t, "2PAY.SYS.DDF01", string(card.Image.Environments[1].Name))
}

func TestTwinHasAPIN(t *testing.T) {
	card, twin := personalise(t, load(t, "amex"), 1), personalise(t, load(t, "amex-pin"), 1)
	var digits string
	twin.Image.Applications[0].PIN.Open(func(d []byte) { digits = string(d) })
	assert.Equal(t, "1234", digits)
	twin.Image.Applications[0].PIN = card.Image.Applications[0].PIN
	assert.Equal(t, sealed(t, card.Image), sealed(t, twin.Image), "nothing else differs")
}

// TestSameSeedSameCardOfEveryScheme makes cards twice, one that is spoilt among them.
func TestSameSeedSameCardOfEveryScheme(t *testing.T) {
	for _, name := range []string{"visa-cvn10", "mc-cvn20", "ccd", "multi-application", "amex-clone", "amex-sda"} {
		assert.Equal(t, sealed(t, personalise(t, load(t, name), 1).Image), sealed(t, personalise(t, load(t, name), 1).Image), name)
	}
}

// TestSameSeedSameCard also pins the card of seed 1, so that no later till makes
// another of it by accident.
func TestSameSeedSameCard(t *testing.T) {
	first := sealed(t, personalise(t, load(t, "amex"), 1).Image)
	assert.Equal(t, first, sealed(t, personalise(t, load(t, "amex"), 1).Image))
	assert.NotEqual(t, first, sealed(t, personalise(t, load(t, "amex"), 2).Image))
	assert.Equal(t, amexOfSeed1, fmt.Sprintf("%x", sha256.Sum256(first)))

	unseeded := perso.Options{Date: today}
	one, err := perso.Personalise(load(t, "amex"), unseeded)
	require.NoError(t, err)
	other, err := perso.Personalise(load(t, "amex"), unseeded)
	require.NoError(t, err)
	assert.False(t, one.IssuerKeys.AC.Equal(other.IssuerKeys.AC))
	assert.False(t, one.Image.Applications[0].ICCKey.Public().Equal(other.Image.Applications[0].ICCKey.Public()))
}

func TestTestCAIsTheSameForAll(t *testing.T) {
	rid := oda.RID(vectors.Unhex(t, "A000000025"))
	var keys []oda.CAPublicKey
	for _, bits := range perso.TestCABits() {
		key, err := perso.TestCA(rid, bits)
		require.NoError(t, err)
		assert.Equal(t, bits, 8*key.Key.Size())
		keys = append(keys, key)
	}
	committed, err := fs.ReadFile(testdata.Terminals, "capk/till-test.yaml")
	require.NoError(t, err)
	assert.Equal(t, string(committed), string(perso.FormatCAPublicKeys(keys...)))
	for seed := range uint64(2) {
		card := personalise(t, load(t, "amex"), seed)
		require.Len(t, card.CAPublicKeys, 1)
		assert.Equal(t, keys[2].CheckSum(), card.CAPublicKeys[0].CheckSum())
	}
	_, err = perso.TestCA(rid, 1400)
	require.ErrorContains(t, err, "want one of [1024 1152 1408 1984]")
}

// TestTestCAIsNobodyElses compares the names of our keys with the published.
func TestTestCAIsNobodyElses(t *testing.T) {
	var ours []vectors.Bytes
	for _, bits := range perso.TestCABits() {
		key, err := perso.TestCA(oda.RID{}, bits)
		require.NoError(t, err)
		ours = append(ours, vectors.Bytes{key.Index})
	}
	published := vectors.LoadPart[struct{ Index vectors.Bytes }, struct{}](t, "capk")
	require.NotEmpty(t, published)
	for _, c := range published {
		assert.NotContains(t, ours, c.In.Index, c.Name)
	}
}

const imks = `keys: {imk_ac: 0123456789ABCDEFFEDCBA9876543210, imk_smi: FEDCBA98765432100123456789ABCDEF, imk_smc: 89ABCDEF0123456776543210FEDCBA98`

func TestKeys(t *testing.T) {
	imk, err := secret.NewTDES(vectors.Unhex(t, "0123456789ABCDEFFEDCBA9876543210"))
	require.NoError(t, err)
	t.Run("issuer's", func(t *testing.T) {
		for option, o := range map[string]cryptogram.Option{"": cryptogram.OptionA, ", option: A": cryptogram.OptionA, ", option: B": cryptogram.OptionB} {
			card := personalise(t, text(t, "extends: amex\naccount: {pan: \"37424500174100712\"}\n"+imks+option+"}"), 1)
			a := card.Image.Applications[0]
			assert.False(t, card.Drawn)
			assert.True(t, card.IssuerKeys.AC.Equal(imk))
			assert.Equal(t, o, card.Option)
			assert.True(t, a.Keys.AC.Equal(cryptogram.MasterKey(imk, a.PAN, a.SequenceNumber, o)), option)
			assert.False(t, a.Keys.SMI.Equal(a.Keys.AC))
		}
	})
	t.Run("card's", func(t *testing.T) {
		card := personalise(t, text(t, "extends: amex\n"+strings.ReplaceAll(imks, "imk_", "mk_")+"}"), 1)
		assert.True(t, card.Image.Applications[0].Keys.AC.Equal(imk))
		assert.True(t, card.IssuerKeys.AC.IsZero())
		assert.False(t, card.Drawn)
	})
	t.Run("drawn", func(t *testing.T) {
		card := personalise(t, load(t, "amex"), 1)
		a := card.Image.Applications[0]
		assert.True(t, a.Keys.SMC.Equal(cryptogram.MasterKey(card.IssuerKeys.SMC, a.PAN, a.SequenceNumber, cryptogram.OptionA)))
	})
	for given, want := range map[string]string{
		"keys: {imk_ac: 0123456789ABCDEFFEDCBA9876543210}":           "give imk_ac, imk_smi and imk_smc, all three",
		"keys: {mk_smc: 0123456789ABCDEFFEDCBA9876543210}":           "give mk_ac, mk_smi and mk_smc, all three",
		imks + "," + strings.ReplaceAll(imks[7:], "imk", "mk") + "}": "not both",
	} {
		_, err := perso.Personalise(text(t, "extends: amex\n"+given), options(1))
		require.ErrorContains(t, err, want)
		assert.NotContains(t, err.Error(), "0123456789")
	}
}

func TestPAN(t *testing.T) {
	accounts := func(given string) string { return strings.Replace(shortest, `pan: "374245001741007"`, given, 1) }
	for given, want := range map[string]struct {
		length int
		prefix string
	}{
		`pan_prefix: "374245"`:                  {15, "374245"},
		`pan_prefix: "45"`:                      {16, "45"},
		`pan_prefix: "45", pan_length: 19`:      {19, "45"},
		`pan_prefix: "37424500", pan_length: 9`: {9, "37424500"},
	} {
		for seed := range uint64(50) {
			pan := personalise(t, text(t, accounts(given)), seed).Image.Applications[0].PAN
			assert.True(t, pan.LuhnValid())
			pan.Open(func(digits []byte) {
				assert.Len(t, digits, want.length)
				assert.True(t, bytes.HasPrefix(digits, []byte(want.prefix)))
			})
		}
	}
	wrong := personalise(t, text(t, accounts(`pan: "374245001741000"`)), 1)
	assert.False(t, wrong.Image.Applications[0].PAN.LuhnValid(), "a given PAN is taken as it is")
	assert.Equal(t, []perso.Finding{{Severity: perso.Warning, Where: "A000000025010801", Text: "PAN: the check digit does not fit (Luhn)"}}, wrong.Warnings)

	given, err := account.ParsePAN([]byte("374245001751006"))
	require.NoError(t, err)
	o := options(1)
	o.PAN = given
	card, err := perso.Personalise(text(t, shortest), o)
	require.NoError(t, err)
	assert.True(t, card.Image.Applications[0].PAN.Equal(given))

	for given, want := range map[string]string{
		"cardholder: NOBODY/TILL":                 "give pan, or pan_prefix",
		`pan_prefix: "374245", pan_length: 6`:     "pan_length: want more digits",
		`pan_prefix: "374245", pan_length: 20`:    "pan_length: want more digits",
		`pan_prefix: "374245", cardholder: X`:     "cardholder: want 2 to 26",
		`pan_prefix: "374245", service_code: "2"`: "want 3 digits each",
		`pan_prefix: "374245", expiry: 2026-02`:   "expiry: lies before the effective date",
	} {
		_, err := perso.Personalise(text(t, accounts(given)), options(1))
		require.ErrorContains(t, err, want)
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// shortest is the least that a profile needs.
const shortest = `
name: shortest
account: {pan: "374245001741007"}
applications:
  - {aid: A000000025010801, label: SHORT, cryptogram: visa-cvn10, script: visa}
`

func TestDefaults(t *testing.T) {
	card := personalise(t, text(t, shortest), 1)
	assert.Empty(t, card.Warnings)
	assert.Empty(t, card.CAPublicKeys)
	a := card.Image.Applications[0]
	assert.Equal(t, emv.AIP{0x0C, 0x00}, a.Contact.AIP, "risk management and issuer authentication")
	assert.Nil(t, a.Contactless)
	assert.Len(t, card.Image.Environments, 1)
	assert.EqualValues(t, 3, a.PINTryLimit)
	got := objects(t, a)
	assert.Equal(t, vectors.Unhex(t, "260301"), got[0x5F25], "the month of issue")
	assert.Equal(t, vectors.Unhex(t, "300331"), got[0x5F24], "four years later")
	assert.Equal(t, 29, a.CDOL1.Len())
	assert.Equal(t, 31, a.CDOL2.Len())
	assert.Empty(t, a.DDOL)
}

// TestMethods makes cards of every method and of different sizes; Personalise
// verifies what it has signed.
func TestMethods(t *testing.T) {
	for given, want := range map[string]struct {
		aip  emv.AIP
		tags string
	}{
		"method: none": {emv.AIP{0x0C}, ""},
		"method: sda":  {emv.AIP{0x4C}, "8F 90 93"},
		"method: dda":  {emv.AIP{0x2C}, "8F 90 9F46"},
		"method: cda, ca: 1984, issuer: 1976, icc: 1840":          {emv.AIP{0x0D}, "8F 90 9F46"},
		"method: dda, ca: 1024, issuer: 1024, icc: 1024":          {emv.AIP{0x2C}, "8F 90 92 9F46 9F48"},
		"method: dda, ca: 1152, issuer: 1024, icc: 896, pin: 768": {emv.AIP{0x2C}, "8F 90 9F46 9F2D 9F2E"},
		"method: dda, exponent: 65537, sign_aip: false, icc: 768": {emv.AIP{0x2C}, "8F 90 9F46"},
	} {
		t.Run(given, func(t *testing.T) {
			card := personalise(t, text(t, strings.TrimRight(shortest, "}\n")+", oda: {"+given+"}}"), 1)
			assert.Equal(t, want.aip, card.Image.Applications[0].Contact.AIP)
			got := objects(t, card.Image.Applications[0])
			for tag := range strings.FieldsSeq(want.tags) {
				assert.Contains(t, got, must(emv.ParseTag(tag)))
			}
			assert.Equal(t, want.tags != "" && !strings.Contains(given, "sign_aip"), got[0x9F4A] != nil)
		})
	}
	for given, want := range map[string]string{
		"method: dda, ca: 1400":                             "oda: ca: test CA: no key of 1400 bits",
		"method: dda, ca: 1024":                             "oda: issuer: 1152 bits, want no more than the signer's 1024",
		"method: dda, icc: 1408":                            "oda: icc: 1408 bits, want no more",
		"method: dda, icc: 1000, issuer: 1152, exponent: 5": "exponent 5, want 3 or 65537",
		"method: cda, ca: 1984, issuer: 1976, icc: 1848":    "the answer to GENERATE AC with CDA has 257 bytes, at most 256: give the card an ICC key of at most 1840 bits",
		"method: dda, ca: 1984, issuer: 1984":               "record 2 of SFI 3 has 255 bytes, at most 254",
	} {
		_, err := perso.Personalise(text(t, strings.TrimRight(shortest, "}\n")+", oda: {"+given+"}}"), options(1))
		require.ErrorContains(t, err, want, given)
	}
}

func TestAIPAndCVMAgree(t *testing.T) {
	for given, want := range map[string]string{
		`aip: "3000"`:                     "the AIP has cardholder verification, and there is no CVM list 8E",
		`aip: "2000"`:                     "the AIP has offline data authentication",
		`aip: "2000", oda: {method: sda}`: "the AIP has DDA or CDA, and the card has no key",
		`aip: [sda-supported, issuer-authentication-supported]`: "the AIP has offline data authentication",
		`cvm_list: 4403 1F03`:                 "enciphered PIN, and the card has no key",
		`cdol2: 9F3704`:                       "CDOL2 does not ask for the response code 8A",
		`objects: {"5F34": "01"}`:             "PAN sequence number 5F34 differs",
		`objects: {"5A": "374245001751006F"}`: "PAN 5A differs",
		`objects: {"8C": "9F0206"}`:           "CDOL1 differs from what the card goes by",
	} {
		_, err := perso.Personalise(text(t, strings.TrimRight(shortest, "}\n")+", "+given+"}"), options(1))
		refused := (*perso.RefusedError)(nil)
		require.ErrorAs(t, err, &refused, given)
		require.ErrorContains(t, err, want, given)
	}
}

func TestRecordsOfAProfile(t *testing.T) {
	layout := `, objects: {"9F14": "03", "9F23": "05"}, get_data: {"9F14": "03"}, records: [
		{sfi: 3, tags: [57, 9F14]}, {sfi: 1, tags: [8F, 9F32, 92]}, {sfi: 1, tags: [90]}, {sfi: 2, tags: [9F47, 9F48]}, {sfi: 2, tags: [9F46]},
		{sfi: 3, signed: true, tags: [5A, 5F24]}, {sfi: 4, signed: true, tags: [8C, 8D, 9F4A]}], oda: {method: dda}}`
	card := personalise(t, text(t, strings.TrimRight(shortest, "}\n")+layout), 1)
	a := card.Image.Applications[0]
	assert.Equal(t, emv.AFL{{SFI: 1, First: 1, Last: 2}, {SFI: 2, First: 1, Last: 2}, {SFI: 3, First: 1, Last: 3, ODACount: 1}, {SFI: 4, First: 1, Last: 1, ODACount: 1}}, a.Contact.AFL)
	assert.Equal(t, vectors.Unhex(t, "5A"), a.Files[2].Records[0][2:3], "the signed record comes first")
	assert.Contains(t, objects(t, a), emv.Tag(0x9F23), "what no record names is read too")
	assert.Equal(t, []image.Object{{Tag: 0x9F14, Value: []byte{3}}}, a.Data)
	for given, want := range map[string]string{
		"{sfi: 0, tags: [5A]}":                       "record 1: sfi 0, want 1 to 10",
		"{sfi: 1, tags: [5A]}, {sfi: 1, tags: [5A]}": "5A is there twice",
		"{sfi: 1, signed: true, tags: [9F46]}":       "9F46 can not stand in a signed record",
	} {
		_, err := perso.Personalise(text(t, strings.TrimRight(shortest, "}\n")+", records: ["+given+"]}"), options(1))
		require.ErrorContains(t, err, want)
	}
}

func TestSeveralApplications(t *testing.T) {
	p := text(t, shortest+`  - aid: A00000002501080199
    label: SECOND
    preferred_name: Zweite
    priority: 2
    confirm: true
    language: deen
    pdol: 9F3501
    cryptogram: amex-style
    script: amex-style
    cvm_list: {x: "1000", y: "2000", rules: "4206 1F03"}
    account: {pan: "374245001751006", sequence_number: "01", country: "276", currency: "978"}
    contactless: {cvm_list: 4203, pdol: 9F6604}
    oda: {method: cda, ca: 1152, issuer: 1152, icc: 1024}
`)
	card := personalise(t, p, 1)
	require.Len(t, card.Image.Applications, 2)
	second := card.Image.Applications[1]
	assert.Equal(t, "01", second.SequenceNumber.String())
	assert.False(t, second.PAN.Equal(card.Image.Applications[0].PAN))
	assert.False(t, second.Keys.AC.Equal(card.Image.Applications[0].Keys.AC), "keys are derived from each PAN")
	assert.Equal(t, vectors.Unhex(t, "000003E8 000007D0 4206 1F03"), objects(t, second)[0x8E])
	assert.Equal(t, vectors.Unhex(t, "0978"), objects(t, second)[0x9F42])
	assert.Equal(t, vectors.Unhex(t, "6F32 8409A00000002501080199 A525 50065345434F4E44 870182 9F38039F3501 5F2D046465656E 9F110101 9F12065A7765697465"), second.Contact.FCI)
	assert.Equal(t, emv.AIP{0x19, 0x00}, second.Contactless.AIP, "no issuer authentication over a tap")
	assert.Len(t, card.Image.Environments[0].File.Records, 2)
	assert.Equal(t, vectors.Unhex(t, "6F2D 840E325041592E5359532E4444463031 A51BBF0C18 6116 4F09A00000002501080199 50065345434F4E44 870182"),
		card.Image.Environments[1].FCI, "only the one that can be tapped")

	without := personalise(t, text(t, "pse: false\n"+shortest), 1)
	assert.Empty(t, without.Image.Environments)
}

// TestDocumentedProfile loads the example of docs/profiles.md.
func TestDocumentedProfile(t *testing.T) {
	document, err := os.ReadFile(filepath.Join("..", "..", "docs", "profiles.md"))
	require.NoError(t, err)
	blocks := strings.Split(string(document), "```")
	examples := 0
	for i := 1; i < len(blocks); i += 2 {
		if example, ok := strings.CutPrefix(blocks[i], "yaml\n"); ok {
			card := personalise(t, text(t, example), 1)
			assert.Equal(t, strings.Contains(example, "corrupt:"), len(card.Warnings) > 0, "%v", card.Warnings)
			examples++
		}
	}
	assert.Equal(t, 4, examples)
}

func TestCardsDoNotPrint(t *testing.T) {
	p := load(t, "amex-pin")
	assert.Equal(t, "[secret] [secret]", fmt.Sprintf("%+v %v", p, personalise(t, p, 1)))
	assert.Equal(t, "amex-pin", p.Name())
	assert.Contains(t, p.Note(), "PIN")
}

func BenchmarkPersonalise(b *testing.B) {
	p := load(b, "amex")
	for b.Loop() {
		personalise(b, p, 1)
	}
}

// amexOfSeed1 is the SHA-256 of the sealed card of profile amex and seed 1.
const amexOfSeed1 = "4d87c904a9a0bd4625f8d079d6f4afccc280caabe94b730c4b25264e9349fc2a"
