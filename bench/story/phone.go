package story

import (
	"context"
	"crypto/hmac"
	"crypto/sha1" // the providers' choice
	"encoding/base64"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/issuer"
	"github.com/f510b0cf/till/issuer/channel/ivr/care"
	"github.com/f510b0cf/till/issuer/channel/ivr/voice"
)

// What voice provider and agent of customer care share with the issuer.
const (
	voiceSecret   = "voice-of-the-story"
	agentName     = "carla"
	agentPassword = "care-of-the-story"
)

// phone returns how callers reach the issuer.
func (w *World) phone() issuer.Phone {
	p := issuer.Phone{VoiceSecret: secret.New([]byte(voiceSecret))}
	if w.care {
		p.Agents = []care.Agent{{Name: agentName, Password: secret.New([]byte(agentPassword))}}
	}
	return p
}

// caller is somebody on the phone, through a voice provider.
type caller struct {
	world  *World
	holder *holder
	name   string // that the provider has for the call
	url    string // of the next turn
	said   []string
	over   bool
}

// document is what the provider reads of an answer.
type document struct {
	Say    []string `xml:"Say"`
	Gather *struct {
		Say []string `xml:"Say"`
	} `xml:"Gather"`
	Redirect string    `xml:"Redirect"`
	Hangup   *struct{} `xml:"Hangup"`
}

func call(ctx context.Context, w *World, args Args) (Result, error) {
	if err := w.opened(); err != nil {
		return Result{}, err
	}
	if len(args) == 0 {
		return Result{}, fmt.Errorf("%w: want a name, and what is pressed", errArguments)
	}
	h, err := w.person(args[0])
	if err != nil {
		return Result{}, err
	}
	w.calls++
	c := &caller{world: w, holder: h, name: fmt.Sprintf("call-%d", w.calls), url: w.URL() + voice.Path}
	if err := c.send(ctx, ""); err != nil {
		return Result{}, err
	}
	for n, word := range args[1:] {
		if c.over {
			return Result{}, fmt.Errorf("the line has hung up before word %d, with: %s", n+1, strings.Join(c.said, " "))
		}
		if err := c.press(ctx, word); err != nil {
			return Result{}, err
		}
	}
	w.last = &outcome{call: true, said: c.said}
	heard := strings.Join(c.said, " ")
	if heard == "" {
		heard = "nothing more"
	}
	err = c.hangUp(ctx)
	return Result{Means: "heard: " + heard, Detail: map[string]any{"heard": heard}}, err
}

// press presses what a word stands for.
func (c *caller) press(ctx context.Context, word string) error {
	keys := word
	switch {
	case word == "silence":
		keys = ""
	case word == "card":
		c.holder.account.Image.Applications[0].PAN.Open(func(digits []byte) { keys = string(digits) })
	case word == "code":
		var err error
		if keys, err = c.world.code(c.holder); err != nil {
			return err
		}
	case strings.HasPrefix(word, "agent"):
		return c.agent(ctx, word)
	case strings.Trim(word, "0123456789*") != "":
		return fmt.Errorf("%w: want keys, card, code, silence, agent or agent=NAME", errArguments)
	case digits(word):
		if _, err := c.world.notedPIN(word, c.holder); err != nil {
			return err
		}
	}
	return c.send(ctx, keys)
}

// send sends keys to the issuer, as a provider does, and reads what is said.
func (c *caller) send(ctx context.Context, keys string) error {
	form := url.Values{"CallSid": {c.name}, "CallStatus": {"in-progress"}}
	if keys != "" {
		form.Set("Digits", keys)
	}
	content, err := c.post(ctx, form)
	if err != nil {
		return err
	}
	var d document
	if err := xml.Unmarshal(content, &d); err != nil {
		return fmt.Errorf("read answer to provider: %w", err)
	}
	c.said, c.over = d.Say, d.Hangup != nil
	if d.Gather != nil {
		c.said = d.Gather.Say
	}
	if d.Redirect != "" {
		c.url = c.world.URL() + d.Redirect
	}
	return nil
}

// hangUp ends the call.
func (c *caller) hangUp(ctx context.Context) error {
	if c.over {
		return nil
	}
	_, err := c.post(ctx, url.Values{"CallSid": {c.name}, "CallStatus": {"completed"}})
	return err
}

// post sends a form, signed.
func (c *caller) post(ctx context.Context, form url.Values) ([]byte, error) {
	mac := hmac.New(sha1.New, []byte(voiceSecret))
	_, _ = io.WriteString(mac, c.url)
	for _, name := range slices.Sorted(maps.Keys(form)) {
		_, _ = io.WriteString(mac, name+form.Get(name))
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, c.url, strings.NewReader(form.Encode()))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("X-Twilio-Signature", base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	return c.do(r)
}

// do sends a request and reads the answer.
func (c *caller) do(r *http.Request) ([]byte, error) {
	response, err := c.world.issuer.door.client.Do(r)
	if err != nil {
		return nil, errors.New("call issuer: no answer came") // the error of the client may quote what was sent
	}
	defer response.Body.Close()
	content, err := io.ReadAll(io.LimitReader(response.Body, answerMax))
	if err == nil && response.StatusCode >= http.StatusBadRequest {
		err = fmt.Errorf("call issuer: HTTP status %d", response.StatusCode)
	}
	return content, err
}

// code returns the identification digits of somebody's card, and notes them for the
// scan.
func (w *World) code(h *holder) (digits string, err error) {
	if h.code.IsZero() {
		return "", errors.New("the card has no identification digits")
	}
	h.code.Open(func(clear []byte) {
		w.secrets.Add("identification digits of "+h.handout.Login, clear)
		digits = string(clear)
	})
	return digits, nil
}
