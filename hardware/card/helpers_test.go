package card_test

import (
	"context"
	"encoding/hex"
	"io"
	"strings"
	"sync"

	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/emv/apdu"
	"github.com/f510b0cf/till/emv/cryptogram"
	"github.com/f510b0cf/till/emv/image"
	"github.com/f510b0cf/till/emv/oda"
	"github.com/f510b0cf/till/emv/pin"
	"github.com/f510b0cf/till/emv/random"
	"github.com/f510b0cf/till/emv/script"
	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/emv/tlv"
	"github.com/f510b0cf/till/hardware"
	"github.com/f510b0cf/till/hardware/card"
)

// tb is what tests, benchmarks, fuzz targets and rapid have in common.
type tb interface {
	Helper()
	Errorf(format string, args ...any)
	FailNow()
}

const (
	testAID  = "A000000025010801"
	testAID2 = "A000000025010802"
	testPSE  = "1PAY.SYS.DDF01"
	testPPSE = "2PAY.SYS.DDF01"
	tryLimit = 3

	cdol1 = "9F02069F03069F1A0295055F2A029A039C019F3704"
	cdol2 = "8A02" + cdol1
)

// terminalData are the values that the test's terminal has.
var terminalData = map[emv.Tag]string{
	0x9F02: "000000001234", 0x9F03: "000000000000", 0x9F1A: "0276", 0x95: "0000008000", 0x5F2A: "0978",
	0x9A: "261123", 0x9C: "00", 0x9F37: "1A2B3C4D", 0x9F35: "22",
}

func unhex(t tb, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	require.NoError(t, err)
	return b
}

func dol(t tb, s string) tlv.DOL {
	t.Helper()
	list, err := tlv.ParseDOL(unhex(t, s))
	require.NoError(t, err)
	return list
}

func newPIN(t tb, digits string) pin.PIN {
	t.Helper()
	p, err := pin.Parse([]byte(digits))
	require.NoError(t, err)
	return p
}

func tdes(t tb, s string) secret.Key {
	t.Helper()
	k, err := secret.NewTDES(unhex(t, s))
	require.NoError(t, err)
	return k
}

func storageKey(t tb, first byte) secret.Key {
	t.Helper()
	raw := make([]byte, 32)
	raw[0] = first
	k, err := secret.NewAES(raw)
	require.NoError(t, err)
	return k
}

// stream returns bytes that are the same in every run.
func stream(name string) io.Reader { return random.Seeded(1).Stream(name) }

var (
	keysMutex sync.Mutex
	rsaKeys   = map[int]oda.PrivateKey{}
)

// rsaKey returns the RSA key of a size, the same in every test.
func rsaKey(t tb, bits int) oda.PrivateKey {
	t.Helper()
	keysMutex.Lock()
	defer keysMutex.Unlock()
	if k, ok := rsaKeys[bits]; ok {
		return k
	}
	k, err := oda.GenerateKey(stream("rsa"), bits, oda.Exponent3)
	require.NoError(t, err)
	rsaKeys[bits] = k
	return k
}

// cardKeys are the card's ICC master keys.
func cardKeys(t tb) cryptogram.MasterKeys {
	return cryptogram.MasterKeys{
		AC:  tdes(t, "0123456789ABCDEFFEDCBA9876543210"),
		SMI: tdes(t, "FEDCBA98765432100123456789ABCDEF"),
		SMC: tdes(t, "89ABCDEF0123456776543210FEDCBA98"),
	}
}

func fci(t tb, name []byte) []byte {
	return tlv.Append(nil, 0x6F, tlv.Append(tlv.Append(nil, 0x84, name), 0xA5, unhex(t, "500454455354")))
}

// testImage is a card with two applications of which the second is the first
// again under another name, without contactless and with another PIN.
func testImage(t tb) image.Image {
	t.Helper()
	pan, err := account.ParsePAN([]byte("374245001741007"))
	require.NoError(t, err)
	aip := emv.AIP{0x3D, 0x00}
	a := image.Application{
		Name: unhex(t, testAID), PAN: pan,
		Contact: image.Interface{FCI: fci(t, unhex(t, testAID)), PDOL: dol(t, "9F3501"), AIP: aip, AFL: emv.AFL{{SFI: 1, First: 1, Last: 2, ODACount: 1}}},
		Files:   []image.File{{SFI: 1, Records: [][]byte{unhex(t, "70045A023742"), unhex(t, "70035F3400")}}},
		Data:    []image.Object{{Tag: 0x9F14, Value: []byte{0x03}}},
		CDOL1:   dol(t, cdol1), CDOL2: dol(t, cdol2), DDOL: dol(t, "9F3704"),
		Cryptogram: "amex-style", Script: "amex-style", DKI: 0x01,
		Keys: cardKeys(t), ICCKey: rsaKey(t, 768), PINKey: rsaKey(t, 776),
		PIN: newPIN(t, "1234"), PINTryLimit: tryLimit,
	}
	a.Contactless = &image.Interface{FCI: fci(t, unhex(t, testAID)), AIP: aip}
	second := a
	second.Name, second.Contactless, second.PIN = unhex(t, testAID2), nil, newPIN(t, "7777")
	second.Contact.FCI = fci(t, second.Name)
	return image.Image{
		ATR: unhex(t, "3B6500002063CB6800"),
		Environments: []image.Environment{
			{Name: []byte(testPSE), FCI: fci(t, []byte(testPSE)), File: &image.File{SFI: 1, Records: [][]byte{unhex(t, "7003610100")}}},
			{Name: []byte(testPPSE), FCI: fci(t, []byte(testPPSE))},
		},
		Applications: []image.Application{a, second},
	}
}

