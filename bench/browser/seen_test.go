package browser_test

import (
	"encoding/base64"
	"fmt"
	"regexp"
	"strings"
	"sync"

	"github.com/chromedp/cdproto/network"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/bench/canary"
)

// seen is what a browser has shown, asked for and been told.
type seen struct {
	lock                           sync.Mutex
	pages, urls, requests, answers strings.Builder
	live                           strings.Builder // what server-sent events said
}

func (s *seen) keep(where *strings.Builder, text string) {
	s.lock.Lock()
	defer s.lock.Unlock()
	where.WriteString(text + "\n")
}

// note notes what goes to and fro.
func (s *seen) note(event any) {
	switch e := event.(type) {
	case *network.EventRequestWillBeSent:
		s.keep(&s.urls, e.Request.URL+" "+e.Request.URLFragment+" "+e.DocumentURL)
		s.keep(&s.requests, fmt.Sprint(e.Request.Headers))
		for _, part := range e.Request.PostDataEntries {
			body, err := base64.StdEncoding.DecodeString(string(part.Bytes))
			if err != nil {
				body = []byte(part.Bytes)
			}
			s.keep(&s.requests, string(body))
		}
	case *network.EventResponseReceived:
		s.keep(&s.urls, e.Response.URL)
		s.keep(&s.answers, fmt.Sprint(e.Response.Headers))
	case *network.EventEventSourceMessageReceived:
		s.keep(&s.live, e.EventName+" "+e.Data)
	}
}

// drawn matches what is drawn at random, where four digits come up by chance: keys,
// challenges, ciphertext and tokens.
var drawn = regexp.MustCompile(`[A-Za-z0-9+/=%_-]{40,}`)

// told is whether a set of secrets shows in a text.
func told(set *canary.Set, text string) []string {
	return set.Traces([]byte(drawn.ReplaceAllString(text, "*")))
}

// noTrace looks for secrets in what the browser has seen: typed ones go out in the body
// of a request, but for PINs, which are in none.
func (b *browser) noTrace(secrets map[string]string) {
	b.t.Helper()
	var all, pins canary.Set
	for name, clear := range secrets {
		all.Add(name, []byte(clear))
		if strings.HasSuffix(name, "PIN") {
			pins.Add(name, []byte(clear))
		}
	}
	b.lock.Lock()
	defer b.lock.Unlock()
	require.True(b.t, strings.Contains(b.requests.String(), "challenge"), "the bodies of requests were noted")
	for name, text := range map[string]string{"pages": b.pages.String(), "addresses": b.urls.String(), "answers": b.answers.String(), "events": b.live.String()} {
		assert.NotEmpty(b.t, text, name)
		assert.Empty(b.t, told(&all, text), name)
	}
	assert.Empty(b.t, told(&pins, b.requests.String()), "requests")
}
