package oplog_test

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	kitlog "github.com/go-kit/log"
	"github.com/go-kit/log/level"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/issuer/oplog"
)

func line(t *testing.T, pairs ...any) string {
	t.Helper()
	var out bytes.Buffer
	at := time.Date(2026, 11, 23, 10, 0, 0, 0, time.FixedZone("", 3600))
	log, err := oplog.New(&out, func() time.Time { return at }, oplog.Options{})
	require.NoError(t, err)
	require.NoError(t, log.Log(pairs...))
	return strings.TrimPrefix(strings.TrimSpace(out.String()), "ts=2026-11-23T09:00:00Z level=info ")
}

func TestWhatMayBePrinted(t *testing.T) {
	ref := account.Ref{0xAB, 15: 0x01}
	for want, pairs := range map[string][]any{
		"ref=ab000000000000000000000000000001 atc=6": {"ref", ref, "atc", uint16(6)},
		`what="card activated" ok=true`:              {"what", "card activated", "ok", true},
		"cause=\"read: [masked]: no\"":               {"cause", errors.New("read: 374245001741007: no")},
		"took=1.5s":                                  {"took", 1500 * time.Millisecond},
		"addr=127.0.0.1:54321":                       {"addr", "127.0.0.1:54321"},
		"what=[masked]":                              {"what", "0123456789ABCDEFFEDCBA9876543210"},
		`what="[masked]=[masked]"`:                   {"what", "374245001741007=27122019876"},
		"terminal=00000001":                          {"terminal", "00000001"},
		"sw=6983":                                    {"sw", "6983"},
		"data=[[]uint8]":                             {"data", []byte{1, 2}},
		"what=\"[struct { PIN string }]\"":           {"what", struct{ PIN string }{"1234"}},
		"PIN=[string]":                               {"PIN", "1234"},
		"key=[string] token=[int]":                   {"key", "x", "token", 5},
		"what=[secret.Value]":                        {"what", secret.New([]byte("1234"))},
		"what=" + strings.Repeat("x", 512) + "...":   {"what", strings.Repeat("x", 600)},
		"what=null":                                  {"what", nil},
	} {
		assert.Equal(t, want, line(t, pairs...))
	}
}

// TestLevelsAndFormats writes events of each level at each level.
func TestLevelsAndFormats(t *testing.T) {
	events := func(o oplog.Options) string {
		var out bytes.Buffer
		log, err := oplog.New(&out, func() time.Time { return time.Unix(0, 0) }, o)
		require.NoError(t, err)
		for _, l := range []kitlog.Logger{level.Debug(log), log, level.Warn(log)} {
			require.NoError(t, l.Log("event", "e", "ref", account.Ref{0xAB}, "took", time.Second, "pan", 1))
		}
		require.NoError(t, log.Log("event", "e", "err", errors.New("374245001741007")))
		require.NoError(t, log.Log("event", "e", "err", nil))
		return out.String()
	}
	count := map[string]int{"debug": 5, "info": 4, "warn": 2, "error": 1, "": 4}
	for name, lines := range count {
		text := events(oplog.Options{Level: name})
		assert.Equal(t, lines, strings.Count(text, "\n"), name)
		assert.Contains(t, text, "ts=1970-01-01T00:00:00Z level=error event=e err=[masked]")
	}
	text := events(oplog.Options{Format: "json", Level: "warn"})
	assert.Equal(t, `{"event":"e","level":"warn","pan":"[int]","ref":"ab000000000000000000000000000000","took":"1s","ts":"1970-01-01T00:00:00Z"}
{"err":"[masked]","event":"e","level":"error","ts":"1970-01-01T00:00:00Z"}
`, text)
	for _, bad := range []oplog.Options{{Format: "xml"}, {Level: "loud"}} {
		_, err := oplog.New(io.Discard, time.Now, bad)
		assert.ErrorContains(t, err, "make log: no ")
	}
}
