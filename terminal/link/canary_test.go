package link_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	kitlog "github.com/go-kit/log"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/emv/pin"
	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/issuer/message"
	"github.com/f510b0cf/till/terminal/journal"
	"github.com/f510b0cf/till/terminal/link"
)

// lockedBuffer is a log that goroutines share.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

// TestNothingShowsInJournalAndLog makes purchases with online PIN that are approved,
// advised, reversed and left open, and looks through the file and the log.
func TestNothingShowsInJournalAndLog(t *testing.T) {
	rawKey := []byte("0123456789abcdef")
	key, err := secret.NewTDES(rawKey)
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "journal")
	j, err := journal.Open(journal.Config{Path: path, Key: storageKey(t)})
	require.NoError(t, err)
	require.NoError(t, link.LoadTDES(j, key, initialKSN))
	var log lockedBuffer
	h := newHost(t, silentTo(message.KindReversal))
	l, _, _ := newLink(t, h, func(c *link.Config) { c.Journal, c.Logger = j, kitlog.NewLogfmtLogger(&log) })
	request := purchase(t)
	request.PIN, err = pin.Parse([]byte("471108"))
	require.NoError(t, err)
	canaries := map[string][]byte{"key": rawKey}
	request.PAN.Open(func(digits []byte) { canaries["PAN"] = bytes.Clone(digits) })
	request.Track2.Open(func(text []byte) { canaries["track 2"] = bytes.Clone(text) })
	for range 3 {
		_, err := l.Authorize(t.Context(), request)
		require.NoError(t, err)
		next[*message.AuthorizationRequest](h).PINBlock.Open(func(block []byte) { canaries["PIN block"] = bytes.Clone(block) })
		require.NoError(t, l.Completed(t.Context(), approved(emv.ScriptResult{})))
		next[*message.Advice](h)
	}
	_, err = l.Authorize(t.Context(), request)
	require.NoError(t, err)
	require.NoError(t, l.Completed(t.Context(), reversed()))
	nextAfterRequest(h)
	require.NoError(t, l.Close())
	require.NoError(t, j.Close())
	file, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Contains(t, log.b.String(), "acknowledged")
	for name, clear := range canaries {
		packed := account.Pack(bytes.ReplaceAll(clear, []byte("="), []byte("D")))
		for _, form := range []string{string(clear), string(packed), hex.EncodeToString(clear), base64.RawStdEncoding.EncodeToString(clear[:len(clear)/3*3])} {
			assert.NotContains(t, string(file), form, name)
			assert.NotContains(t, strings.ToLower(log.b.String()), strings.ToLower(form), name)
		}
	}
}
