package browser_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/bench/canary"
	"github.com/f510b0cf/till/bench/story"
	"github.com/f510b0cf/till/emv/random"
	"github.com/f510b0cf/till/issuer"
)

// shop is a world with an issuer, a terminal and cards.
type shop struct {
	*story.World
	t   *testing.T
	dir string
}

// newShop opens an issuer. Anna has the primary card and is not registered, Ben has a
// supplementary one on her account, and a login.
func newShop(t *testing.T, change ...func(*issuer.Config)) *shop {
	t.Helper()
	dir, err := os.MkdirTemp("", "till") // short: a socket lies below
	require.NoError(t, err)
	t.Cleanup(func() { os.RemoveAll(dir) })
	w, err := story.New(story.Config{
		Dir: dir, Source: random.Seeded(1), Start: time.Now().UTC().Truncate(time.Second),
		Issuer: func(c *issuer.Config) {
			for _, change := range change {
				change(c)
			}
		},
	})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, w.Close()) })
	s := &shop{w, t, dir}
	s.play("issue anna login=none", "issue ben under=anna", "open")
	return s
}

// play carries out lines of a story.
func (s *shop) play(lines ...string) {
	s.t.Helper()
	f, err := story.Parse(story.BuiltIn(), "browser.till", strings.Join(lines, "\n"))
	require.NoError(s.t, err)
	require.NoError(s.t, s.Run(s.t.Context(), f.Scenarios[0].Steps, func(story.Report) error { return nil }))
}

// handout reads what somebody was handed.
func (s *shop) handout(name string) string {
	s.t.Helper()
	text, err := os.ReadFile(filepath.Join(s.dir, "handout", name))
	require.NoError(s.t, err)
	return strings.TrimSpace(string(text))
}

// noTrace looks for secrets in what the issuer has written: logs, its data with the
// sessions, and the timeline with all requests of members.
func (s *shop) noTrace(secrets map[string]string) {
	s.t.Helper()
	var set canary.Set
	for name, clear := range secrets {
		set.Add(name, []byte(clear))
	}
	for _, folder := range []string{"log", "bank"} {
		scan, err := set.Scan(filepath.Join(s.dir, folder))
		require.NoError(s.t, err)
		assert.Positive(s.t, scan.Files, folder)
		assert.Empty(s.t, scan.Found, folder)
	}
	var told bytes.Buffer
	require.NoError(s.t, s.Timeline().WriteText(&told))
	assert.Empty(s.t, set.Traces(told.Bytes()))
}
