package issuer_test

import (
	"bufio"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/issuer"
	"github.com/f510b0cf/till/issuer/hsm"
	"github.com/f510b0cf/till/issuer/member"
	"github.com/f510b0cf/till/issuer/store"
	"github.com/f510b0cf/till/issuer/store/bolt"
	"github.com/f510b0cf/till/testdata/pgtest"
)

// migrate moves the store of a place.
func (p *place) migrate(to string) (issuer.Report, error) {
	_, report, err := issuer.Migrate(p.t.Context(), issuer.Migration{Data: p.data, KEK: hsm.KEK{File: p.kek}, To: to})
	return report, err
}

// inDatabase is a place whose store lies in a database.
func inDatabase(t *testing.T) (p *place, url string) {
	t.Helper()
	p, url = found(t, "amex-pin"), pgtest.Schema(t)
	report, err := p.migrate(url)
	require.NoError(t, err)
	require.Empty(t, report.Findings)
	return p, url
}

// second is another data directory with the keys of a place.
func (p *place) second() *place {
	p.t.Helper()
	other := *p
	other.data = p.data + "2"
	require.NoError(p.t, os.Mkdir(other.data, 0o700))
	for _, name := range []string{"keys.sealed", "store.url"} {
		content, err := os.ReadFile(filepath.Join(p.data, name))
		require.NoError(p.t, err)
		require.NoError(p.t, os.WriteFile(filepath.Join(other.data, name), content, 0o600))
	}
	return &other
}

// rotate draws new storage keys.
func rotate(p *place) error {
	_, err := issuer.RotateKeys(p.data, hsm.KEK{File: p.kek}, hsm.StorageKeys, nil)
	return err
}

// logIn returns the token of a new session.
func logIn(t *testing.T, url string) (token string) {
	t.Helper()
	_, text := post(t, "POST", url+"/v1/login", "", `{"name":"anna","password":"`+password+`"}`)
	_, err := fmt.Sscanf(text, `{"token":%q`, &token)
	require.NoError(t, err, text)
	return token
}

// follow returns a line for each event that a member gets, until the test ends.
func follow(t *testing.T, url, token string) <-chan string {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), "GET", url+"/v1/events", nil)
	require.NoError(t, err)
	r.Header.Set("Authorization", "Bearer "+token)
	response, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	require.Equal(t, 200, response.StatusCode)
	t.Cleanup(func() { response.Body.Close() })
	events := make(chan string, 100)
	go func() {
		for lines := bufio.NewScanner(response.Body); lines.Scan(); {
			if data, ok := strings.CutPrefix(lines.Text(), "data:"); ok {
				events <- data
			}
		}
	}()
	return events
}

// TestTwoProcesses: who logs in at one is logged in at the other, and both write one
// journal. What opens the store does so while they run, but for what must be alone.
func TestTwoProcesses(t *testing.T) {
	p, _ := inDatabase(t)
	one, two := p.serve(nil), p.second().serve(nil)
	token := logIn(t, one.Addresses().HTTP)
	status, text := post(t, "POST", two.Addresses().HTTP+"/v1/cards/"+p.ref.String()+"/activate", token, "")
	require.Equal(t, 200, status, text)
	status, text = post(t, "GET", one.Addresses().HTTP+"/v1/cards/"+p.ref.String()+"/pin", token, "")
	require.Equal(t, 200, status, text)
	assert.Contains(t, text, `"active"`)

	report := p.check()
	assert.Empty(t, report.Findings)
	assert.Equal(t, 3, report.Entries, "two of the login, one of the card")
	from := p.backUp()
	_, err := p.migrate("")
	require.ErrorIs(t, err, store.ErrInUse)
	require.ErrorIs(t, rotate(p), store.ErrInUse)
	require.NoError(t, one.stop())
	require.ErrorIs(t, rotate(p), store.ErrInUse)
	require.NoError(t, two.stop())
	require.NoError(t, rotate(p))
	assert.Empty(t, p.check().Findings)
	rotated := p.serve(nil)
	old := *p
	old.data = p.data + "2"
	_, err = issuer.New(old.config(nil))
	require.ErrorContains(t, err, "copy the key file", "its keys are from before")
	content, err := os.ReadFile(filepath.Join(p.data, "keys.sealed"))
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(old.data, "keys.sealed"), content, 0o600))
	again := old.serve(nil)
	require.NoError(t, again.stop())
	require.NoError(t, rotated.stop())

	restored, err := issuer.CheckBackup(t.Context(), from, hsm.KEK{File: p.kek})
	require.NoError(t, err)
	assert.Equal(t, 3, restored.Entries)
	assert.Empty(t, restored.Findings)
}

// TestOtherIssuer: a data directory with other keys can not work on a database.
func TestOtherIssuer(t *testing.T) {
	p, url := inDatabase(t)
	p.serveOnce()
	draft, err := issuer.Init(p.data+"-other", hsm.KEK{File: p.kek}, nil)
	require.NoError(t, err)
	require.NoError(t, draft.Commit())
	config := p.config(nil)
	config.Data, config.Store = p.data+"-other", url
	_, err = issuer.New(config)
	require.ErrorContains(t, err, "another issuer's")
	p.serveOnce()
}

