package voice_test

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base64"
	"encoding/xml"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/issuer/channel"
	"github.com/f510b0cf/till/issuer/channel/ivr"
	"github.com/f510b0cf/till/issuer/channel/ivr/ivrtest"
	"github.com/f510b0cf/till/issuer/channel/ivr/voice"
	"github.com/f510b0cf/till/issuer/member"
)

const shared = "a secret that is shared"

// provider is a voice provider with one call.
type provider struct {
	t      *testing.T
	bank   *ivrtest.Bank
	server *httptest.Server
	call   string

	url  string // of the next request
	last document
}

// document is what the provider reads of an answer.
type document struct {
	Say    []string `xml:"Say"`
	Gather *struct {
		Say         []string `xml:"Say"`
		Input       string   `xml:"input,attr"`
		Timeout     int      `xml:"timeout,attr"`
		NumDigits   int      `xml:"numDigits,attr"`
		FinishOnKey string   `xml:"finishOnKey,attr"`
		Action      string   `xml:"action,attr"`
	} `xml:"Gather"`
	Pause *struct {
		Length int `xml:"length,attr"`
	} `xml:"Pause"`
	Redirect string    `xml:"Redirect"`
	Reject   *struct{} `xml:"Reject"`
	Hangup   *struct{} `xml:"Hangup"`
}

func newProvider(t *testing.T) *provider {
	t.Helper()
	b := ivrtest.NewBank(t)
	door, err := voice.New(voice.Config{Line: b.Line, Secret: secret.New([]byte(shared))})
	require.NoError(t, err)
	server := httptest.NewServer(door)
	t.Cleanup(server.Close)
	return &provider{t: t, bank: b, server: server, call: "CA1", url: server.URL + voice.Path}
}

