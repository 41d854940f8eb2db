package hsm_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/emv/cryptogram"
	"github.com/f510b0cf/till/emv/dukpt"
	"github.com/f510b0cf/till/emv/perso"
	"github.com/f510b0cf/till/emv/random"
	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/issuer/hsm"
)

func TestRefIsThatOfTheReferenceKey(t *testing.T) {
	key := bytes.Repeat([]byte{0x5A}, 32)
	m := module(t, map[string]any{"reference_key": fmt.Sprintf("%x", key)})
	c := cardOf(t, testPAN)
	assert.Equal(t, account.NewRef(secret.New(key), c.PAN, 3), m.Ref(c.PAN, 3))
	assert.NotEqual(t, m.Ref(c.PAN, 3), module(t, nil).Ref(c.PAN, 3), "a drawn key is another one")
}

func TestUnknownKeysAndRows(t *testing.T) {
	m, c := module(t, nil), cardOf(t, testPAN)
	in := &cryptogram.Input{IAD: vectorIAD}
	spoil := map[string]func(*hsm.Card){
		"set":        func(c *hsm.Card) { c.KeySet = 8 },
		"cryptogram": func(c *hsm.Card) { c.Cryptogram = "none" },
		"script":     func(c *hsm.Card) { c.Script = "none" },
	}
	for name, f := range spoil {
		bad := c
		f(&bad)
		want := hsm.ErrNoRow
		if name == "set" {
			want = hsm.ErrNoKey
		}
		if name != "script" {
			require.ErrorIs(t, m.VerifyARQC(bad, in, emv.AC{}), want)
			_, err := m.AnswerARPC(bad, in, emv.AC{}, cryptogram.IssuerResponse{})
			require.ErrorIs(t, err, want)
		}
		if name != "cryptogram" {
			_, err := m.BuildUnblock(bad, unblockContext)
			require.ErrorIs(t, err, want)
		}
	}
}

var vectorIAD = []byte{6, 1, 0x0A, 3, 0xA0, 0x60, 0x10}

func TestSeal(t *testing.T) {
	m, c := module(t, nil), cardOf(t, testPAN)
	ref := m.Ref(c.PAN, 0)
	answer, err := m.Seal("answer", ref, []byte("1110..."))
	require.NoError(t, err)
	opened, err := m.Unseal("answer", ref, answer)
	require.NoError(t, err)
	assert.True(t, opened.Equal(secret.New([]byte("1110..."))))
	_, err = m.Unseal("script", ref, answer)
	require.ErrorIs(t, err, secret.ErrUnseal)
	_, err = m.Unseal("answer", account.Ref{}, answer)
	require.ErrorIs(t, err, secret.ErrUnseal)

	pan, err := m.SealPAN(ref, c.PAN)
	require.NoError(t, err)
	back, err := m.OpenPAN(ref, pan)
	require.NoError(t, err)
	assert.True(t, back.Equal(c.PAN))
	_, err = m.OpenPAN(account.Ref{}, pan)
	require.ErrorIs(t, err, secret.ErrUnseal)
	_, err = m.OpenPAN(ref, answer)
	require.ErrorIs(t, err, secret.ErrUnseal)
}

// TestPersonalise makes a card whose application cryptograms the module knows.
func TestPersonalise(t *testing.T) {
	profiles := os.DirFS("../../testdata/profiles")
	p, err := perso.Load(profiles, "amex.yaml")
	require.NoError(t, err)
	m := module(t, nil)
	options := perso.Options{Random: random.Seeded(1), Date: emv.Date{Year: 2026, Month: 3, Day: 1}}
	made, err := m.Personalise(p, 7, options)
	require.NoError(t, err)
	assert.True(t, made.IssuerKeys.AC.Equal(tdes(t, imkAC)))
	assert.False(t, made.Drawn)
	app := made.Image.Applications[0]
	derived := cryptogram.MasterKey(tdes(t, imkAC), app.PAN, app.SequenceNumber, made.Option)
	assert.True(t, app.Keys.AC.Equal(derived))
	_, err = m.Personalise(p, 8, options)
	require.ErrorIs(t, err, hsm.ErrNoKey)
}

// TestPersonaliseRefusesOtherKeys: the host would not know such a card.
func TestPersonaliseRefusesOtherKeys(t *testing.T) {
	text, err := os.ReadFile("../../testdata/profiles/amex.yaml")
	require.NoError(t, err)
	options := perso.Options{Random: random.Seeded(1), Date: emv.Date{Year: 2026, Month: 3, Day: 1}}
	for name, c := range map[string]struct {
		keys string
		want error
	}{
		"the same":     {"{imk_ac: " + imkAC + ", imk_smi: " + imkSMI + ", imk_smc: " + imkSMC + "}", nil},
		"other ones":   {"{imk_ac: " + imkAC + ", imk_smi: " + imkSMI + ", imk_smc: " + imkAC + "}", hsm.ErrNoKey},
		"card's alone": {"{mk_ac: " + imkAC + ", mk_smi: " + imkSMI + ", mk_smc: " + imkSMC + "}", hsm.ErrNoKey},
	} {
		p, err := perso.Load(fstest.MapFS{"own.yaml": {Data: append(text, "\nkeys: "+c.keys+"\n"...)}}, "own.yaml")
		require.NoError(t, err, name)
		_, err = module(t, nil).Personalise(p, 7, options)
		require.ErrorIs(t, err, c.want, name)
	}
}

