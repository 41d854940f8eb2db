package card_test

import (
	"encoding/hex"
	"math/big"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/emv/apdu"
	"github.com/f510b0cf/till/emv/cryptogram"
	"github.com/f510b0cf/till/emv/image"
	"github.com/f510b0cf/till/emv/tlv"
	"github.com/f510b0cf/till/hardware/card"
	"github.com/f510b0cf/till/testdata/vectors"
)

// cardIn is how vectors name a card.
type cardIn struct {
	IMKAC  string `json:"imk_ac"`
	IMKSMI string `json:"imk_smi"`
	IMKSMC string `json:"imk_smc"`
	PAN    string `json:"pan"`
	PSN    string `json:"psn"`
	Option string `json:"option"`
}

// personalise gives an application the account and the keys of a vector; keys
// that it has not stay those of the test's card.
func (in cardIn) personalise(t tb, a *image.Application) {
	pan, err := account.ParsePAN([]byte(in.PAN))
	require.NoError(t, err)
	psn, err := account.ParseSequenceNumber(in.PSN)
	require.NoError(t, err)
	require.Contains(t, []string{"", "A"}, in.Option)
	for hexKey, into := range map[*string]*struct{ set func(cryptogram.MasterKeys) }{
		&in.IMKAC:  {func(k cryptogram.MasterKeys) { a.Keys.AC = k.AC }},
		&in.IMKSMI: {func(k cryptogram.MasterKeys) { a.Keys.SMI = k.AC }},
		&in.IMKSMC: {func(k cryptogram.MasterKeys) { a.Keys.SMC = k.AC }},
	} {
		if *hexKey != "" {
			master := tdes(t, *hexKey)
			into.set(cryptogram.MasterKeys{AC: master, SMI: master, SMC: master}.ForCard(pan, psn, cryptogram.OptionA))
		}
	}
	a.PAN, a.SequenceNumber = pan, psn
}

// TestCryptogramVectors has a card with the history that a published cryptogram
// tells of make that cryptogram, by GET PROCESSING OPTIONS and GENERATE AC.
func TestCryptogramVectors(t *testing.T) {
	type in struct {
		cardIn
		Profile string            `json:"profile"`
		Tags    map[string]string `json:"tags"`
	}
	type out struct {
		ARQC string `json:"arqc"`
	}
	histories := map[string]struct {
		history card.History
		before  func(d *dialogue)
		cvr     string
	}{
		"arqc-visa-cvn10":         {history: card.History{Online: true, ScriptCount: 1, Offline: 9}, cvr: "A06010"},
		"arqc-mc-cvn16":           {history: card.History{Online: true, TriesLeft: 3}, cvr: "A00003220000"},
		"arqc-mc-cvn20":           {history: card.History{Online: true, TriesLeft: 3}, cvr: "A00003220000"},
		"arqc-amex-style-1":       {history: card.History{Online: true, TriesLeft: 3}, cvr: "A00000"},
		"arqc-amex-style-2-psn02": {history: card.History{Online: true, TriesLeft: 3}, before: pinAndDDA, cvr: "A40002"},
	}
	found := 0
	for _, c := range vectors.LoadPart[in, out](t, "arqc") {
		h, ok := histories[c.Name]
		if !ok {
			continue
		}
		found++
		t.Run(c.Name, func(t *testing.T) {
			value := func(tag string) []byte { return unhex(t, c.In.Tags[tag]) }
			icc := opened(t, created(t, func(a *image.Application) {
				c.In.personalise(t, a)
				a.Cryptogram, a.Contact.AIP = c.In.Profile, emv.AIP(value("82"))
				a.Data = append(a.Data, image.Object{Tag: 0x9F58, Value: []byte{5}})
				a.Risk.LowerCount, a.Risk.Country = 0x9F58, [2]byte(value("9F1A"))
			}))
			atc := emv.ATC(value("9F36")[0])<<8 | emv.ATC(value("9F36")[1])
			h.history.ATC = atc - 1
			require.NoError(t, card.SetHistory(icc, h.history))
			d := inserted(t, icc).begin()
			require.Equal(t, atc, d.atc)
			if h.before != nil {
				h.before(d)
			}
			for tag, v := range c.In.Tags {
				raw := unhex(t, tag)
				parsed, _, err := emv.DecodeTag(raw)
				require.NoError(t, err)
				d.data[parsed] = v
			}
			answer := d.ok(apdu.GenerateAC(emv.ACTypeARQC, false, d.fill(cdol1, nil)))
			assert.Equal(t, c.Out.ARQC, upper(arqcOf(t, answer)))
			iad := objectOf(t, answer, 0x9F10)
			parts, err := emv.ParseIAD(iad)
			require.NoError(t, err)
			assert.Equal(t, h.cvr, upper(parts.RawCVR))
		})
	}
	assert.Equal(t, len(histories), found)
}

func pinAndDDA(d *dialogue) {
	d.ok(plaintext(d.t, "1234"))
	d.ok(apdu.InternalAuthenticate(make([]byte, 4)))
}

