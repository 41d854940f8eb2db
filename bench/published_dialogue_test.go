package bench_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/apdu"
	"github.com/f510b0cf/till/emv/tlv"
	"github.com/f510b0cf/till/hardware"
	"github.com/f510b0cf/till/hardware/cardtest"
	"github.com/f510b0cf/till/testdata/vectors"
)

// vectorCard is the profile of the card of the published dialogues, with their keys
// and account. Neither AIP has EXTERNAL AUTHENTICATE: tag 91 comes in CDOL2.
const vectorCard = `
name: vector
account: {pan: "1234567890123456", country: "124", currency: "124"}
pin: %s
keys:
  imk_ac: 0123456789ABCDEFFEDCBA9876543210
  imk_smi: FEDCBA98765432100123456789ABCDEF
  imk_smc: 89ABCDEF0123456776543210FEDCBA98
applications:
  - aid: A000000025010801
    label: VECTOR
    aip: "1800"
    cvm_list: [plaintext-pin if-supported else-next, no-cvm]
    cdol1: 9F0206 9F0306 9F1A02 9505 5F2A02 9A03 9C01 9F3704
    cdol2: 910A 8A02
    cryptogram: %s
    script: %s
    dki: "01"
    risk: {offline_count: {lower: 200}}
`

// vectorTill is a terminal that says what a vector says.
type vectorTill struct {
	t    *testing.T
	chip hardware.Card
	data map[emv.Tag][]byte
}

// begin inserts the card and starts a transaction.
func (v *vectorTill) begin(c *cardtest.Card) {
	v.t.Helper()
	v.chip = c.Insert(v.t)
	v.ok(apdu.Select(c.Image().Applications[0].Name, apdu.First))
	v.take(v.ok(apdu.GetProcessingOptions([]byte{0x83, 0})))
}

func (v *vectorTill) ok(c apdu.Command) []byte {
	v.t.Helper()
	r := send(v.t, v.chip, c)
	require.Equal(v.t, apdu.SWSuccess, r.SW, c.Name())
	return r.Data
}

// take notes the data objects of an answer.
func (v *vectorTill) take(answer []byte) {
	v.t.Helper()
	outside, _, err := tlv.Next(answer)
	require.NoError(v.t, err)
	for e, err := range tlv.Elements(outside.Value) {
		require.NoError(v.t, err)
		v.data[e.Tag] = e.Value
	}
}

// generate asks for a cryptogram over the values of a list.
func (v *vectorTill) generate(asked emv.ACType, list tlv.DOL) {
	v.t.Helper()
	v.take(v.ok(apdu.GenerateAC(asked, false, list.Append(nil, func(tag emv.Tag) ([]byte, emv.Format, bool) {
		value, ok := v.data[tag]
		return value, emv.FormatB, ok
	}))))
}

// request is what goes to the issuer.
func (v *vectorTill) request() cardtest.Request {
	v.t.Helper()
	var objects []byte
	for _, tag := range []emv.Tag{0x9F02, 0x9F03, 0x9F1A, 0x95, 0x5F2A, 0x9A, 0x9C, 0x9F37, 0x82, 0x9F36, 0x9F10, 0x9F26} {
		objects = tlv.Append(objects, tag, v.data[tag])
	}
	r, err := cardtest.ParseRequest(objects)
	require.NoError(v.t, err)
	return r
}

// heard makes a transaction in which the issuer is authenticated and a script lowers
// the offline limit to 1, and one more approval offline than that.
func (v *vectorTill) heard(c *cardtest.Card) {
	v.t.Helper()
	a := c.Image().Applications[0]
	issuer, err := c.Issuer(0)
	require.NoError(v.t, err)
	v.begin(c)
	v.generate(emv.ACTypeARQC, a.CDOL1)
	asked := v.request()
	v.data[0x91], err = issuer.Answer(asked, true)
	require.NoError(v.t, err)
	v.data[0x8A] = []byte("00")
	v.generate(emv.ACTypeTC, a.CDOL2)
	command, err := issuer.Script(asked).PutData(0x9F58, []byte{1})
	require.NoError(v.t, err)
	v.ok(command)
	for range 2 {
		v.begin(c)
		v.generate(emv.ACTypeTC, a.CDOL1)
	}
}

