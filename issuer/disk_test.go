package issuer_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv/clock"
	"github.com/f510b0cf/till/issuer"
	"github.com/f510b0cf/till/issuer/hsm"
	"github.com/f510b0cf/till/issuer/store"
	"github.com/f510b0cf/till/issuer/store/bolt"
	"github.com/f510b0cf/till/testdata/need"
)

// on copies the data directory of an issuer to another file system.
func (p *place) on(dir string) *place {
	p.t.Helper()
	moved := *p
	moved.data = filepath.Join(dir, "data")
	require.NoError(p.t, os.Mkdir(moved.data, 0o700))
	for _, name := range names(p.t, p.data) {
		content, err := os.ReadFile(filepath.Join(p.data, name))
		require.NoError(p.t, err)
		require.NoError(p.t, os.WriteFile(filepath.Join(moved.data, name), content, 0o600))
	}
	return &moved
}

// fill leaves so many bytes of a file system free, and returns what takes the rest.
func fill(t *testing.T, dir string, free int) (filler string) {
	t.Helper()
	filler = filepath.Join(dir, "filler")
	f, err := os.Create(filler)
	require.NoError(t, err)
	defer f.Close()
	for err == nil {
		_, err = f.Write(make([]byte, 4096))
	}
	require.ErrorIs(t, err, syscall.ENOSPC)
	size, err := f.Seek(0, io.SeekEnd)
	require.NoError(t, err)
	require.NoError(t, f.Truncate(size-int64(free)))
	return filler
}

// TestFullDisk lets the disk of an issuer run full while a member changes her PIN.
// She is told that it did not work, operators are told why, and once there is room
// again the issuer goes on with all that it acknowledged.
func TestFullDisk(t *testing.T) {
	dir, _ := need.Tmpfs(t, "2m")
	p := found(t, "amex-pin").on(dir)
	filler := fill(t, dir, 48<<10)
	var log bytes.Buffer
	now := clock.NewVirtual(time.Now())
	i, err := issuer.New(issuer.Config{
		Data: p.data, KEK: hsm.KEK{File: p.kek}, Listen: "127.0.0.1:0", HTTP: "127.0.0.1:0", Log: &log, Clock: now, SessionLife: 1000 * time.Hour,
	})
	require.NoError(t, err)
	r := p.serving(i)
	url := i.Addresses().HTTP
	_, text := post(t, "POST", url+"/v1/login", "", `{"name":"anna","password":"`+password+`"}`)
	var login struct{ Token string }
	require.NoError(t, json.Unmarshal([]byte(text), &login))
	card := url + "/v1/cards/" + p.ref.String()
	status, text := post(t, "POST", card+"/activate", login.Token, "")
	require.Equal(t, http.StatusOK, status, text)
	acknowledged := 0
	for acknowledged < 700 {
		now.Advance(5 * time.Minute) // changes and passwords are paced
		status, text = post(t, "PUT", card+"/pin", login.Token, fmt.Sprintf(`{"pin":"%d","password":%q}`, 8000+acknowledged, password))
		if status != http.StatusOK {
			break
		}
		acknowledged++
	}
	require.Equal(t, http.StatusInternalServerError, status, text)
	assert.Contains(t, text, `"next":"try again; the issuer's log says why"`)
	status, text = post(t, "GET", url+"/healthz", "", "")
	assert.Equal(t, http.StatusServiceUnavailable, status)
	assert.Contains(t, text, `"next":"mend the disk, and start the issuer again"`)
	assert.Contains(t, p.operate("GET", "/metrics"), "till_issuer_store_failed 1\n")
	_, err = issuer.SaveBackup(filepath.Join(dir, "backup"), func(w io.Writer) error {
		_, err := io.Copy(w, strings.NewReader(p.operate("GET", "/v1/backup")))
		return err
	})
	require.ErrorIs(t, err, syscall.ENOSPC)
	assert.Equal(t, []string{"data", "filler"}, names(t, dir), "no piece of a backup is left")
	_ = r.stop() // its store says what it failed by
	assert.Contains(t, log.String(), "level=error event=broken")
	assert.Contains(t, log.String(), "no space left on device")
	assert.NotContains(t, log.String(), password)

	require.NoError(t, os.Remove(filler))
	report := p.check()
	assert.Empty(t, report.Findings)
	changed := 0
	at(t, p.data, func(s *bolt.Store) {
		for e, err := range s.History(t.Context(), p.ref) {
			require.NoError(t, err)
			if e.Kind == "PIN changed" {
				changed++
			}
		}
	})
	assert.Equal(t, acknowledged, changed)
	assert.Positive(t, acknowledged)
	p.serveOnce()
	assert.Empty(t, p.check().Findings)
}

// TestReadOnlyDirectory: neither an issuer nor a pruning starts, check and backup do
// their work.
func TestReadOnlyDirectory(t *testing.T) {
	dir, readOnly := need.Tmpfs(t, "2m")
	p := found(t, "amex-pin").on(dir)
	readOnly()
	_, err := issuer.New(p.config(nil))
	require.ErrorIs(t, err, syscall.EROFS)
	assert.ErrorContains(t, err, p.data)
	_, err = issuer.Prune(t.Context(), p.data, hsm.KEK{File: p.kek}, dayOne, dayOne)
	require.ErrorIs(t, err, syscall.EROFS)
	assert.Empty(t, p.check().Findings)
	require.NoError(t, issuer.Backup(t.Context(), p.data, io.Discard))
	_, err = issuer.SaveBackup(filepath.Join(dir, "backup"), func(io.Writer) error { return errors.New("not asked") })
	require.ErrorIs(t, err, syscall.EROFS)
}

// TestOtherProcessOnTheDirectory: whoever comes second is told so, and nothing is
// lost.
func TestOtherProcessOnTheDirectory(t *testing.T) {
	k := newShop(t)
	k.start()
	_, err := issuer.New(k.config(nil))
	require.ErrorIs(t, err, store.ErrInUse)
	assert.ErrorContains(t, err, "another `till issuer serve` works on it: stop that one, or use another directory")
	_, err = issuer.Prune(t.Context(), k.data, hsm.KEK{File: k.kek}, dayOne, dayOne)
	require.ErrorIs(t, err, store.ErrInUse)
	_, err = issuer.Check(t.Context(), k.data, hsm.KEK{File: k.kek})
	require.ErrorIs(t, err, store.ErrInUse)
	assert.Contains(t, k.operate("GET", "/v1/status"), `"cards":64`)
	k.kill()
	require.Empty(t, k.check().Findings)
}

// TestBackupOfAKilledIssuer kills the issuer while it sends a backup: what came is
// refused, and nothing is left of it.
func TestBackupOfAKilledIssuer(t *testing.T) {
	k := newShop(t)
	k.start()
	path := filepath.Join(filepath.Dir(k.data), "backup")
	_, err := issuer.SaveBackup(path, func(w io.Writer) error {
		whole := k.operate("GET", "/v1/backup")
		k.kill()
		_, err := io.Copy(w, strings.NewReader(whole[:len(whole)-1]))
		return err
	})
	require.ErrorIs(t, err, issuer.ErrTornBackup)
	assert.Equal(t, []string{"data", "storage.key"}, names(t, filepath.Dir(k.data)))
	require.Empty(t, k.check().Findings)
}
