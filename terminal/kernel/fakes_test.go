package kernel_test

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/apdu"
	"github.com/f510b0cf/till/emv/pin"
	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/emv/tlv"
	"github.com/f510b0cf/till/terminal/kernel"
	"github.com/f510b0cf/till/terminal/profile"
	"github.com/f510b0cf/till/testdata/vectors"
)

// errPulled is what the fake card's reader says once the card is gone.
var errPulled = errors.New("card pulled")

// fakeCard answers commands by the longest matching prefix of their hexadecimal
// digits. Each prefix has a queue of answers, of which the last one stays.
// Commands that match nothing are answered 6D00.
type fakeCard struct {
	t       testing.TB
	answers map[string][]string
	handle  map[string]func(command []byte) []byte // before answers
	sent    []string
	pullAt  int // number of the APDU, from 1, that gets no answer; 0: none
}

func (c *fakeCard) Transmit(_ context.Context, command []byte) ([]byte, error) {
	digits := strings.ToUpper(hex.EncodeToString(command))
	c.sent = append(c.sent, digits)
	if len(c.sent) == c.pullAt {
		return nil, errPulled
	}
	if prefix := longest(c.handle, digits); prefix != "" {
		return c.handle[prefix](command), nil
	}
	prefix := longest(c.answers, digits)
	if prefix == "" {
		return []byte{0x6D, 0x00}, nil
	}
	queue := c.answers[prefix]
	if len(queue) > 1 {
		c.answers[prefix] = queue[1:]
	}
	return vectors.Unhex(c.t, queue[0]), nil
}

// longest returns the longest key that digits begins with.
func longest[V any](m map[string]V, digits string) string {
	found := ""
	for prefix := range m {
		if strings.HasPrefix(digits, prefix) && len(prefix) > len(found) {
			found = prefix
		}
	}
	return found
}

// sentWith returns the commands that begin with the digits.
func (c *fakeCard) sentWith(prefix string) []string {
	var found []string
	for _, command := range c.sent {
		if strings.HasPrefix(command, prefix) {
			found = append(found, command)
		}
	}
	return found
}

// object returns a data object as digits; its value is given in digits too.
func object(tag emv.Tag, parts ...string) string {
	b, err := hex.DecodeString(strings.Join(parts, ""))
	if err != nil {
		panic(err)
	}
	return strings.ToUpper(hex.EncodeToString(tlv.Append(nil, tag, b)))
}

const (
	testAID  = "F000000025010101"
	testPAN  = "374245001741007F"
	cdol     = "9F02069F03069F1A0295055F2A029A039C019F3704"
	noAction = "0000000000"
)

// fci is a successful answer to SELECT.
func fci(name string, proprietary ...string) string {
	return object(0x6F, object(0x84, name), object(0xA5, strings.Join(proprietary, ""))) + "9000"
}

// bench is a transaction about to be tried: change what it has, then run.
type bench struct {
	t            testing.TB
	profile      profile.Profile
	exceptions   bool
	referenceKey secret.Value
	random       []byte // nil: zeros
	card         *fakeCard
	aip          string
	records      map[emv.Tag]string // of record 1 of file 1
	cardholder   *fakeCardholder
	online       *fakeOnline
	tx           kernel.Transaction
	offline      bool // no link at all
}

// newBench returns a transaction of 12.00 that goes online for its amount, is
// approved there and needs no CVM, so that no bit but those is set.
func newBench(t testing.TB) *bench {
	b := &bench{
		t: t, profile: testProfile(t), aip: "1C00", cardholder: &fakeCardholder{}, online: &fakeOnline{},
		tx: kernel.Transaction{Amount: 1200, Time: time.Date(2026, 11, 1, 12, 34, 56, 0, time.UTC), Counter: 7},
	}
	b.online.response = &kernel.OnlineResponse{ARC: 0x3030}
	b.records = map[emv.Tag]string{
		0x5A: testPAN, 0x57: "374245001741007D28122015432112345F", 0x5F34: "01", 0x5F24: "281231", 0x8C: cdol, 0x8D: "8A02" + cdol,
		0x8E: "00000000000000001F00", 0x9F0D: noAction, 0x9F0E: noAction, 0x9F0F: noAction, 0x5F28: "0276", 0x9F07: "FF00",
		0x9F08: "0001", 0x9F42: "0978",
	}
	b.card = &fakeCard{t: t, handle: map[string]func([]byte) []byte{}, answers: map[string][]string{
		"00A40400":               {"6A82"},
		"00A40402":               {"6A82"},
		"00A4040006F00000002501": {fci(testAID, object(0x50, "54455354"))},
		"00A4040008" + testAID:   {fci(testAID, object(0x50, "54455354"))},
		"80AE80":                 {generated("80")},
		"80AE40":                 {generated("40")},
		"80AE00":                 {generated("00")},
		"00820000":               {"9000"},
	}}
	return b
}

// generated is an answer to GENERATE AC in format 2.
func generated(cid string) string {
	return object(0x77, object(0x9F27, cid), object(0x9F36, "0012"), object(0x9F26, "1122334455667788"), object(0x9F10, "06010103A00000")) + "9000"
}