// TestOptionOfTheSet has a PAN that options A and B take differently.
func TestOptionOfTheSet(t *testing.T) {
	m := module(t, map[string]any{"key_sets": []map[string]any{{"number": 7, "option": "B", "imk_ac": imkAC, "imk_smi": imkSMI, "imk_smc": imkSMC}}})
	c := cardOf(t, "1234567890123456789")
	in := cryptogram.Input{IAD: vectorIAD}
	profile, _ := cryptogram.ProfileByName(c.Cryptogram)
	ac, err := profile.Session(cryptogram.MasterKey(tdes(t, imkAC), c.PAN, 0, cryptogram.OptionB), 0, emv.UnpredictableNumber{}).Compute(&in)
	require.NoError(t, err)
	require.ErrorIs(t, m.VerifyARQC(c, &in, ac), emv.ErrWrongMAC, "option A of the card")
	c.Option = 0
	require.NoError(t, m.VerifyARQC(c, &in, ac))
}

func TestInitialKeysNeedTheirBDK(t *testing.T) {
	m, err := hsm.New(given(t, map[string]any{"bdk_tdes": "", "bdk_aes": ""}), nil)
	require.NoError(t, err)
	_, err = m.InitialKeyTDES(dukpt.TDESKSN{})
	require.ErrorIs(t, err, hsm.ErrNoKey)
	_, err = m.InitialKeyAES(dukpt.InitialKeyID{})
	require.ErrorIs(t, err, hsm.ErrNoKey)
}

func TestKeyChecks(t *testing.T) {
	m := module(t, map[string]any{"bdk_aes": ""})
	assert.Equal(t, []uint8{7}, m.KeySets())
	var names []string
	for _, k := range m.KeyChecks() {
		names = append(names, fmt.Sprintf("%s %X", k.Name, k.CheckValue))
	}
	want := tdes(t, zone).CheckValue()
	assert.Equal(t, []string{
		"set 7 IMK-AC 08D7B4", fmt.Sprintf("set 7 IMK-SMI %X", tdes(t, imkSMI).CheckValue()), fmt.Sprintf("set 7 IMK-SMC %X", tdes(t, imkSMC).CheckValue()),
		"BDK TDES 08D7B4", fmt.Sprintf("zone key %X", want),
	}, names)
}

// TestNothingIsPrinted: neither module, card nor PIN block shows what is in it.
func TestNothingIsPrinted(t *testing.T) {
	m, c := module(t, nil), cardOf(t, testPAN)
	block := hsm.PINBlock{Block: []byte("12345678")}
	for _, v := range []any{m, *m, c, &c, block, []any{c}} {
		text := fmt.Sprintf("%v %+v %#v %s %x", v, v, v, v, v)
		encoded, err := json.Marshal(v)
		require.NoError(t, err)
		for _, trace := range []string{testPAN, "12345678", "3132333435363738", "0123456789"} {
			assert.NotContains(t, text+string(encoded), trace)
		}
	}
}

// TestRepeatable: a module with a seeded stream does the same each time.
func TestRepeatable(t *testing.T) {
	make := func() []byte {
		m, err := hsm.New(nil, random.Seeded(5).Stream("issuer/hsm"))
		require.NoError(t, err)
		return sealed(t, m, cardOf(t, testPAN), 1, "7294").Sealed
	}
	assert.Equal(t, make(), make())
}

func BenchmarkVerifyAndAnswer(b *testing.B) {
	m, c := module(b, nil), cardOf(b, "1234567890123456")
	in := cryptogram.Input{IAD: vectorIAD}
	b.ReportAllocs()
	for b.Loop() {
		_ = m.VerifyARQC(c, &in, emv.AC{})
		_, _ = m.AnswerARPC(c, &in, emv.AC{}, cryptogram.IssuerResponse{})
	}
}

func BenchmarkComparePIN(b *testing.B) {
	m, c := module(b, nil), cardOf(b, "4012345678909")
	block := hsm.PINBlock{Key: hsm.TDESDUKPT, KSN: []byte{0xFF, 0xFF, 0x98, 0x76, 0x54, 0x32, 0x10, 0xE0, 0, 1}, Block: []byte{0x1B, 0x9C, 0x18, 0x45, 0xEB, 0x99, 0x3A, 0x7A}}
	live := []hsm.SealedPIN{sealed(b, m, c, 1, "1234"), sealed(b, m, c, 2, "8305")}
	b.ReportAllocs()
	for b.Loop() {
		if equals, err := m.ComparePIN(c, block, live); err != nil || len(equals) != 1 {
			b.Fatal(equals, err)
		}
	}
}
