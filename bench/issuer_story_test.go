package bench_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/dukpt"
	"github.com/f510b0cf/till/emv/perso"
	"github.com/f510b0cf/till/emv/random"
	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/hardware/card"
	issuerhost "github.com/f510b0cf/till/issuer"
	"github.com/f510b0cf/till/issuer/member"
	"github.com/f510b0cf/till/terminal/journal"
	"github.com/f510b0cf/till/terminal/kernel"
	"github.com/f510b0cf/till/terminal/link"
	"github.com/f510b0cf/till/terminal/profile"
	"github.com/f510b0cf/till/testdata"
)

// story is a member with a card, a whole issuer on a disk, and a terminal that
// reaches it over TCP.
type story struct {
	t     *testing.T
	chip  *card.Memory
	url   string // of the card at the members' door
	token string
	link  *link.Link
}

const storyPassword = "correct horse battery"

func newStory(t *testing.T) *story {
	t.Helper()
	dir, err := os.MkdirTemp("", "till") // short: a socket lies below
	require.NoError(t, err)
	t.Cleanup(func() { os.RemoveAll(dir) })
	data, kek := filepath.Join(dir, "data"), filepath.Join(dir, "storage.key")
	draft, err := issuerhost.Init(data, kek, nil)
	require.NoError(t, err)
	id, err := draft.AddMember(t.Context(), member.Member{Name: "Anna", Login: member.Login{Name: "anna"}}, secret.New([]byte(storyPassword)))
	require.NoError(t, err)
	profiles, err := fs.Sub(testdata.Profiles, "profiles")
	require.NoError(t, err)
	text, err := perso.Load(profiles, "amex.yaml")
	require.NoError(t, err)
	made, ref, err := draft.Issue(t.Context(), issuerhost.NewCard{
		Profile: text, Options: perso.Options{Random: random.Seeded(1), Date: emv.DateOf(now)}, Holder: id, Primary: id,
	})
	require.NoError(t, err)
	s := &story{t: t, chip: issue(t, made)}
	journal, err := journal.Open(journal.Config{Path: filepath.Join(dir, "journal"), Key: storageKey(t)})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, journal.Close()) })
	ksn := dukpt.TDESKSN{0xFF, 0xFF, 0x98, 0x76, 0x54, 0x32, 0x10, 0xE0}
	initial, err := draft.Module().InitialKeyTDES(ksn)
	require.NoError(t, err)
	require.NoError(t, link.LoadTDES(journal, initial, ksn))
	require.NoError(t, draft.Commit())

	i, err := issuerhost.New(issuerhost.Config{Data: data, KEK: kek, Listen: "127.0.0.1:0", HTTP: "127.0.0.1:0"})
	require.NoError(t, err)
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- i.Serve(ctx) }()
	t.Cleanup(func() {
		stop()
		assert.NoError(t, <-ended)
		assert.NoError(t, i.Close())
	})
	demo, err := profile.Named("demo")
	require.NoError(t, err)
	s.link, err = link.New(link.Config{Address: i.Addresses().Host, Journal: journal, Profile: demo})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, s.link.Close()) })
	s.url = i.Addresses().HTTP + "/v1/login"
	s.token = s.ask("POST", "", `{"name":"anna","password":"`+storyPassword+`"}`)["token"].(string)
	s.url = i.Addresses().HTTP + "/v1/cards/" + ref.String()
	return s
}

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
	result, _ := insertion{chip: open(s.t, s.chip), online: s.link, pins: pins}.run(s.t)
	require.NoError(s.t, s.link.Completed(s.t.Context(), result))
	return result.Outcome
}

// status is how the PIN stands, in the words of the members' door.
func (s *story) status() string {
	s.t.Helper()
	return s.ask("GET", "/pin", "")["pin"].(string)
}

// TestStoryOverTheWire is the life of a PIN through all doors: the member's HTTP
// door, the terminal's ISO 8583 door, and a card that was made for this issuer.
func TestStoryOverTheWire(t *testing.T) {
	s := newStory(t)
	assert.False(t, s.insert().Approved(), "not activated")
	s.ask("POST", "/activate", "")
	assert.Equal(t, "first-pending", s.ask("POST", "/pin", `{"pin":"8361"}`)["pin"])
	assert.True(t, s.insert("8361").Approved(), "the PIN works from its first use, online")
	assert.True(t, s.insert("8361").Approved(), "and offline from then on")
	assert.Equal(t, "done", s.status())

	assert.Equal(t, "pending", s.ask("PUT", "/pin", `{"pin":"9272"}`)["pin"])
	assert.True(t, s.insert("8361").Approved(), "the old PIN a last time")
	assert.Contains(t, []string{"on-its-way", "probably-active"}, s.status())
	assert.True(t, s.insert("9272").Approved(), "the new one alone")
	assert.Equal(t, "done", s.status())
	assert.False(t, s.insert("8361", "8361", "8361").Approved())
}