func upper[B ~[]byte | emv.AC](b B) string {
	const digits = "0123456789ABCDEF"
	var s []byte
	for i := range len(b) {
		s = append(s, digits[b[i]>>4], digits[b[i]&0x0F])
	}
	return string(s)
}

// objectOf returns a data object of an answer of format 2.
func objectOf(t tb, answer []byte, tag emv.Tag) []byte {
	t.Helper()
	template, _, err := tlv.Next(answer)
	require.NoError(t, err)
	value, ok, err := tlv.Find(template.Value, tag)
	require.NoError(t, err)
	require.True(t, ok, tag)
	return value
}

// TestIssuerAuthenticationVectors has the card judge published issuer
// authentication data by EXTERNAL AUTHENTICATE.
func TestIssuerAuthenticationVectors(t *testing.T) {
	type in struct {
		cardIn
		Method  int    `json:"method"`
		Session string `json:"session"`
		ATC     string `json:"atc"`
		ARQC    string `json:"arqc"`
		Tag91   string `json:"tag_91"`
	}
	type out struct {
		Tag91 string `json:"tag_91"`
	}
	rows := map[string]string{"1 none": "visa-cvn10", "1 csk": "mc-cvn20", "2 csk": "visa-cvn18"}
	found := 0
	for _, c := range vectors.LoadPart[in, out](t, "arpc") {
		row, ok := rows[map[int]string{1: "1 ", 2: "2 "}[c.In.Method]+c.In.Session]
		if !ok {
			continue // a session key of a number that no card chooses
		}
		found++
		for _, row := range slices.Compact([]string{row, map[bool]string{true: "mc-cvn16", false: row}[c.Name == "arpc1-mc-cvn16"]}) {
			t.Run(c.Name+" "+row, func(t *testing.T) {
				icc := opened(t, created(t, func(a *image.Application) { c.In.personalise(t, a); a.Cryptogram = row }))
				d := inserted(t, icc).begin()
				atc := uint16(1)
				if c.In.ATC != "" {
					atc = uint16(unhex(t, c.In.ATC)[0])<<8 | uint16(unhex(t, c.In.ATC)[1])
				}
				card.Online(d.card, emv.ATC(atc), emv.AC(unhex(t, c.In.ARQC)), false)
				data, want := c.Out.Tag91, apdu.SWSuccess
				if c.In.Tag91 != "" {
					data = c.In.Tag91
				}
				if c.Expect != vectors.OK {
					want = apdu.SWAuthenticationFailed
				}
				d.refused(want, apdu.ExternalAuthenticate(unhex(t, data)))
				assert.Equal(t, want != apdu.SWSuccess, icc.Status()[0].IssuerAuthenticationFailed)
			})
		}
	}
	assert.Equal(t, 12, found)
}

// TestPINChangeVectors has the card carry out published PIN CHANGE/UNBLOCK
// commands, and looks by VERIFY which PIN it has.
func TestPINChangeVectors(t *testing.T) {
	type in struct {
		cardIn
		Style   string `json:"style"`
		ATC     string `json:"atc"`
		AC      string `json:"ac"`
		NewPIN  string `json:"new_pin"`
		OldPIN  string `json:"old_pin"`
		CardPIN string `json:"card_pin"`
		Context bool   `json:"atc_ac_in_mac"`
		APDU    string `json:"apdu"`
		Header  string `json:"header"`
	}
	type out struct {
		APDU string `json:"apdu"`
	}
	refusals := map[emv.Failure]apdu.SW{vectors.OK: apdu.SWSuccess, emv.ErrWrongMAC: apdu.SWMACIncorrect, emv.ErrWrongPIN: apdu.SWWrongData}
	found := 0
	for _, c := range vectors.LoadPart[in, out](t, "pin-change") {
		command := unhex(t, c.Out.APDU+c.In.APDU)
		if _, err := apdu.ParseCommand(command); err != nil || !c.In.Context {
			continue // its Lc is not that of its data: the MAC alone can be checked
		}
		found++
		t.Run(c.Name, func(t *testing.T) {
			before := "1111"
			for _, digits := range []string{c.In.OldPIN, c.In.CardPIN} {
				if digits != "" {
					before = digits
				}
			}
			m := created(t, func(a *image.Application) {
				c.In.personalise(t, a)
				a.Script, a.PIN = c.In.Style, newPIN(t, before)
			})
			icc := opened(t, m)
			d := inserted(t, icc).begin()
			atc := unhex(t, c.In.ATC)
			card.Online(d.card, emv.ATC(atc[0])<<8|emv.ATC(atc[1]), emv.AC(unhex(t, c.In.AC)), true)
			want := refusals[c.Expect]
			require.NotZero(t, want)
			assert.Equal(t, want, d.raw(command).SW)
			after := before
			if want == apdu.SWSuccess && c.In.NewPIN != "" {
				after = c.In.NewPIN
			}
			assert.True(t, acceptsPIN(t, m, after))
			assert.Equal(t, want != apdu.SWSuccess, icc.Status()[0].ScriptFailed)
		})
	}
	assert.Equal(t, 12, found)
}

