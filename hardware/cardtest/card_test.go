package cardtest_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/apdu"
	"github.com/f510b0cf/till/emv/cryptogram"
	"github.com/f510b0cf/till/emv/image"
	"github.com/f510b0cf/till/emv/oda"
	"github.com/f510b0cf/till/emv/tlv"
	"github.com/f510b0cf/till/hardware"
	"github.com/f510b0cf/till/hardware/card"
	"github.com/f510b0cf/till/hardware/cardtest"
)

// terminal is a small terminal with values for every data object list.
type terminal struct {
	t    *testing.T
	chip hardware.Card
	data map[emv.Tag][]byte // sent to the card, and got from it
}

func (m *terminal) ok(c apdu.Command) []byte {
	m.t.Helper()
	r, err := apdu.Exchange(context.Background(), m.chip, c)
	require.NoError(m.t, err)
	require.Equal(m.t, apdu.SWSuccess, r.SW, c.Name())
	return r.Data
}

// fill returns the values of a list and notes them.
func (m *terminal) fill(list tlv.DOL) []byte {
	return list.Append(nil, func(tag emv.Tag) ([]byte, emv.Format, bool) {
		v, ok := m.data[tag]
		return v, emv.FormatB, ok
	})
}

// take notes the data objects of an answer.
func (m *terminal) take(answer []byte) {
	m.t.Helper()
	for e, err := range tlv.Elements(answer) {
		require.NoError(m.t, err)
		for inside, err := range tlv.Elements(e.Value) {
			require.NoError(m.t, err)
			m.data[inside.Tag] = inside.Value
		}
	}
}

// begin selects the application, starts a transaction and reads the records. It
// returns the static data that is signed.
func begin(t *testing.T, c *cardtest.Card) (m *terminal, signed []byte) {
	t.Helper()
	a := c.Image().Applications[0]
	m = &terminal{t, c.Insert(t), map[emv.Tag][]byte{
		0x9F02: {0, 0, 0, 0, 0x12, 0x34}, 0x9F03: make([]byte, 6), 0x9F1A: {0x08, 0x40}, 0x95: make([]byte, 5), 0x5F2A: {0x08, 0x40},
		0x9A: {0x26, 0x01, 0x02}, 0x9C: {0}, 0x9F37: {1, 2, 3, 4}, 0x9F35: {0x22},
	}}
	m.ok(apdu.Select(a.Name, apdu.First))
	template := tlv.Append(nil, 0x83, m.fill(a.Contact.PDOL))
	m.take(m.ok(apdu.GetProcessingOptions(template)))
	afl, err := emv.ParseAFL(m.data[0x94])
	require.NoError(t, err)
	for _, e := range afl {
		for n := int(e.First); n <= int(e.Last); n++ {
			record := m.ok(apdu.ReadRecord(e.SFI, uint8(n)))
			m.take(record)
			if n < int(e.First)+int(e.ODACount) {
				signed, err = oda.AppendRecord(signed, e.SFI, record)
				require.NoError(t, err)
			}
		}
	}
	return m, signed
}

// request is what a terminal would send online after an ARQC.
func (m *terminal) request() cardtest.Request {
	m.t.Helper()
	var objects []byte
	for _, tag := range []emv.Tag{0x9F02, 0x9F03, 0x9F1A, 0x95, 0x5F2A, 0x9A, 0x9C, 0x9F37, 0x82, 0x9F36, 0x9F10, 0x9F26} {
		objects = tlv.Append(objects, tag, m.data[tag])
	}
	r, err := cardtest.ParseRequest(objects)
	require.NoError(m.t, err)
	return r
}