// created returns the memory of a new card; alter may change its first
// application.
func created(t tb, alter ...func(*image.Application)) *card.Memory {
	t.Helper()
	img := testImage(t)
	for _, f := range alter {
		f(&img.Applications[0])
	}
	m := card.NewMemory()
	require.NoError(t, card.Create(m, storageKey(t, 1), img, stream("create")))
	return m
}

func withoutPIN(a *image.Application) { a.PIN = pin.PIN{} }

// opened opens the card in a medium.
func opened(t tb, m card.Medium) *card.ICC {
	t.Helper()
	c, err := card.Open(card.Config{Medium: m, Key: storageKey(t, 1)})
	require.NoError(t, err)
	return c
}

// dialogue plays the terminal and the issuer of one card.
type dialogue struct {
	t    tb
	icc  *card.ICC
	card hardware.Card

	atc  emv.ATC
	arqc emv.AC
	data map[emv.Tag]string // terminal data that differ
	t0   bool               // 61xx and 6Cxx are resolved

	aip     *emv.AIP            // of the card, where it differs
	profile *cryptogram.Profile // of the card, where it differs
	style   string              // of its scripts, where it differs
}

// inserted powers a card on over contacts.
func inserted(t tb, c *card.ICC) *dialogue { return presented(t, c, hardware.Contact) }

func presented(t tb, c *card.ICC, p hardware.Presentation) *dialogue {
	t.Helper()
	powered, err := c.PowerOn(p)
	require.NoError(t, err)
	return &dialogue{t: t, icc: c, card: powered, data: map[emv.Tag]string{}}
}

// raw sends bytes and wants a response.
func (d *dialogue) raw(command []byte) apdu.Response {
	d.t.Helper()
	b, err := d.card.Transmit(context.Background(), command)
	require.NoError(d.t, err)
	r, err := apdu.ParseResponse(b)
	require.NoError(d.t, err)
	return r
}

func (d *dialogue) send(c apdu.Command) apdu.Response {
	d.t.Helper()
	if d.t0 {
		r, err := apdu.Exchange(context.Background(), d.card, c)
		require.NoError(d.t, err)
		return r
	}
	b, err := c.Encode()
	require.NoError(d.t, err)
	return d.raw(b)
}

// ok sends a command that the card accepts.
func (d *dialogue) ok(c apdu.Command) []byte {
	d.t.Helper()
	r := d.send(c)
	require.Equal(d.t, apdu.SWSuccess, r.SW, c.Name())
	return r.Data
}

// refused sends a command that the card answers with that word and no data.
func (d *dialogue) refused(sw apdu.SW, c apdu.Command) {
	d.t.Helper()
	r := d.send(c)
	require.Equal(d.t, sw, r.SW, c.Name())
	require.Empty(d.t, r.Data, c.Name())
}

// begin selects the first application and starts a transaction.
func (d *dialogue) begin() *dialogue {
	d.t.Helper()
	d.ok(apdu.Select(unhex(d.t, testAID), apdu.First))
	d.atc = d.icc.Status()[0].ATC + 1
	template := "830122"
	if hardware.PresentationOf(d.card) == hardware.Contactless {
		template = "8300"
	}
	d.ok(apdu.GetProcessingOptions(unhex(d.t, template)))
	return d
}

// fill returns the values of a data object list.
func (d *dialogue) fill(list string, extra map[emv.Tag]string) []byte {
	d.t.Helper()
	return dol(d.t, list).Append(nil, func(tag emv.Tag) ([]byte, emv.Format, bool) {
		for _, source := range []map[emv.Tag]string{extra, d.data, terminalData} {
			if v, ok := source[tag]; ok {
				return unhex(d.t, v), emv.FormatB, true
			}
		}
		return nil, 0, false
	})
}

// answerAC is an answer to GENERATE AC taken apart.
type answerAC struct {
	cid emv.CID
	ac  emv.AC
	iad emv.IAD
	raw []byte // 9F10
}

// generate sends GENERATE AC and takes the answer apart.
func (d *dialogue) generate(asked emv.ACType, data []byte) answerAC {
	d.t.Helper()
	answer := d.ok(apdu.GenerateAC(asked, false, data))
	outer, rest, err := tlv.Next(answer)
	require.NoError(d.t, err)
	require.Empty(d.t, rest)
	require.Equal(d.t, emv.Tag(0x77), outer.Tag)
	value := func(tag emv.Tag) []byte {
		v, ok, err := tlv.Find(outer.Value, tag)
		require.NoError(d.t, err)
		require.True(d.t, ok, tag)
		return v
	}
	atc := d.atc.Bytes()
	require.Equal(d.t, atc[:], value(0x9F36))
	a := answerAC{cid: emv.CID(value(0x9F27)[0]), ac: emv.AC(value(0x9F26)), raw: value(0x9F10)}
	a.iad, err = emv.ParseIAD(a.raw)
	require.NoError(d.t, err)
	d.verify(a)
	return a
}

