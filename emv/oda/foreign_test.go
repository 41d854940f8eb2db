package oda_test

import (
	"bufio"
	"encoding/hex"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/emv/oda"
	"github.com/f510b0cf/till/emv/pin"
	"github.com/f510b0cf/till/emv/tlv"
	"github.com/f510b0cf/till/testdata/need"
	"github.com/f510b0cf/till/testdata/vectors"
)

// exchange is a command with its response, without the status word.
type exchange struct{ command, response []byte }

// recording is a recorded dialogue and what a terminal keeps of it.
type recording struct {
	exchanges  []exchange
	objects    map[emv.Tag][]byte
	staticData []byte
}

// record reads a dialogue and collects the data objects and the static data of
// the card.
func record(t *testing.T, name string) recording {
	t.Helper()
	r := recording{exchanges: readTrace(t, need.Foreign(t, "traces", name)), objects: map[emv.Tag][]byte{}}
	for _, x := range r.exchanges {
		if x.command[1] == 0xA8 {
			r.initiate(t, x.response)
		}
	}
	r.collect(t)
	return r
}

// readTrace reads the exchanges of a file. GET RESPONSE and the second try after
// 6Cxx are joined with the command that they belong to.
func readTrace(t *testing.T, path string) []exchange {
	t.Helper()
	f, err := os.Open(path)
	require.NoError(t, err)
	defer f.Close()
	var exchanges []exchange
	var command []byte
	for lines := bufio.NewScanner(f); lines.Scan(); {
		kind, digits, _ := strings.Cut(lines.Text(), ": ")
		b, err := hex.DecodeString(digits)
		switch {
		case kind == "C":
			require.NoError(t, err)
			if b[1] != 0xC0 {
				command = b
			}
		case kind == "R" && b[len(b)-2] == 0x90:
			exchanges = append(exchanges, exchange{command, b[:len(b)-2]})
		}
	}
	return exchanges
}

// initiate keeps AIP and AFL of the GET PROCESSING OPTIONS response.
func (r *recording) initiate(t *testing.T, response []byte) {
	t.Helper()
	e, _, err := tlv.Next(response)
	require.NoError(t, err)
	if e.Tag == 0x80 {
		r.objects[0x82], r.objects[0x94] = e.Value[:2], e.Value[2:]
		return
	}
	r.keep(t, e.Value)
}

func (r *recording) keep(t *testing.T, b []byte) {
	t.Helper()
	for e, err := range tlv.Elements(b) {
		require.NoError(t, err)
		r.objects[e.Tag] = e.Value
	}
}

// collect reads the records that the AFL names; one that takes no part in the
// authentication may be absent from the recording.
func (r *recording) collect(t *testing.T) {
	t.Helper()
	for afl := r.objects[0x94]; len(afl) > 0; afl = afl[4:] {
		sfi, signed := afl[0]>>3, afl[3]
		for n := afl[1]; n <= afl[2]; n++ {
			content, ok := r.lookup(0xB2, n, sfi<<3|4)
			if !ok && n-afl[1] >= signed {
				continue
			}
			template, _, err := tlv.Next(content)
			require.NoError(t, err)
			r.keep(t, template.Value)
			if n-afl[1] < signed {
				r.staticData, err = oda.AppendRecord(r.staticData, sfi, content)
				require.NoError(t, err)
			}
		}
	}
	var err error
	r.staticData, err = oda.AppendTagList(r.staticData, r.objects[0x9F4A], [2]byte(r.objects[0x82]))
	require.NoError(t, err)
}

// lookup returns the response to the first command with this instruction and
// parameters.
func (r *recording) lookup(ins, p1, p2 byte) ([]byte, bool) {
	for _, x := range r.exchanges {
		if x.command[1] == ins && x.command[2] == p1 && x.command[3] == p2 {
			return x.response, true
		}
	}
	return nil, false
}

// find is lookup for a command that must be there.
func (r *recording) find(t *testing.T, ins, p1, p2 byte) []byte {
	t.Helper()
	response, ok := r.lookup(ins, p1, p2)
	require.True(t, ok, "%02X %02X %02X is not in the recording", ins, p1, p2)
	return response
}

// chain returns what leads from a CA key to the card's.
func (r *recording) chain(t *testing.T, ca oda.PublicKey, date emv.Date) oda.Chain {
	t.Helper()
	pan, err := account.DecodePAN(r.objects[0x5A])
	require.NoError(t, err)
	return oda.Chain{CA: ca, Data: dataOf(r.objects), Terms: oda.Terms{PAN: pan, Date: date}}
}

// vectorCAKey returns a CA key of the vectors.
func vectorCAKey(t *testing.T, rid, index string) oda.PublicKey {
	t.Helper()
	for _, c := range vectors.Load[capkIn, capkOut](t, "capk") {
		if c.In.RID.String() == rid && c.In.Index.String() == index && c.Expect == vectors.OK {
			return c.In.key(t).Key
		}
	}
	require.Fail(t, "CA key not in the vectors")
	return oda.PublicKey{}
}

// combined verifies CDA over the response to the GENERATE AC command of a
// recording with an empty PDOL or PDOL data that GET PROCESSING OPTIONS shows.
func (r *recording) combined(t *testing.T, icc oda.PublicKey) (oda.CombinedData, error) {
	t.Helper()
	var transaction oda.TransactionData
	var un emv.UnpredictableNumber
	for _, x := range r.exchanges {
		switch x.command[1] {
		case 0xA8:
			transaction.PDOL = x.command[7 : 5+int(x.command[4])]
		case 0xAE:
			transaction.CDOL1 = x.command[5 : 5+int(x.command[4])]
			template, _, err := tlv.Next(x.response)
			require.NoError(t, err)
			transaction.Response = template.Value
			r.keep(t, template.Value)
			un = r.unpredictableNumber(t, transaction.CDOL1)
		}
	}
	hash, err := transaction.Hash()
	require.NoError(t, err)
	return oda.VerifyCDA(icc, r.objects[0x9F4B], un, emv.CID(r.objects[0x9F27][0]), hash)
}