// TestStory changes the PIN of a test card of each row, with its issuer.
func TestStory(t *testing.T) {
	for _, row := range cryptogram.Profiles() {
		if row.Layout == cryptogram.LayoutInterac {
			continue
		}
		t.Run(row.Name, func(t *testing.T) {
			c := cardtest.New(t, cardtest.Options{Text: `
extends: amex-pin
name: story
protocol: t0
applications:
- aid: A000000025010801
  label: STORY
  cryptogram: ` + row.Name + `
  script: ccd
  cvm_list: 4103 1F03
`})
			issuer, err := c.Issuer(0)
			require.NoError(t, err)
			m, _ := begin(t, c)
			a := c.Image().Applications[0]
			m.take(m.ok(apdu.GenerateAC(emv.ACTypeARQC, false, m.fill(a.CDOL1))))
			r := m.request()
			require.NoError(t, issuer.Verify(r))
			answer, err := issuer.Answer(r, true)
			require.NoError(t, err)
			m.ok(apdu.ExternalAuthenticate(answer))
			m.data[0x8A] = []byte("00")
			m.take(m.ok(apdu.GenerateAC(emv.ACTypeTC, false, m.fill(a.CDOL2))))
			assert.Equal(t, []byte{0x40}, m.data[0x9F27])
			change, err := issuer.PINChange(r, "5678")
			require.NoError(t, err)
			command, err := apdu.ParseCommand(change)
			require.NoError(t, err)
			m.ok(command)
			require.NoError(t, c.Reopen())
			m, _ = begin(t, c)
			m.ok(apdu.VerifyPlaintext([]byte{0x24, 0x56, 0x78, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF}))
			forged := r
			forged.ARQC[0] ^= 1
			require.ErrorIs(t, issuer.Verify(forged), emv.ErrWrongMAC)
		})
	}
}

// TestOfflineDataAuthentication verifies what a card signs, from the CA public key
// down, with nothing but what commands have brought.
func TestOfflineDataAuthentication(t *testing.T) {
	for _, sizes := range []string{"ca: 1152, issuer: 1024, icc: 896", "ca: 1984, issuer: 1408, icc: 1152"} {
		for _, method := range []string{"sda", "dda", "cda"} {
			t.Run(method+" "+sizes, func(t *testing.T) {
				c := cardtest.New(t, cardtest.Options{Text: `
name: oda
account: {pan_prefix: "374245"}
applications:
- aid: A000000025010801
  label: ODA
  pdol: 9F3501
  cryptogram: amex-style
  script: amex-style
  oda: {method: ` + method + ", " + sizes + `, sign_aip: true}
`})
				m, signed := begin(t, c)
				a := c.Image().Applications[0]
				signed = append(signed, m.data[0x82]...)
				chain := oda.Chain{
					CA:    c.Issued.CAPublicKeys[0].Key,
					Data:  func(tag emv.Tag) ([]byte, bool) { v, ok := m.data[tag]; return v, ok },
					Terms: oda.Terms{PAN: a.PAN, Date: emv.Date{Year: 2026, Month: 1, Day: 2}},
				}
				issuer, err := chain.Issuer()
				require.NoError(t, err)
				if method == "sda" {
					_, err = chain.StaticData(issuer.Key, signed)
					require.NoError(t, err)
					return
				}
				icc, err := chain.ICC(issuer.Key, signed)
				require.NoError(t, err)
				if method == "dda" {
					m.take(m.ok(apdu.InternalAuthenticate(m.fill(a.DDOL))))
					_, err = oda.VerifyDDA(icc.Key, m.data[0x9F4B], m.data[0x9F37])
					require.NoError(t, err)
					return
				}
				verifyCDA(t, c, m, icc.Key)
			})
		}
	}
}

// verifyCDA verifies the signatures of both cryptograms.
func verifyCDA(t *testing.T, c *cardtest.Card, m *terminal, key oda.PublicKey) {
	a := c.Image().Applications[0]
	transaction := oda.TransactionData{PDOL: m.fill(a.Contact.PDOL), CDOL1: m.fill(a.CDOL1)}
	verify := func(asked emv.ACType, values []byte) {
		answer := m.ok(apdu.GenerateAC(asked, true, values))
		m.take(answer)
		template, _, err := tlv.Next(answer)
		require.NoError(t, err)
		transaction.Response = template.Value
		hash, err := transaction.Hash()
		require.NoError(t, err)
		combined, err := oda.VerifyCDA(key, m.data[0x9F4B], emv.UnpredictableNumber(m.data[0x9F37]), emv.CID(m.data[0x9F27][0]), hash)
		require.NoError(t, err)
		require.Equal(t, asked, combined.CID.Type())
		m.data[0x9F26] = combined.AC[:]
	}
	verify(emv.ACTypeARQC, transaction.CDOL1)
	issuer, err := c.Issuer(0)
	require.NoError(t, err)
	r := m.request()
	require.NoError(t, issuer.Verify(r))
	answer, err := issuer.Answer(r, true)
	require.NoError(t, err)
	m.ok(apdu.ExternalAuthenticate(answer))
	m.data[0x8A] = []byte("00")
	transaction.CDOL2 = m.fill(a.CDOL2)
	verify(emv.ACTypeTC, transaction.CDOL2)
}