// keys are the issuer's keys for the transaction.
func (d *dialogue) keys() cryptogram.Session {
	p, ok := cryptogram.ProfileByName("amex-style")
	require.True(d.t, ok)
	if d.profile != nil {
		p = *d.profile
	}
	return p.Session(cardKeys(d.t).AC, d.atc, emv.UnpredictableNumber(unhex(d.t, terminalData[0x9F37])))
}

// verify checks a cryptogram as the issuer does.
func (d *dialogue) verify(a answerAC) {
	d.t.Helper()
	in := cryptogram.Input{AIP: [2]byte{0x3D, 0x00}, ATC: d.atc, IAD: a.raw}
	if d.aip != nil {
		in.AIP = *d.aip
	}
	for _, source := range []map[emv.Tag]string{terminalData, d.data} {
		for tag, v := range source {
			require.NoError(d.t, in.Set(tag, unhex(d.t, v)))
		}
	}
	require.NoError(d.t, d.keys().Verify(&in, a.ac))
}

// online asks for an ARQC and gets it.
func (d *dialogue) online() emv.CVR {
	d.t.Helper()
	a := d.generate(emv.ACTypeARQC, d.fill(cdol1, nil))
	require.Equal(d.t, emv.ACTypeARQC, a.cid.Type())
	d.arqc = a.ac
	return a.iad.CVR
}

// issuerData returns tag 91 for a response code.
func (d *dialogue) issuerData(arc string) []byte {
	d.t.Helper()
	data, err := d.keys().AppendIssuerAuthenticationData(nil, d.arqc, cryptogram.IssuerResponse{ARC: [2]byte([]byte(arc))})
	require.NoError(d.t, err)
	return data
}

// authenticated sends EXTERNAL AUTHENTICATE with a response code.
func (d *dialogue) authenticated(arc string) *dialogue {
	d.t.Helper()
	d.ok(apdu.ExternalAuthenticate(d.issuerData(arc)))
	return d
}

// complete sends the second GENERATE AC with 8A.
func (d *dialogue) complete(asked emv.ACType, arc string) answerAC {
	d.t.Helper()
	return d.generate(asked, d.fill(cdol2, map[emv.Tag]string{0x8A: hex.EncodeToString([]byte(arc))}))
}

// approved goes through a transaction that the issuer approves, up to its TC.
func (d *dialogue) approved() emv.CVR {
	d.t.Helper()
	cvr := d.begin().online()
	tc := d.authenticated("00").complete(emv.ACTypeTC, "00")
	require.Equal(d.t, emv.ACTypeTC, tc.cid.Type())
	return cvr
}

// script is the issuer's secure messaging for the transaction.
func (d *dialogue) script() script.Session {
	name := "amex-style"
	if d.style != "" {
		name = d.style
	}
	style, ok := script.StyleByName(name)
	require.True(d.t, ok)
	return script.NewSession(style, cardKeys(d.t), script.Context{ATC: d.atc, AC: d.arqc})
}

func (d *dialogue) pinChange(digits string) apdu.Command {
	d.t.Helper()
	c, err := d.script().PINChange(newPIN(d.t, digits))
	require.NoError(d.t, err)
	return c
}

func (d *dialogue) pinUnblock() apdu.Command {
	d.t.Helper()
	c, err := d.script().PINUnblock()
	require.NoError(d.t, err)
	return c
}

// plaintext returns VERIFY with a PIN in the clear.
func plaintext(t tb, digits string) (c apdu.Command) {
	t.Helper()
	block, err := pin.Encode(pin.Format2, newPIN(t, digits), account.PAN{}, nil)
	require.NoError(t, err)
	block.Open(func(clear []byte) { c = apdu.VerifyPlaintext(append([]byte(nil), clear...)) })
	return c
}

// enciphered returns VERIFY with a PIN enciphered for a challenge.
func enciphered(t tb, key oda.PublicKey, digits string, challenge []byte) apdu.Command {
	t.Helper()
	block, err := pin.Encode(pin.Format2, newPIN(t, digits), account.PAN{}, nil)
	require.NoError(t, err)
	data, err := oda.EncipherPIN(key, block, oda.Challenge(challenge), stream("pin"))
	require.NoError(t, err)
	return apdu.VerifyEnciphered(data)
}

// acceptsPIN reports, on a copy of the memory, whether VERIFY takes a
// PIN.
func acceptsPIN(t tb, m *card.Memory, digits string) bool {
	t.Helper()
	d := inserted(t, opened(t, m.Clone())).begin()
	return d.send(plaintext(t, digits)).SW == apdu.SWSuccess
}