// signature is the providers' own: over the URL and the sorted parameters.
func signature(key, address string, form url.Values) string {
	mac := hmac.New(sha1.New, []byte(key))
	text := address
	for _, name := range slices.Sorted(maps.Keys(form)) {
		for _, value := range form[name] {
			text += name + value
		}
	}
	_, _ = io.WriteString(mac, text)
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// post sends a form, signed with a key for an address.
func (p *provider) post(to, signed, key string, form url.Values) (int, string) {
	p.t.Helper()
	r, err := http.NewRequestWithContext(p.t.Context(), "POST", to, strings.NewReader(form.Encode()))
	require.NoError(p.t, err)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("X-Twilio-Signature", signature(key, signed, form))
	response, err := http.DefaultClient.Do(r)
	require.NoError(p.t, err)
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	require.NoError(p.t, err)
	return response.StatusCode, string(text)
}

// sends sends keys, or none where there was time-out, and returns what is said. As
// providers do, it leaves out the key that ends an entry.
func (p *provider) sends(keys string) string {
	p.t.Helper()
	form := url.Values{"CallSid": {p.call}, "CallStatus": {"in-progress"}, "From": {"+15550100"}, "Direction": {"inbound call"}}
	if keys != "" {
		form.Set("Digits", keys)
	}
	status, text := p.post(p.url, p.url, shared, form)
	require.Equal(p.t, http.StatusOK, status, text)
	p.last = document{}
	require.NoError(p.t, xml.Unmarshal([]byte(text), &p.last))
	said := p.last.Say
	if g := p.last.Gather; g != nil {
		assert.Equal(p.t, "dtmf", g.Input)
		assert.Equal(p.t, p.last.Redirect, g.Action)
		said = g.Say
	}
	p.url = p.server.URL + p.last.Redirect
	return strings.Join(said, " ")
}

// TestCallOverTheWebhook is the dialogue of ivr's TestActivateAndCreate by a provider.
func TestCallOverTheWebhook(t *testing.T) {
	p := newProvider(t)
	code := p.bank.Code(ivrtest.BenPAN)
	assert.Equal(t, "Welcome to the card line of till. Enter your card number, then the hash key. For customer care, press 0 first.", p.sends(""))
	assert.Equal(t, "#", p.last.Gather.FinishOnKey)
	assert.Zero(t, p.last.Gather.NumDigits)
	assert.Equal(t, 10, p.last.Gather.Timeout)
	assert.Contains(t, p.sends(""), "Nothing was entered.")
	assert.Contains(t, p.sends(ivrtest.BenPAN), "four identification digits")
	assert.Equal(t, 4, p.last.Gather.NumDigits)
	assert.Contains(t, p.sends(code[:3]), "Nothing was entered. Enter the four", "too few")
	assert.Contains(t, p.sends(code), "To activate the card, press 1.")
	assert.Equal(t, 1, p.last.Gather.NumDigits)
	assert.Empty(t, p.last.Gather.FinishOnKey)
	assert.Contains(t, p.sends("1"), "The card is active.")
	assert.Contains(t, p.sends("2"), "four digits")
	assert.Contains(t, p.sends("8361"), "again")
	assert.Contains(t, p.sends("8362"), "differ")
	assert.Contains(t, p.sends("8361"), "again")
	assert.Contains(t, p.sends("8361"), "The PIN was created.")
	assert.Equal(t, "Goodbye.", p.sends("9"))
	assert.NotNil(t, p.last.Hangup)
	assert.Equal(t, []string{
		"member 2 by phone: caller identified: card number and code",
		"member 2 by phone: card activated: active",
		"member 2 by phone: PIN created: generation 1",
	}, p.bank.Journal())
	for _, digits := range []string{ivrtest.BenPAN, code, "8361", "8362", "555"} {
		assert.NotContains(t, p.bank.Log.String(), digits)
	}
}

// A request that comes again counts once; one of another turn is refused.
func TestRequestsThatComeAgain(t *testing.T) {
	p := newProvider(t)
	p.sends("")
	p.sends(ivrtest.BenPAN)
	at := p.url
	assert.Contains(t, p.sends("0000"), "do not go together")
	for range 10 {
		p.url = at
		assert.Contains(t, p.sends("0000"), "do not go together")
	}
	assert.Len(t, p.bank.Journal(), 1)
	first := p.server.URL + voice.Path
	for _, to := range []string{first, first + "?turn=1", first + "?turn=99", first + "?turn=-1"} {
		status, _ := p.post(to, to, shared, url.Values{"CallSid": {p.call}, "Digits": {"1"}})
		assert.Equal(t, http.StatusConflict, status, to)
	}
}

// Who does not know the secret gets nowhere, and begins no call.
func TestSignature(t *testing.T) {
	p := newProvider(t)
	form := url.Values{"CallSid": {"CA1"}}
	for name, c := range map[string]struct {
		signed, key string
		want        int
	}{
		"another key":         {p.url, "another secret of theirs", http.StatusForbidden},
		"another address":     {p.url + "x", shared, http.StatusForbidden},
		"right":               {p.url, shared, http.StatusOK},
		"behind a TLS proxy":  {strings.Replace(p.url, "http:", "https:", 1), shared, http.StatusOK},
		"of another protocol": {strings.Replace(p.url, "http:", "ftp:", 1), shared, http.StatusForbidden},
	} {
		status, _ := p.post(p.url, c.signed, c.key, form)
		assert.Equal(t, c.want, status, name)
	}
	r, err := http.NewRequestWithContext(t.Context(), "POST", p.url, strings.NewReader("CallSid=CA2"))
	require.NoError(t, err)
	response, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	response.Body.Close()
	assert.Equal(t, http.StatusForbidden, response.StatusCode, "no signature")
	assert.Equal(t, 1, strings.Count(p.bank.Log.String(), "event=call "), "one call began")
}

func TestBadForms(t *testing.T) {
	p := newProvider(t)
	for _, body := range []string{"CallSid=%", "CallSid=%2", "CallSid=%zz", strings.Repeat("a=1&", 100), strings.Repeat("x", 9000)} {
		r := httptest.NewRequest("POST", p.url, strings.NewReader(body))
		response, err := http.Post(p.url, "application/x-www-form-urlencoded", r.Body)
		require.NoError(t, err)
		response.Body.Close()
		assert.Equal(t, http.StatusBadRequest, response.StatusCode)
	}
	for _, name := range []string{"", strings.Repeat("x", 65)} {
		status, _ := p.post(p.url, p.url, shared, url.Values{"CallSid": {name}, "Text": {"a b+c&d=e%é*#"}})
		assert.Equal(t, http.StatusBadRequest, status)
	}
}

// The provider tells the end of a call, and all lines being busy is told to it.
func TestEndAndBusy(t *testing.T) {
	p := newProvider(t)
	for n := range ivr.CallsMax {
		p.call, p.url = fmt.Sprint("CA", n), p.server.URL+voice.Path
		p.sends("")
	}
	p.call, p.url = "CA", p.server.URL+voice.Path
	p.sends("")
	assert.NotNil(t, p.last.Reject)
	p.url = p.server.URL + voice.Path
	status, text := p.post(p.url, p.url, shared, url.Values{"CallSid": {"CA7"}, "CallStatus": {"completed"}})
	assert.Equal(t, http.StatusOK, status)
	assert.Equal(t, "<Response></Response>", text)
	assert.Contains(t, p.sends(""), "Welcome")
	p.bank.Clock.Advance(ivr.CallMax)
	p.sends("1")
	assert.NotNil(t, p.last.Hangup, "the call lasted too long")
	p.call, p.url = "after", p.server.URL+voice.Path
	assert.Contains(t, p.sends(""), "Welcome")
}

// A caller holds the line for customer care and is handed back, or gives up.
func TestCare(t *testing.T) {
	p := newProvider(t)
	p.sends("")
	assert.Contains(t, p.sends("0"), "Hold the line")
	require.NotNil(t, p.last.Pause)
	assert.Empty(t, p.sends(""))
	assert.Empty(t, p.sends("8361"), "nobody can enter a PIN here")
	number := p.bank.Waiting()[0].Number
	require.NoError(t, p.bank.IdentifyBy(t.Context(), "carla", number, channel.Answers{Name: "Ben", Birth: member.Date{Year: 2004, Month: time.August, Day: 2}, LastFour: "1006"}))
	assert.Contains(t, p.sends(""), "You were identified.")
	assert.Contains(t, p.sends("0"), "Hold the line")
	for n := 0; p.last.Hangup == nil; n++ {
		require.Less(t, n, 100)
		p.sends("")
	}
	assert.Empty(t, p.bank.Waiting())
}

func TestNew(t *testing.T) {
	b := ivrtest.NewBank(t)
	_, err := voice.New(voice.Config{Secret: secret.New([]byte(shared))})
	require.Error(t, err)
	_, err = voice.New(voice.Config{Line: b.Line, Secret: secret.New([]byte("short"))})
	require.ErrorContains(t, err, "want at least 16")
}
