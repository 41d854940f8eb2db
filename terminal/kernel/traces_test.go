package kernel_test

import (
	"context"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/emv/oda"
	"github.com/f510b0cf/till/terminal/kernel"
	"github.com/f510b0cf/till/terminal/profile"
	"github.com/f510b0cf/till/testdata/need"
	"github.com/f510b0cf/till/testdata/vectors"
)

// recording answers what a real card answered: to the same bytes or, for
// commands whose data come from the terminal, to the same header. Answers to the
// same command are given in their order, the last one again and again.
type recording struct {
	t       *testing.T
	answers map[string][]string
	order   []string // keys as recorded
	asked   map[string]bool
	missed  []string
}

// headerOnly are the commands with values of the terminal in their data.
var headerOnly = []string{"80A8", "80AE", "0088", "0020", "0082"}

func recordingKey(command string) string {
	for _, prefix := range headerOnly {
		if strings.HasPrefix(command, prefix) {
			return command[:8]
		}
	}
	return command
}

func loadRecording(t *testing.T, name string) *recording {
	t.Helper()
	text, err := os.ReadFile(need.Foreign(t, "traces", name+".txt"))
	require.NoError(t, err)
	r := &recording{t: t, answers: map[string][]string{}, asked: map[string]bool{}}
	key := ""
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		if command, ok := strings.CutPrefix(line, "C: "); ok {
			key = recordingKey(command)
			r.order = append(r.order, key)
		} else if response, ok := strings.CutPrefix(line, "R: "); ok {
			r.answers[key] = append(r.answers[key], response)
		}
	}
	require.NotEmpty(t, r.order)
	return r
}

func (r *recording) Transmit(_ context.Context, command []byte) ([]byte, error) {
	key := recordingKey(digits(command))
	queue, ok := r.answers[key]
	if !ok {
		r.missed = append(r.missed, key)
		return []byte{0x6A, 0x82}, nil
	}
	r.asked[key] = true
	if len(queue) > 1 {
		r.answers[key] = queue[1:]
	}
	return vectors.Unhex(r.t, queue[0]), nil
}

// unasked lists what was recorded up to the first GENERATE AC and not asked for.
func (r *recording) unasked() []string {
	var left []string
	for _, key := range r.order {
		if strings.HasPrefix(key, "80AE") {
			break
		}
		if !r.asked[key] {
			left = append(left, key)
		}
	}
	return left
}

// play runs the kernel against the recording.
func (r *recording) play(b *bench) *kernel.Result {
	r.t.Helper()
	k, err := kernel.New(b.config())
	require.NoError(r.t, err)
	var online kernel.Online = b.online
	result, err := k.Transact(r.t.Context(), r, b.cardholder, online, b.tx)
	require.NoError(r.t, err)
	return result
}

// foreignBench is the terminal of a recording: what it sent, not what it was.
func foreignBench(t *testing.T, aid string, day time.Time, amount uint64, country, currency uint16) *bench {
	b := newBench(t)
	b.profile.Applications = []profile.Application{{AID: unhexed(aid), Versions: []uint16{1, 2, 0x8C, 0x96}, TACOnline: emv.ActionCode{0, 0, 0, 0x80, 0}}}
	b.profile.CAPublicKeys = foreignCAKeys(t)
	b.profile.CountryCode, b.profile.CurrencyCode = country, currency
	b.tx = kernel.Transaction{Amount: amount, Time: day}
	return b
}

// emvptModulus is the CA public key AFFFFFFFFF 92 of a made-up test scheme.
// Source: mrautio/emvpt, emvpt/src/config/scheme_ca_public_keys_test.yaml.
const emvptModulus = "BF08CA64EA24B2644772CA60DAE61A68DE449A1F43503A1025103BDE7487FF2D60E23AF37400BBB6A8075C79EB38D775ED5F251E15268128CA152DC5F33E017F14AE11FA2E07298F559387F4F47997DB09AEE867712E56545825C4B12A197C8ABE68E7E24A20B8717453733D0BF12F3CF8AA89CB9BD07A2468B6132410C1E62FD1DFEC2C5D7C35B5475C520783E01E549F4C44DECBC2A0587763851738E4CAF22EB0E8747DBF828C2207FECE8460030F"