func testProfile(t testing.TB) profile.Profile {
	p := profile.Profile{
		Type: 0x22, CountryCode: 276, CurrencyCode: 978, CurrencyExponent: 2,
		IFDSerialNumber: "TILL0001", TerminalIdentification: "TERM0001", MerchantIdentifier: "MERCHANT0000001", MerchantCategoryCode: 5411,
		PINBypass: true,
		Applications: []profile.Application{{
			AID: vectors.Unhex(t, "F00000002501"), PartialSelection: true, Versions: []uint16{1, 2},
			TACOnline: emv.ActionCode{0, 0, 0, 0x80, 0}, FloorLimit: 0,
		}},
	}
	copy(p.Capabilities[:], vectors.Unhex(t, "E0F8C8"))
	copy(p.AdditionalCapabilities[:], vectors.Unhex(t, "6000F0A001"))
	return p
}

// app is the terms of the terminal's only application.
func (b *bench) app() *profile.Application { return &b.profile.Applications[0] }

// record1 is the record of the application, in ascending order of tags.
func (b *bench) record1() string {
	tags := make([]emv.Tag, 0, len(b.records))
	for tag := range b.records {
		tags = append(tags, tag)
	}
	slices.Sort(tags)
	var s strings.Builder
	for _, tag := range tags {
		if b.records[tag] != "" {
			s.WriteString(object(tag, b.records[tag]))
		}
	}
	return object(0x70, s.String())
}

// run plays the transaction.
func (b *bench) run() *kernel.Result {
	b.t.Helper()
	return b.runWith(b.card)
}

// runWith plays it with something between card and terminal.
func (b *bench) runWith(card apdu.Transmitter) *kernel.Result {
	b.t.Helper()
	answers := b.card.answers
	defaults := map[string]string{"80A8": object(0x80, b.aip, "08010100") + "9000", "00B2010C": b.record1() + "9000"}
	for prefix, answer := range defaults {
		if _, ok := answers[prefix]; !ok {
			answers[prefix] = []string{answer}
		}
	}
	k, err := kernel.New(b.config())
	require.NoError(b.t, err)
	var online kernel.Online = b.online
	if b.offline {
		online = nil
	}
	r, err := k.Transact(b.t.Context(), card, b.cardholder, online, b.tx)
	require.NoError(b.t, err)
	require.NotNil(b.t, r)
	require.NotZero(b.t, r.Outcome)
	require.NotEmpty(b.t, r.Outcome.String())
	requireFindings(b.t, r)
	return r
}

// zeros is a source of zeros behind some bytes.
type zeros struct{ first []byte }

func (z *zeros) Read(p []byte) (int, error) {
	clear(p)
	z.first = z.first[copy(p, z.first):]
	return len(p), nil
}

// fakeCardholder plays entries and choices, and keeps what it was shown.
type fakeCardholder struct {
	entries  []kernel.PINEntry
	choices  []int
	err      error
	prompts  []kernel.PINPrompt
	offered  [][]kernel.Candidate
	messages []kernel.Message
}

func (h *fakeCardholder) SelectApplication(_ context.Context, candidates []kernel.Candidate) (int, error) {
	h.offered = append(h.offered, slices.Clone(candidates))
	if h.err != nil || len(h.choices) == 0 {
		return kernel.NoApplication, h.err
	}
	choice := h.choices[0]
	h.choices = h.choices[1:]
	return choice, nil
}

func (h *fakeCardholder) PIN(_ context.Context, p kernel.PINPrompt) (kernel.PINEntry, error) {
	h.prompts = append(h.prompts, p)
	if h.err != nil || len(h.entries) == 0 {
		return kernel.PINEntry{}, h.err
	}
	entry := h.entries[0]
	h.entries = h.entries[1:]
	return entry, nil
}

func (h *fakeCardholder) Show(_ context.Context, m kernel.Message) {
	h.messages = append(h.messages, m)
}

// fakeOnline answers as it is told and keeps the requests.
type fakeOnline struct {
	response *kernel.OnlineResponse
	err      error
	requests []*kernel.OnlineRequest
}

func (o *fakeOnline) Authorize(_ context.Context, r *kernel.OnlineRequest) (*kernel.OnlineResponse, error) {
	o.requests = append(o.requests, r)
	return o.response, o.err
}

func enter(t testing.TB, digits string) kernel.PINEntry {
	t.Helper()
	p, err := pin.Parse([]byte(digits))
	require.NoError(t, err)
	return kernel.Entered(p)
}

// unhexed returns the bytes of digits.
func unhexed(digits string) []byte {
	b, err := hex.DecodeString(digits)
	if err != nil {
		panic(err)
	}
	return b
}

// texts joins the steps, to look for a decision.
func texts(r *kernel.Result) string {
	var b bytes.Buffer
	for _, s := range r.Steps {
		b.WriteString(s.Phase.String() + ": " + s.Text + "\n")
	}
	return b.String()
}

var _ apdu.Transmitter = (*fakeCard)(nil)