// TestScriptVectors has the card carry out other published script commands.
func TestScriptVectors(t *testing.T) {
	type in struct {
		cardIn
		Style  string `json:"style"`
		ATC    string `json:"atc"`
		AC     string `json:"ac"`
		Header string `json:"header"`
		Data   string `json:"data"`
		MAC    string `json:"mac"`
	}
	type out struct {
		MAC string `json:"mac"`
	}
	found := 0
	for _, c := range vectors.LoadPart[in, out](t, "script-mac") {
		mac := c.In.MAC
		if mac == "" {
			mac = c.Out.MAC
		}
		command := unhex(t, c.In.Header+c.In.Data+mac)
		parsed, err := apdu.ParseCommand(command)
		if err != nil || c.In.PAN == "" || parsed.INS == apdu.INSPINChange && parsed.P2 != 0 {
			continue // its Lc is not that of its data, or there is no PIN block in it
		}
		found++
		t.Run(c.Name, func(t *testing.T) {
			icc := opened(t, created(t, func(a *image.Application) {
				c.In.personalise(t, a)
				a.Script = c.In.Style
				a.Data, a.Puts = append(a.Data, image.Object{Tag: 0x9F58, Value: []byte{0}}), []emv.Tag{0x9F58}
			}))
			d := inserted(t, icc).begin()
			atc := unhex(t, c.In.ATC)
			card.Online(d.card, emv.ATC(atc[0])<<8|emv.ATC(atc[1]), emv.AC(unhex(t, c.In.AC)), true)
			want := apdu.SWSuccess
			if c.Expect != vectors.OK {
				want = apdu.SWMACIncorrect
			}
			assert.Equal(t, want, d.raw(command).SW)
			if command[1] == apdu.INSPutData {
				assert.Equal(t, unhex(t, "9F580103"), d.ok(apdu.GetData(0x9F58)))
			}
		})
	}
	assert.Equal(t, 7, found)
}

// TestEveryRow runs a whole online transaction on each row whose issuer application
// data can be written: the issuer verifies both cryptograms and is believed, a
// script of each style is carried out, and the next CVR tells of it.
func TestEveryRow(t *testing.T) {
	styles := map[cryptogram.Scheme]string{
		cryptogram.SchemeVisa: "visa", cryptogram.SchemeMastercard: "mchip", cryptogram.SchemeCCD: "ccd", cryptogram.SchemeAmexStyle: "amex-style",
	}
	for _, p := range cryptogram.Profiles() {
		if p.Layout == cryptogram.LayoutInterac {
			continue
		}
		t.Run(p.Name, func(t *testing.T) {
			icc := opened(t, created(t, func(a *image.Application) { a.Cryptogram, a.Script = p.Name, styles[p.Scheme] }))
			for round := range 2 {
				d := inserted(t, icc).begin()
				d.profile, d.style = &p, styles[p.Scheme]
				d.ok(plaintext(t, []string{"1234", "5678"}[round]))
				cvr := d.online()
				assert.Equal(t, uint8(round), cvr.ScriptCount)
				assert.Equal(t, p.Layout != cryptogram.LayoutVisa2, cvr.OfflinePINGood())
				assert.False(t, cvr.Has(emv.CVRScriptFailed))
				data, err := d.keys().AppendIssuerAuthenticationData(nil, d.arqc, cryptogram.IssuerResponse{ARC: [2]byte{'0', '0'}, CSU: [4]byte{0, 0x80}})
				require.NoError(t, err)
				d.ok(apdu.ExternalAuthenticate(data))
				second := d.complete(emv.ACTypeTC, "00")
				assert.Equal(t, emv.ACTypeTC, second.cid.Type())
				assert.Equal(t, emv.ACTypeTC, second.iad.CVR.SecondAC)
				d.ok(d.pinChange("5678"))
			}
		})
	}
}

// TestEncipheredPINByHand enciphers PIN blocks with nothing but big numbers.
func TestEncipheredPINByHand(t *testing.T) {
	key := rsaKey(t, 776).Public()
	for name, c := range map[string]struct {
		head  byte
		block string
		sw    apdu.SW
	}{
		"right":        {0x7F, "241234FFFFFFFFFF", apdu.SWSuccess},
		"wrong PIN":    {0x7F, "241235FFFFFFFFFF", 0x63C2},
		"wrong header": {0x6F, "241234FFFFFFFFFF", 0x63C2},
		"other format": {0x7F, "041234FFFFFFFFFF", 0x63C2},
	} {
		d := inserted(t, opened(t, created(t))).begin()
		clear := slices.Concat([]byte{c.head}, unhex(t, c.block), d.ok(apdu.GetChallenge()))
		clear = append(clear, make([]byte, key.Size()-len(clear))...)
		enciphered := new(big.Int).Exp(new(big.Int).SetBytes(clear), new(big.Int).SetBytes(key.Exponent()), new(big.Int).SetBytes(key.Modulus()))
		data := enciphered.FillBytes(make([]byte, key.Size()))
		command := append(unhex(t, "00200088"+hex.EncodeToString([]byte{byte(len(data))})), data...)
		assert.Equal(t, c.sw, d.raw(command).SW, name)
	}
}
