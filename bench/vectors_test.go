package bench_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/emv/oda"
	"github.com/f510b0cf/till/emv/perso"
	"github.com/f510b0cf/till/emv/random"
	"github.com/f510b0cf/till/emv/tlv"
	"github.com/f510b0cf/till/hardware"
	pos "github.com/f510b0cf/till/terminal"
	"github.com/f510b0cf/till/terminal/kernel"
	"github.com/f510b0cf/till/terminal/pinpad"
	"github.com/f510b0cf/till/testdata/vectors"
)

// fromText makes a card from the text of a profile.
func fromText(t *testing.T, text string) perso.Card {
	t.Helper()
	p, err := perso.Load(fstest.MapFS{"vector.yaml": {Data: []byte(text)}}, "vector.yaml")
	require.NoError(t, err, text)
	c, err := perso.Personalise(p, perso.Options{Random: random.Seeded(1), Date: emv.DateOf(now)})
	require.NoError(t, err, text)
	return c
}

// TestKeysOfVectors: a card whose profile has published issuer master keys has the
// published keys.
func TestKeysOfVectors(t *testing.T) {
	type in struct {
		IMK    string `json:"imk"`
		PAN    string `json:"pan"`
		PSN    string `json:"psn"`
		Option string `json:"option"`
	}
	type out struct {
		KCV vectors.Bytes `json:"kcv"`
	}
	made := 0
	for _, c := range vectors.LoadPart[in, out](t, "udk") {
		if c.In.PSN == "" {
			c.In.PSN = "00"
		}
		card := fromText(t, fmt.Sprintf(`
name: vector
account: {pan: %q, sequence_number: %q}
keys: {imk_ac: %s, imk_smi: %[3]s, imk_smc: %[3]s, option: %s}
applications: [{aid: A000000025010801, label: X, cryptogram: amex-style, script: amex-style}]
`, c.In.PAN, c.In.PSN, c.In.IMK, c.In.Option))
		value := card.Image.Applications[0].Keys.AC.CheckValue()
		assert.Equal(t, c.Out.KCV, vectors.Bytes(value[:len(c.Out.KCV)]), c.Name)
		made++
	}
	assert.GreaterOrEqual(t, made, 13)
}

// sdaIn is a vector of static data authentication.
type sdaIn struct {
	Method string `json:"method"`
	CAPK   struct {
		RID      vectors.Bytes `json:"rid"`
		Index    vectors.Bytes `json:"index"`
		Modulus  vectors.Bytes `json:"modulus"`
		Exponent vectors.Bytes `json:"exponent"`
	} `json:"capk"`
	Tags       map[string]vectors.Bytes `json:"tags"`
	StaticData vectors.Bytes            `json:"static_data"`
	Date       string                   `json:"date"`
}

type sdaOut struct {
	Expiry string `json:"issuer_cert_expiry_mmyy"`
}

// TestStaticDataOfVectors: the certificates and signatures of real cards, on cards
// made from profiles that give them, are found right and wrong by a terminal as the
// vectors say.
func TestStaticDataOfVectors(t *testing.T) {
	made := 0
	for _, c := range vectors.LoadPart[sdaIn, sdaOut](t, "oda") {
		if c.In.Method != "SDA" || c.Name == "ax1-sda-no-aip" { // which is a mistake of a terminal
			continue
		}
		made++
		t.Run(c.Name, func(t *testing.T) {
			card := fromText(t, c.In.profile(t, c.Expect))
			day, err := time.Parse("060102", c.In.Date)
			if err != nil {
				day = time.Date(2007, time.June, 1, 0, 0, 0, 0, time.UTC) // a day on which the certificates were good
			}
			result := c.In.transact(t, open(t, issue(t, card)), day)
			assert.True(t, result.TVR.Has(emv.TVRSDASelected), result.Reason)
			assert.Equal(t, c.Expect != vectors.OK, result.TVR.Has(emv.TVRSDAFailed), "%v", result.Steps)
			assert.False(t, result.TVR.Has(emv.TVRICCDataMissing))
		})
	}
	assert.Equal(t, 8, made)
}