// TestPublishedDialogues plays published cryptograms, answers and PIN changes of one
// transaction, ATC 001C, to a card that a profile with their keys makes and that
// commands alone have brought to the state that they tell of.
func TestPublishedDialogues(t *testing.T) {
	for _, c := range []struct {
		row, style, pin, arqc, arpc, change string
		before                              func(v *vectorTill, c *cardtest.Card)
	}{
		// CVR A06010: a PIN that was never set, a limit exceeded, one script command.
		{"visa-cvn10", "visa", "none", "arqc-visa-cvn10", "arpc1-visa-cvn10", "pin-visa-cvn10-p2-02", (*vectorTill).heard},
		// CVR A00003220000: three tries, no offline PIN, domestic.
		{"mc-cvn16", "mchip", `"1234"`, "arqc-mc-cvn16", "arpc1-mc-cvn16", "pin-mc-cvn16", func(*vectorTill, *cardtest.Card) {}},
		{"mc-cvn20", "mchip", `"1234"`, "arqc-mc-cvn20", "arpc1-mc-cvn20", "pin-mc-cvn20", func(*vectorTill, *cardtest.Card) {}},
	} {
		t.Run(c.row, func(t *testing.T) {
			card := cardtest.New(t, cardtest.Options{Text: fmt.Sprintf(vectorCard, c.pin, c.row, c.style)})
			a := card.Image().Applications[0]
			v := &vectorTill{t: t, data: map[emv.Tag][]byte{}}
			v.publish(c.arqc)
			c.before(v, card)
			for card.Status()[0].ATC < 0x1C {
				v.begin(card)
			}
			v.generate(emv.ACTypeARQC, a.CDOL1)
			published := published(t, "arqc", c.arqc)
			assert.Equal(t, published.In.IAD, vectors.Bytes(v.data[0x9F10]))
			require.Equal(t, published.Out.ARQC, vectors.Bytes(v.data[0x9F26]))

			v.data[0x91] = publishedOut(t, "arpc", c.arpc).Tag91
			v.data[0x8A] = v.data[0x91][8:]
			v.generate(emv.ACTypeTC, a.CDOL2)
			approved := string(v.data[0x8A]) == "00"
			assert.Equal(t, approved, emv.CID(v.data[0x9F27][0]).Type() == emv.ACTypeTC, "the code in 91 decides")
			r, err := v.chip.Transmit(t.Context(), publishedOut(t, "pin-change", c.change).APDU)
			require.NoError(t, err)
			assert.Equal(t, []byte{0x90, 0x00}, r, "the issuer is authenticated, and the script is its own")
			v.begin(card)
			assert.Equal(t, apdu.SWSuccess, verifyWith(t, v.chip, "9999"))
		})
	}
}

// publishedIn and publishedFields are what the dialogues need of vectors.
type publishedIn struct {
	Tags map[string]vectors.Bytes `json:"tags"`
	IAD  vectors.Bytes            `json:"iad"`
}

type publishedFields struct {
	ARQC  vectors.Bytes `json:"arqc"`
	Tag91 vectors.Bytes `json:"tag_91"`
	APDU  vectors.Bytes `json:"apdu"`
}

// published returns a vector.
func published(t *testing.T, kind, name string) vectors.Case[publishedIn, publishedFields] {
	t.Helper()
	for _, c := range vectors.LoadPart[publishedIn, publishedFields](t, kind) {
		if c.Name == name {
			require.Equal(t, vectors.OK, c.Expect)
			return c
		}
	}
	require.Fail(t, "no vector "+name)
	panic("unreachable")
}

func publishedOut(t *testing.T, kind, name string) publishedFields {
	t.Helper()
	return published(t, kind, name).Out
}

// publish has the terminal send the values of a vector. Those of the card are its own.
func (v *vectorTill) publish(name string) {
	v.t.Helper()
	for tag, value := range published(v.t, "arqc", name).In.Tags {
		parsed, err := emv.ParseTag(tag)
		require.NoError(v.t, err)
		v.data[parsed] = value
	}
}
