package bench_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/hardware/card"
	"github.com/f510b0cf/till/terminal/kernel"
	"github.com/f510b0cf/till/terminal/link"
)

// story is a member with a card, a whole issuer on a disk, and a terminal that
// reaches it over TCP.
type story struct {
	t     *testing.T
	chip  *card.Memory
	url   string // of the card at the members' door
	token string
	link  *link.Link

	// kernel is that of the terminal, one for all purchases: no unpredictable number
	// comes twice. nil: a new one of the demo profile for each.
	kernel *kernel.Kernel
}

const storyPassword = "correct horse battery"

// ask asks the members' door for something.
func (s *story) ask(method, path, body string) (answer map[string]any) {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), method, s.url+path, bytes.NewReader([]byte(body)))
	require.NoError(s.t, err)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer "+s.token)
	response, err := http.DefaultClient.Do(r)
	require.NoError(s.t, err)
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	require.NoError(s.t, err)
	require.Equal(s.t, http.StatusOK, response.StatusCode, "%s", text)
	require.NoError(s.t, json.Unmarshal(text, &answer))
	return answer
}

// insert makes a purchase with PINs, entered in turn.
func (s *story) insert(pins ...string) kernel.Outcome {
	s.t.Helper()
	return s.buy(pins...).Outcome
}

// buy is insert with all that the kernel tells.
func (s *story) buy(pins ...string) *kernel.Result {
	s.t.Helper()
	result, _ := insertion{chip: open(s.t, s.chip), online: s.link, pins: pins, till: s.kernel}.run(s.t)
	require.NoError(s.t, s.link.Completed(s.t.Context(), result))
	return result
}

// status is how the PIN stands, in the words of the members' door.
func (s *story) status() string {
	s.t.Helper()
	return s.ask("GET", "/pin", "")["pin"].(string)
}

// TestStoryOverTheWire is the life of a PIN through all doors: the member's HTTP
// door, the terminal's ISO 8583 door, and a card that was made for this issuer.
func TestStoryOverTheWire(t *testing.T) {
	s := found(t, "amex")
	s.start()
	s.logIn()
	s.link = s.terminal(1).link
	assert.False(t, s.insert().Approved(), "not activated")
	s.ask("POST", "/activate", "")
	assert.Equal(t, "first-pending", s.ask("POST", "/pin", `{"pin":"8361"}`)["pin"])
	assert.True(t, s.insert("8361").Approved(), "the PIN works from its first use, online")
	assert.True(t, s.insert("8361").Approved(), "and offline from then on")
	assert.Equal(t, "done", s.status())

	assert.Equal(t, "pending", s.ask("PUT", "/pin", `{"pin":"9272","password":"`+storyPassword+`"}`)["pin"])
	assert.True(t, s.insert("8361").Approved(), "the old PIN a last time")
	assert.Contains(t, []string{"on-its-way", "probably-active"}, s.status())
	assert.True(t, s.insert("9272").Approved(), "the new one alone")
	assert.Equal(t, "done", s.status())
	assert.False(t, s.insert("8361", "8361", "8361").Approved())
}