// foreignCAKeys are the published keys of the vectors, and that of emvpt.
func foreignCAKeys(t *testing.T) oda.CAPublicKeys {
	t.Helper()
	type in struct {
		RID      vectors.Bytes `json:"rid"`
		Index    vectors.Bytes `json:"index"`
		Kind     string        `json:"kind"`
		Bits     int           `json:"bits"`
		SHA1     vectors.Bytes `json:"sha1"`
		Modulus  vectors.Bytes `json:"modulus"`
		Exponent vectors.Bytes `json:"exponent"`
	}
	var keys []oda.CAPublicKey
	for _, c := range vectors.Load[in, any](t, "capk") {
		if c.Expect != vectors.OK {
			continue
		}
		key, err := oda.NewPublicKey(c.In.Modulus, c.In.Exponent)
		require.NoError(t, err)
		keys = append(keys, oda.CAPublicKey{RID: oda.RID(c.In.RID), Index: c.In.Index[0], Key: key})
	}
	key, err := oda.NewPublicKey(unhexed(emvptModulus), []byte{3})
	require.NoError(t, err)
	keys = append(keys, oda.CAPublicKey{RID: oda.RID{0xAF, 0xFF, 0xFF, 0xFF, 0xFF}, Index: 0x92, Key: key})
	set, err := oda.NewCAPublicKeys(keys...)
	require.NoError(t, err)
	return set
}

func day(year int, month time.Month, d int) time.Time {
	return time.Date(year, month, d, 12, 0, 0, 0, time.UTC)
}

// TestMastercardContact has static data under the published test key EF.
func TestMastercardContact(t *testing.T) {
	r := loadRecording(t, "mastercard-contact")
	b := foreignBench(t, "A0000000041010", day(2012, time.March, 16), 1000, 28, 280)
	copy(b.profile.Capabilities[:], unhexed("E0F8C0"))
	result := r.play(b)
	require.Equal(t, kernel.DeclinedOnline, result.Outcome, "the second cryptogram is an AAC: %s", texts(result))
	assert.Empty(t, r.unasked())
	assert.Empty(t, r.missed)
	assert.Equal(t, "0200008000", result.TVR.String(), "static data is right: %s", texts(result))
	assert.Equal(t, "E800", result.TSI.String())
	assert.Equal(t, emv.ATC(0x0041), result.ATC)
	assert.Equal(t, emv.CVMResults{0x5E, 0x03, 0x00}, result.CVMResults, "as the recorded terminal sent it")
	q := b.online.requests[0]
	assert.Contains(t, digits(q.ChipData), "9F26084573436B1E4B95DD")
	assert.EqualValues(t, 1, q.SequenceNumber)
}

// TestVisaContact has no offline data authentication. Its first READ RECORD is
// answered 0000, which ends the transaction; the second insertion goes through.
func TestVisaContact(t *testing.T) {
	r := loadRecording(t, "visa-contact")
	b := foreignBench(t, "A0000000031010", day(2012, time.March, 16), 1000, 36, 36)
	b.cardholder.entries = []kernel.PINEntry{kernel.Bypassed()}
	first := r.play(b)
	assert.Equal(t, kernel.NotAccepted, first.Outcome)
	b.online.response.IssuerAuthenticationData = unhexed("1122334455667788")
	result := r.play(b)
	require.Equal(t, kernel.ApprovedOnline, result.Outcome, texts(result))
	assert.Empty(t, r.unasked())
	assert.Empty(t, r.missed)
	assert.Equal(t, "8000088040", result.TVR.String(), "issuer authentication answered 6700, as recorded")
	assert.Equal(t, "7800", result.TSI.String())
	iad, _ := result.Data.Value(0x9F10)
	parsed, err := emv.ParseIAD(iad)
	require.NoError(t, err)
	assert.Equal(t, emv.IADVisaLayout, parsed.Family)
}