// TestSameCard: the same options make the same card, another seed another one.
func TestSameCard(t *testing.T) {
	text := cardtest.Options{Text: "name: x\naccount: {pan_prefix: \"374245\"}\napplications: [{aid: A000000025010801, label: X, cryptogram: amex-style, script: amex-style}]\n"}
	pan := func(o cardtest.Options) string {
		return fmt.Sprintf("%X", cardtest.New(t, o).Image().Applications[0].Files[0].Records[0])
	}
	assert.Equal(t, pan(text), pan(text))
	other := text
	other.Seed = 2
	assert.NotEqual(t, pan(text), pan(other))
}

// TestDecline: the issuer's answer may decline.
func TestDecline(t *testing.T) {
	c := cardtest.New(t, cardtest.Options{})
	m, _ := begin(t, c)
	a := c.Image().Applications[0]
	m.take(m.ok(apdu.GenerateAC(emv.ACTypeARQC, false, m.fill(a.CDOL1))))
	issuer, err := c.Issuer(0)
	require.NoError(t, err)
	answer, err := issuer.Answer(m.request(), false)
	require.NoError(t, err)
	m.ok(apdu.ExternalAuthenticate(answer))
	m.data[0x8A] = []byte("00")
	m.take(m.ok(apdu.GenerateAC(emv.ACTypeTC, false, m.fill(a.CDOL2))))
	assert.Equal(t, []byte{0x00}, m.data[0x9F27])
	assert.Equal(t, hardware.Contactless, hardware.PresentationOf(c.Tap(t)))
}

// TestEditAndCut alters a card before it is made, and takes its power once.
func TestEditAndCut(t *testing.T) {
	p := card.Point{Write: card.WriteATC, Moment: card.Torn}
	c := cardtest.New(t, cardtest.Options{
		Edit: func(i *image.Image) { i.ATR = []byte{0x3B, 0x00} },
		Cut:  func(at card.Point) bool { return at == p },
	})
	chip := c.Insert(t)
	assert.Equal(t, []byte{0x3B, 0x00}, chip.ATR())
	for _, command := range []apdu.Command{apdu.Select(c.Image().Applications[0].Name, apdu.First), apdu.GetProcessingOptions([]byte{0x83, 0})} {
		raw, err := command.Encode()
		require.NoError(t, err)
		if _, err = chip.Transmit(t.Context(), raw); command.INS == apdu.INSGetProcessingOptions {
			require.ErrorIs(t, err, hardware.ErrCardRemoved)
		}
	}
	require.NoError(t, c.Reopen())
	begin(t, c)
	assert.Equal(t, emv.ATC(1), c.Status()[0].ATC)
}

func TestMakeRefuses(t *testing.T) {
	for name, o := range map[string]cardtest.Options{
		"no such profile": {Profile: "none"},
		"bad text":        {Text: "name: [x]"},
		"no card":         {Text: "name: x"},
		"not to be run":   {Edit: func(i *image.Image) { i.Applications[0].PINTryLimit = 0 }},
	} {
		_, err := cardtest.Make(o)
		require.Error(t, err, name)
	}
	c := cardtest.New(t, cardtest.Options{})
	_, err := c.Issuer(1)
	require.Error(t, err)
	for _, objects := range [][]byte{nil, {0x9F}, {0x9F, 0x26, 0x01, 0x00}} {
		_, err = cardtest.ParseRequest(objects)
		require.ErrorIs(t, err, emv.ErrMalformed)
	}
}
