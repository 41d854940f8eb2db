package voice_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
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

// provider is a voice provider with an issuer.
type provider struct {
	*ivrtest.Provider
	bank *ivrtest.Bank
}

func newProvider(t *testing.T) *provider {
	t.Helper()
	b := ivrtest.NewBank(t)
	door, err := voice.New(voice.Config{Line: b.Line, Secret: secret.New([]byte(shared))})
	require.NoError(t, err)
	server := httptest.NewServer(door)
	t.Cleanup(server.Close)
	return &provider{ivrtest.NewProvider(t, server.URL, shared), b}
}

// TestCallOverTheWebhook is the dialogue of ivr's TestActivateAndCreate by a provider.
func TestCallOverTheWebhook(t *testing.T) {
	p := newProvider(t)
	code := p.bank.Code(ivrtest.BenPAN)
	assert.Equal(t, "Welcome to the card line of till. Enter your card number, then the hash key. For customer care, press 0 first.", p.Sends(""))
	assert.Equal(t, "#", p.Last.Gather.FinishOnKey)
	assert.Zero(t, p.Last.Gather.NumDigits)
	assert.Equal(t, 10, p.Last.Gather.Timeout)
	assert.Contains(t, p.Sends(""), "Nothing was entered.")
	assert.Contains(t, p.Sends(ivrtest.BenPAN), "four identification digits")
	assert.Equal(t, 4, p.Last.Gather.NumDigits)
	assert.Contains(t, p.Sends(code[:3]), "Nothing was entered. Enter the four", "too few")
	assert.Contains(t, p.Sends(code), "To activate the card, press 1.")
	assert.Equal(t, 1, p.Last.Gather.NumDigits)
	assert.Empty(t, p.Last.Gather.FinishOnKey)
	assert.Contains(t, p.Sends("1"), "The card is active.")
	assert.Contains(t, p.Sends("2"), "four digits")
	assert.Contains(t, p.Sends("8361"), "again")
	assert.Contains(t, p.Sends("8362"), "differ")
	assert.Contains(t, p.Sends("8361"), "again")
	assert.Contains(t, p.Sends("8361"), "The PIN was created.")
	assert.Equal(t, "Goodbye.", p.Sends("9"))
	assert.NotNil(t, p.Last.Hangup)
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
	p.Sends("")
	p.Sends(ivrtest.BenPAN)
	at := p.URL
	assert.Contains(t, p.Sends("0000"), "do not go together")
	for range 10 {
		p.URL = at
		assert.Contains(t, p.Sends("0000"), "do not go together")
	}
	assert.Len(t, p.bank.Journal(), 1)
	p.Call = "CA9" // which there is not: what was recorded of a call that is over
	for _, turn := range []string{"1", "7"} {
		to := p.Base + voice.Path + "?turn=" + turn
		status, _ := p.Post(to, to, shared, url.Values{"CallSid": {p.Call}, "Digits": {"1"}})
		assert.Equal(t, http.StatusConflict, status)
	}
	assert.Equal(t, 1, strings.Count(p.bank.Log.String(), "event=call "), "no call began")
	p.Call = "CA1"
	first := p.Base + voice.Path
	for _, to := range []string{first, first + "?turn=1", first + "?turn=99", first + "?turn=-1"} {
		status, _ := p.Post(to, to, shared, url.Values{"CallSid": {p.Call}, "Digits": {"1"}})
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
		"another key":         {p.URL, "another secret of theirs", http.StatusForbidden},
		"another address":     {p.URL + "x", shared, http.StatusForbidden},
		"right":               {p.URL, shared, http.StatusOK},
		"behind a TLS proxy":  {strings.Replace(p.URL, "http:", "https:", 1), shared, http.StatusOK},
		"of another protocol": {strings.Replace(p.URL, "http:", "ftp:", 1), shared, http.StatusForbidden},
	} {
		status, _ := p.Post(p.URL, c.signed, c.key, form)
		assert.Equal(t, c.want, status, name)
	}
	r, err := http.NewRequestWithContext(t.Context(), "POST", p.URL, strings.NewReader("CallSid=CA2"))
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
		r := httptest.NewRequest("POST", p.URL, strings.NewReader(body))
		response, err := http.Post(p.URL, "application/x-www-form-urlencoded", r.Body)
		require.NoError(t, err)
		response.Body.Close()
		assert.Equal(t, http.StatusBadRequest, response.StatusCode)
	}
	for _, name := range []string{"", strings.Repeat("x", 65)} {
		status, _ := p.Post(p.URL, p.URL, shared, url.Values{"CallSid": {name}, "Text": {"a b+c&d=e%é*#"}})
		assert.Equal(t, http.StatusBadRequest, status)
	}
}

// The provider tells the end of a call, and all lines being busy is told to it.
func TestEndAndBusy(t *testing.T) {
	p := newProvider(t)
	for n := range ivr.CallsMax {
		p.Call, p.URL = fmt.Sprint("CA", n), p.Base+voice.Path
		p.Sends("")
	}
	p.Call, p.URL = "CA", p.Base+voice.Path
	p.Sends("")
	assert.NotNil(t, p.Last.Reject)
	p.URL = p.Base + voice.Path
	status, text := p.Post(p.URL, p.URL, shared, url.Values{"CallSid": {"CA7"}, "CallStatus": {"completed"}})
	assert.Equal(t, http.StatusOK, status)
	assert.Equal(t, "<Response></Response>", text)
	assert.Contains(t, p.Sends(""), "Welcome")
	p.bank.Clock.Advance(ivr.CallMax)
	p.Sends("1")
	assert.NotNil(t, p.Last.Hangup, "the call lasted too long")
	p.Call, p.URL = "after", p.Base+voice.Path
	assert.Contains(t, p.Sends(""), "Welcome")
}

// A caller holds the line for customer care and is handed back, or gives up.
func TestCare(t *testing.T) {
	p := newProvider(t)
	p.Sends("")
	assert.Contains(t, p.Sends("0"), "Hold the line")
	require.NotNil(t, p.Last.Pause)
	assert.Empty(t, p.Sends(""))
	assert.Empty(t, p.Sends("8361"), "nobody can enter a PIN here")
	number := p.bank.Waiting()[0].Number
	require.NoError(t, p.bank.IdentifyBy(t.Context(), "carla", number, channel.Answers{Name: "Ben", Birth: member.Date{Year: 2004, Month: time.August, Day: 2}, LastFour: "1006"}))
	assert.Contains(t, p.Sends(""), "You were identified.")
	assert.Contains(t, p.Sends("0"), "Hold the line")
	for n := 0; p.Last.Hangup == nil; n++ {
		require.Less(t, n, 100)
		p.Sends("")
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