// TestT0Card hands over its answers in parts, and verifies its PIN in clear and
// enciphered, for which the terminal has one of the capabilities at a time.
func TestT0Card(t *testing.T) {
	asked := map[string]bool{}
	var r *recording
	for _, capabilities := range []string{"E090C0", "E080C0"} {
		r = loadRecording(t, "test-card-t0-full")
		r.asked = asked
		b := foreignBench(t, "AFFFFFFFFF1234", day(2020, time.July, 24), 1, 246, 978)
		b.profile.SelectByDirectory = true
		b.app().DefaultDDOL = nil
		b.tx.Type = 0x21
		b.random = unhexed("01234567")
		copy(b.profile.Capabilities[:], unhexed(capabilities))
		b.cardholder.entries = []kernel.PINEntry{enter(t, "1234")}
		b.cardholder.choices = []int{0}
		b.online.response.IssuerAuthenticationData = unhexed("1234567812345678")
		result := r.play(b)
		require.Equal(t, kernel.ApprovedOnline, result.Outcome, texts(result))
		assert.True(t, result.TSI.Has(emv.TSIOfflineDataAuthenticationPerformed))
		assert.Zero(t, result.TVR[0], "dynamic data of the recording is right: %s", texts(result))
		assert.Equal(t, emv.CVMSuccessful, result.CVMResults.Result())
		number, ok := result.Data.Value(0x9F4C)
		assert.True(t, ok && len(number) >= 2)
		for _, key := range r.missed {
			assert.Contains(t, key, "80CA9F17", "the recorded terminal did not read the counter")
		}
	}
	assert.Equal(t, []string{"80CA9F3605"}, r.unasked(), "its ATC, before it was due")
}

// TestAmexTap verifies the recorded CDA signature, which covers every byte that
// the kernel sent.
func TestAmexTap(t *testing.T) {
	r := loadRecording(t, "amex-cda-contactless-chip")
	b := foreignBench(t, "A000000025", day(2014, time.October, 31), 12000, 36, 36)
	b.app().PartialSelection = true
	b.profile.Type = 0xEA // as it stood in the PDOL data
	b.tx.Contactless = true
	b.random = unhexed("327273B9")
	b.cardholder.entries = []kernel.PINEntry{enter(t, "1234")}
	result := r.play(b)
	require.Equal(t, kernel.ApprovedOnline, result.Outcome, texts(result))
	assert.Empty(t, r.unasked())
	assert.Empty(t, r.missed)
	assert.Equal(t, "0000048000", result.TVR.String(), texts(result))
	assert.Equal(t, "CDA successful", stepOf(result, kernel.OfflineDataAuthentication))
	assert.True(t, result.Cryptogram)
	assert.NotZero(t, result.AC)
	value, _ := result.Data.Value(0x9F26)
	assert.Equal(t, result.AC[:], value)

	r = loadRecording(t, "amex-cda-contactless-chip")
	b.random = unhexed("327273BA")
	b.cardholder.entries = []kernel.PINEntry{enter(t, "1234")}
	result = r.play(b)
	assert.True(t, result.TVR.Has(emv.TVRCDAFailed), "another unpredictable number")
	assert.Equal(t, kernel.DeclinedOffline, result.Outcome)
}

// stepOf returns the last decision of a phase.
func stepOf(r *kernel.Result, p kernel.Phase) string {
	text := ""
	for _, s := range r.Steps {
		if s.Phase == p {
			text = s.Text
		}
	}
	return text
}

// TestMastercardTap has a recording without PPSE, so that it is read as a contact
// card, and without some records, which are taken to be empty. Its CDA signature
// covers every byte that the kernel sent.
func TestMastercardTap(t *testing.T) {
	r := loadRecording(t, "mastercard-contactless")
	for _, record := range []string{"00B2010C00", "00B2021C00"} {
		r.answers[record] = []string{"70009000"}
	}
	b := foreignBench(t, "A0000000041010", day(2012, time.March, 15), 10001, 36, 36)
	b.app().FloorLimit, b.app().Versions = 20000, []uint16{2}
	b.random = unhexed("000EEC85")
	result := r.play(b)
	require.Equal(t, kernel.ApprovedOffline, result.Outcome, texts(result))
	assert.Empty(t, r.unasked())
	assert.Empty(t, r.missed)
	assert.Equal(t, "0000000000", result.TVR.String())
	assert.Equal(t, "CDA successful", stepOf(result, kernel.OfflineDataAuthentication))
	assert.Equal(t, emv.CID(0x40), result.CID)
	assert.Equal(t, emv.ATC(0x0035), result.ATC)
	pan, err := account.ParsePAN([]byte("5413330089600044"))
	require.NoError(t, err)
	result.Data.Open(0x5A, func(b []byte) {
		decoded, err := account.DecodePAN(b)
		require.NoError(t, err)
		assert.True(t, pan.Equal(decoded))
	})
}