// TestWatchAcrossProcesses: a page that is open at one process learns what happened at
// the other.
func TestWatchAcrossProcesses(t *testing.T) {
	p, _ := inDatabase(t)
	one, two := p.serve(nil), p.second().serve(nil)
	token := logIn(t, one.Addresses().HTTP)
	events := follow(t, one.Addresses().HTTP, token)
	<-events // how it stands
	status, text := post(t, "POST", two.Addresses().HTTP+"/v1/cards/"+p.ref.String()+"/activate", token, "")
	require.Equal(t, 200, status, text)
	for told := ""; !strings.Contains(told, `"active"`); { // others may have been told before
		select {
		case told = <-events:
		case <-time.After(10 * time.Second):
			require.FailNow(t, "no event", told)
		}
	}
	require.NoError(t, one.stop())
	require.NoError(t, two.stop())
}

// TestDatabaseTools: prune, backup and restore into another database.
func TestDatabaseTools(t *testing.T) {
	p := found(t, "amex-pin")
	p.open(func(s *bolt.Store) { p.journal(s, 5, "") })
	_, err := p.migrate(pgtest.Schema(t))
	require.NoError(t, err)
	p.serveOnce()
	removed, err := issuer.Prune(t.Context(), p.data, hsm.KEK{File: p.kek}, dayOne.AddDate(0, 0, 2), time.Now())
	require.NoError(t, err)
	assert.Equal(t, 4, removed)
	report := p.check()
	assert.Empty(t, report.Findings)
	assert.EqualValues(t, 4, report.Pruned)

	restoration := p.restoration(p.backUp())
	restoration.Store = pgtest.Schema(t)
	done, err := issuer.Restore(t.Context(), restoration)
	require.NoError(t, err)
	assert.Equal(t, 1, done.Cards)
	assert.NoFileExists(t, filepath.Join(restoration.Data, "issuer.db"))
	again := *p
	again.data = restoration.Data
	report = again.check()
	assert.Empty(t, report.Findings)
	assert.Equal(t, 1, report.Unsure)
	again.serveOnce()

	restoration.Data += "-2"
	_, err = issuer.Restore(t.Context(), restoration)
	require.ErrorIs(t, err, store.ErrExists, "the database has a store")
	assert.NoDirExists(t, restoration.Data)
}

// TestMigrate goes to a database, to another one and back into a file.
func TestMigrate(t *testing.T) {
	p, url := inDatabase(t)
	before := p.check()
	assert.NoFileExists(t, filepath.Join(p.data, "issuer.db"))
	assert.FileExists(t, filepath.Join(p.data, "issuer.db.moved"))
	_, err := p.migrate(url)
	require.ErrorContains(t, err, "already")
	other := pgtest.Schema(t)
	_, err = p.migrate(other)
	require.NoError(t, err)
	assert.Equal(t, before, p.check())
	_, err = p.migrate(url)
	require.ErrorContains(t, err, "was moved elsewhere")
	_, err = p.migrate("")
	require.NoError(t, err)
	assert.Equal(t, before, p.check())
	assert.NoFileExists(t, filepath.Join(p.data, "store.url"))
	_, err = p.migrate("")
	require.ErrorContains(t, err, "already")
	_, err = p.migrate(pgtest.Schema(t))
	require.ErrorIs(t, err, fs.ErrExist, "issuer.db.moved")
	require.NoError(t, os.Remove(filepath.Join(p.data, "issuer.db.moved")))
	for bad, want := range map[string]string{
		"postgres://till:secret4711@127.0.0.1/x":     "~/.pgpass",
		"host=127.0.0.1 password = secret4711":       "~/.pgpass",
		"postgres://127.0.0.1:1/x?connect_timeout=1": "127.0.0.1",
		"nonsense": "connection string",
		pgtest.InSchema(pgtest.Shared(t).URL(), "s_that_is_not_there"):         "schema",
		"postgres://nobody@" + pgtest.Shared(t).Address() + "/not_there?x=1.5": "x",
	} {
		_, err := p.migrate(bad)
		require.ErrorContains(t, err, want, bad)
		assert.NotContains(t, err.Error(), "secret4711")
		assert.Equal(t, before, p.check(), "nothing has changed over")
	}
	running := p.serve(nil)
	_, err = p.migrate(pgtest.Schema(t))
	require.ErrorIs(t, err, store.ErrInUse)
	require.NoError(t, running.stop())
}

// TestInitInADatabase makes an issuer whose store was never a file.
func TestInitInADatabase(t *testing.T) {
	dir, err := os.MkdirTemp("", "till")
	require.NoError(t, err)
	t.Cleanup(func() { os.RemoveAll(dir) })
	url := pgtest.Schema(t)
	for n, name := range []string{"data", "again"} {
		draft, err := issuer.Init(filepath.Join(dir, name), hsm.KEK{File: filepath.Join(dir, "storage.key")}, nil)
		require.NoError(t, err)
		err = draft.StoreIn(t.Context(), url)
		if n == 0 {
			require.NoError(t, err)
			_, err = draft.AddMember(t.Context(), member.Member{Name: "Anna", Login: member.Login{Name: "anna"}}, secret.New([]byte(password)))
			require.NoError(t, err)
			require.NoError(t, draft.Commit())
		} else {
			require.ErrorIs(t, err, store.ErrExists)
		}
		require.NoError(t, draft.Close())
	}
	p := &place{t: t, data: filepath.Join(dir, "data"), kek: filepath.Join(dir, "storage.key")}
	assert.Equal(t, 1, p.check().Members)
	assert.Equal(t, []string{"data", "storage.key"}, names(t, dir))
	require.NoError(t, issuer.Backup(t.Context(), p.data, io.Discard))
}
