package bench_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/bench/canary"
	"github.com/f510b0cf/till/emv/secret"
	issuerhost "github.com/f510b0cf/till/issuer"
	"github.com/f510b0cf/till/issuer/channel"
	"github.com/f510b0cf/till/issuer/channel/ivr/care"
	"github.com/f510b0cf/till/issuer/channel/ivr/ivrtest"
	"github.com/f510b0cf/till/issuer/hsm"
)

// phoneSecret is shared with the voice provider.
const phoneSecret = "0123456789abcdefghij"

// phoneWire is an issuer that can be called, with a member and her card, not
// activated, and a terminal. It returns her card number and identification digits.
func phoneWire(t *testing.T) (w *wire, number, code string) {
	t.Helper()
	w = found(t, "amex")
	module, err := hsm.Open(hsm.Files{Keys: filepath.Join(w.data, "keys.sealed"), KEK: hsm.KEK{File: w.kek}}, nil)
	require.NoError(t, err)
	record, _ := w.records()
	pan := w.made.Image.Applications[0].PAN
	cid, err := module.CID(hsm.Card{PAN: pan}, record.Expiry, channel.CodeDigits)
	require.NoError(t, err)
	cid.Open(func(clear []byte) { code = string(clear) })
	pan.Open(func(clear []byte) { number = string(clear) })
	w.configure = func(c *issuerhost.Config) {
		c.Phone = issuerhost.Phone{
			SIP: "127.0.0.1:0", VoiceSecret: secret.New([]byte(phoneSecret)),
			Agents: []care.Agent{{Name: "carla", Password: secret.New([]byte(storyPassword))}},
		}
	}
	w.start()
	w.first = w.terminal(1)
	w.link = w.first.link
	return w, number, code
}

// delivered makes the two purchases that bring a created PIN to the card and prove it,
// and looks for what was pressed in logs, store and journal.
func (w *wire) delivered(pin string, pressed ...string) {
	w.t.Helper()
	w.logIn()
	assert.Equal(w.t, "first-pending", w.status())
	assert.True(w.t, w.insert(pin).Approved(), "the PIN works from its first use")
	assert.True(w.t, w.insert(pin).Approved(), "and on the chip from then on")
	assert.Equal(w.t, "done", w.status())
	w.has(pin)
	_, entries := w.records()
	var kinds []string
	for _, e := range entries {
		if strings.Contains(e.Actor, "phone") {
			kinds = append(kinds, e.Kind)
		}
		for _, digits := range pressed {
			assert.NotContains(w.t, e.Detail+e.Actor, digits)
		}
	}
	assert.Equal(w.t, []string{"caller identified", "card activated", "PIN created"}, kinds, "each act is in the journal")
	var secrets canary.Set
	for n, digits := range pressed {
		secrets.Add(fmt.Sprint("entry ", n), []byte(digits))
	}
	scan, err := secrets.Scan(w.data)
	require.NoError(w.t, err)
	assert.Positive(w.t, scan.Files)
	assert.Empty(w.t, scan.Found)
	for line := range strings.Lines(string(w.log.content())) {
		if strings.Contains(line, "call") {
			for _, digits := range pressed {
				_, rest, _ := strings.Cut(line, " ") // behind the time, which has digits too
				assert.NotContains(w.t, rest, digits)
			}
		}
	}
}

// TestPINByPhone: a holder calls with real SIP and RTP, activates her card and creates
// a PIN by her keypad; a checkout at a real terminal brings it to the card.
func TestPINByPhone(t *testing.T) {
	w, number, code := phoneWire(t)
	caller := ivrtest.Ring(t, strings.TrimPrefix(w.addresses.SIP, "sip:"))
	require.Eventually(t, func() bool { return caller.Heard() > 10 }, 10*time.Second, 10*time.Millisecond, "she hears the welcome")
	caller.Press(number + "#" + code)
	caller.Press("1")       // activate
	caller.Press("2")       // create
	caller.Press("8361836") // and again
	caller.Press("19")
	caller.Over()
	numbers := string(w.operate("GET", "/metrics"))
	assert.Contains(t, numbers, `till_issuer_calls_begun_total{by="sip"} 1`+"\n")
	assert.Contains(t, numbers, `till_issuer_calls_ended_total{by="sip",why="finished"} 1`+"\n")
	for _, digits := range []string{number, code} {
		assert.NotContains(t, numbers, digits)
	}
	w.delivered("8361", number, code, "8361")
}

// TestPINByVoiceProvider is the same by the requests of a voice provider.
func TestPINByVoiceProvider(t *testing.T) {
	w, number, code := phoneWire(t)
	p := ivrtest.NewProvider(t, w.addresses.HTTP, phoneSecret)
	for _, keys := range []string{"", number, code, "1", "2", "8361", "8361", "9"} {
		p.Sends(keys)
	}
	assert.NotNil(t, p.Last.Hangup)
	w.delivered("8361", number, code, "8361")
}
