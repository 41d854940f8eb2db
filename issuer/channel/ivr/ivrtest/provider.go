package ivrtest

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base64"
	"encoding/xml"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Provider is a voice provider with one call.
type Provider struct {
	Call   string   // its name of the call
	URL    string   // of the next request
	Last   Document // that it got
	Base   string   // URL of the issuer
	Secret string   // that it shares with it

	t testing.TB
}

// Document is what a provider reads of an answer.
type Document struct {
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

// NewProvider returns a provider for an issuer at a URL.
func NewProvider(t testing.TB, base, secret string) *Provider {
	return &Provider{Call: "CA1", URL: base + "/voice", Base: base, Secret: secret, t: t}
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

// Post sends a form to a URL, signed with a key for a URL, and returns status and text
// of the answer.
func (p *Provider) Post(to, signed, key string, form url.Values) (int, string) {
	p.t.Helper()
	r, err := http.NewRequest(http.MethodPost, to, strings.NewReader(form.Encode()))
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

// Sends sends keys, or none where there was a time-out, and returns what is said. As
// providers do, it leaves out the key that ends an entry.
func (p *Provider) Sends(keys string) string {
	p.t.Helper()
	form := url.Values{"CallSid": {p.Call}, "CallStatus": {"in-progress"}, "From": {"+15550100"}, "Direction": {"inbound call"}}
	if keys != "" {
		form.Set("Digits", keys)
	}
	status, text := p.Post(p.URL, p.URL, p.Secret, form)
	require.Equal(p.t, http.StatusOK, status, text)
	p.Last = Document{}
	require.NoError(p.t, xml.Unmarshal([]byte(text), &p.Last))
	said := p.Last.Say
	if g := p.Last.Gather; g != nil {
		require.Equal(p.t, "dtmf", g.Input)
		require.Equal(p.t, p.Last.Redirect, g.Action)
		said = g.Say
	}
	p.URL = p.Base + p.Last.Redirect
	return strings.Join(said, " ")
}