// profile returns the profile of a card with the records and certificates of the
// vector. Its AIP has CDA, so it needs some key of its own.
func (in sdaIn) profile(t *testing.T, expect emv.Failure) string {
	t.Helper()
	data, aip := in.StaticData[:len(in.StaticData)-2], in.StaticData[len(in.StaticData)-2:]
	objects := fmt.Sprintf("%q: %s", "8F", in.CAPK.Index)
	for _, tag := range []string{"90", "92", "9F32", "93"} {
		objects += fmt.Sprintf(", %q: %s", tag, in.Tags[tag])
	}
	var tags []string
	var pan account.PAN
	var psn []byte
	for e, err := range tlv.Elements(data) {
		require.NoError(t, err)
		value := e.Value
		if e.Tag == 0x5A && expect == emv.ErrBadIssuerID {
			value = in.Tags["5A"]
		}
		if e.Tag == 0x5A {
			pan, err = account.DecodePAN(value)
			require.NoError(t, err)
		}
		if e.Tag == 0x5F34 {
			psn = value
		}
		tags = append(tags, e.Tag.String())
		objects += fmt.Sprintf(", %q: %X", e.Tag.String(), value)
	}
	var digits string
	pan.Open(func(d []byte) { digits = string(d) })
	key, err := oda.GenerateKey(random.Seeded(3).Stream("icc"), 768, oda.Exponent3)
	require.NoError(t, err)
	var p, q []byte
	key.Open(func(a, b []byte) { p, q = append(p, a...), append(q, b...) })
	return fmt.Sprintf(`
name: vector
account: {pan: %q, sequence_number: "%X"}
applications:
  - aid: %s01
    label: VECTOR
    aip: %s
    cdol1: 9F0206 9F0306 9F1A02 9505 5F2A02 9A03 9C01 9F3704
    cdol2: 8A02 9F0206 9F0306 9F1A02 9505 5F2A02 9A03 9C01 9F3704
    cvm_list: [no-cvm]
    cryptogram: amex-style
    script: amex-style
    oda: {method: sda, icc_key: {p: %X, q: %X}}
    objects: {%s}
    records:
      - {sfi: 1, signed: true, tags: [%s]}
      - {sfi: 2, tags: ["57", "8F", "9F32", "92"]}
      - {sfi: 2, tags: ["90"]}
      - {sfi: 2, tags: ["93"]}
`, digits, psn, in.CAPK.RID, aip, p, q, objects, `"`+strings.Join(tags, `", "`)+`"`)
}

// transact takes the card to a terminal that knows SDA alone, and the CA key of the
// vector.
func (in sdaIn) transact(t *testing.T, chip hardware.Chip, day time.Time) *kernel.Result {
	t.Helper()
	p := schemesProfile(t, "demo")
	p.Applications = p.Applications[:1]
	p.Applications[0].AID, p.Applications[0].PartialSelection = in.CAPK.RID, true
	p.Capabilities[2] = 0x80
	public, err := oda.NewPublicKey(in.CAPK.Modulus, in.CAPK.Exponent)
	require.NoError(t, err)
	p.CAPublicKeys, err = oda.NewCAPublicKeys(oda.CAPublicKey{RID: oda.RID(in.CAPK.RID), Index: in.CAPK.Index[0], Key: public})
	require.NoError(t, err)
	powered, err := chip.PowerOn(hardware.Contact)
	require.NoError(t, err)
	result, err := kernelOf(t, p).Transact(t.Context(), powered, pinpad.NewScripted(), pos.NoHost{}, kernel.Transaction{Amount: 1234, Time: day, Counter: 1})
	require.NoError(t, err)
	return result
}