// unpredictableNumber cuts tag 9F37 out of the CDOL1 data.
func (r *recording) unpredictableNumber(t *testing.T, data []byte) emv.UnpredictableNumber {
	t.Helper()
	cdol1, err := tlv.ParseDOL(r.objects[0x8C])
	require.NoError(t, err)
	for _, e := range cdol1 {
		if e.Tag == 0x9F37 {
			return emv.UnpredictableNumber(data[:e.Length])
		}
		data = data[e.Length:]
	}
	require.Fail(t, "no unpredictable number in CDOL1")
	return emv.UnpredictableNumber{}
}

func TestRecordedAmexCDA(t *testing.T) {
	r := record(t, "amex-cda-contactless-chip.txt")
	chain := r.chain(t, vectorCAKey(t, "A000000025", "A1"), day(2014, time.October, 31))
	issuer, err := chain.Issuer()
	require.NoError(t, err)
	_, err = chain.StaticData(issuer.Key, r.staticData)
	require.NoError(t, err)
	icc, err := chain.ICC(issuer.Key, r.staticData)
	require.NoError(t, err)
	d, err := r.combined(t, icc.Key)
	require.NoError(t, err)
	assert.Equal(t, emv.CID(0x80), d.CID)
	assert.Equal(t, emv.AC(vectors.Unhex(t, "51F4F65DDE43732D")), d.AC)
}

func TestRecordedMastercardContactless(t *testing.T) {
	r := record(t, "mastercard-contactless.txt")
	chain := r.chain(t, vectorCAKey(t, "A000000004", "EF"), day(2012, time.March, 15))
	issuer, err := chain.Issuer()
	require.NoError(t, err)
	icc, err := chain.ICC(issuer.Key, r.staticData)
	require.NoError(t, err)
	d, err := r.combined(t, icc.Key)
	require.NoError(t, err)
	assert.Equal(t, emv.CID(0x40), d.CID)
}

func TestRecordedMastercardContact(t *testing.T) {
	r := record(t, "mastercard-contact.txt")
	chain := r.chain(t, vectorCAKey(t, "A000000004", "EF"), day(2012, time.March, 16))
	issuer, err := chain.Issuer()
	require.NoError(t, err)
	icc, err := chain.ICC(issuer.Key, r.staticData)
	require.NoError(t, err)
	assert.Equal(t, 144, icc.Key.Size())
	_, err = chain.StaticData(issuer.Key, r.staticData)
	require.NoError(t, err)
}

// emvptCAKey is the CA key 92 of the made-up RID AFFFFFFFFF, from
// mrautio/emvpt: emvpt/src/config/scheme_ca_public_keys_test.yaml.
const emvptCAKey = `BF08CA64EA24B2644772CA60DAE61A68DE449A1F43503A1025103BDE7487FF2D60E23AF37400BBB6
A8075C79EB38D775ED5F251E15268128CA152DC5F33E017F14AE11FA2E07298F559387F4F47997DB
09AEE867712E56545825C4B12A197C8ABE68E7E24A20B8717453733D0BF12F3CF8AA89CB9BD07A24
68B6132410C1E62FD1DFEC2C5D7C35B5475C520783E01E549F4C44DECBC2A0587763851738E4CAF2
2EB0E8747DBF828C2207FECE8460030F`

// The terminal of this recording padded the enciphered PIN with zeros, so the
// whole block can be made again.
func TestRecordedTestCard(t *testing.T) {
	r := record(t, "test-card-t0-full.txt")
	ca, err := oda.NewPublicKey(vectors.Unhex(t, emvptCAKey), []byte{3})
	require.NoError(t, err)
	chain := r.chain(t, ca, day(2020, time.July, 24))
	issuer, err := chain.Issuer()
	require.NoError(t, err)
	icc, err := chain.ICC(issuer.Key, r.staticData)
	require.NoError(t, err)
	template, _, err := tlv.Next(r.find(t, 0x88, 0, 0))
	require.NoError(t, err)
	number, err := oda.VerifyDDA(icc.Key, template.Value, vectors.Unhex(t, "01234567"))
	require.NoError(t, err)
	assert.Equal(t, vectors.Unhex(t, "002C"), number)

	key, err := chain.PINEncipherment(issuer.Key, r.staticData)
	require.NoError(t, err)
	block, err := pin.ParseBlock(vectors.Unhex(t, "241234FFFFFFFFFF"))
	require.NoError(t, err)
	enciphered, err := oda.EncipherPIN(key.Key, block, oda.Challenge(r.find(t, 0x84, 0, 0)), zeros{})
	require.NoError(t, err)
	assert.Equal(t, r.verifyData(t), enciphered)
}

// verifyData returns the data of the VERIFY command with an enciphered PIN.
func (r *recording) verifyData(t *testing.T) []byte {
	t.Helper()
	for _, x := range r.exchanges {
		if x.command[1] == 0x20 && x.command[3] == 0x88 {
			return x.command[5 : 5+int(x.command[4])]
		}
	}
	require.Fail(t, "no VERIFY with an enciphered PIN")
	return nil
}

// zeros is the random source of a terminal that has none.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }
