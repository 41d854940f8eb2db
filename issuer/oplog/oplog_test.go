package oplog_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

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
	require.NoError(t, oplog.New(&out, func() time.Time { return at }).Log(pairs...))
	return strings.TrimPrefix(strings.TrimSpace(out.String()), "ts=2026-11-23T09:00:00Z ")
}

func TestWhatMayBePrinted(t *testing.T) {
	ref := account.Ref{0xAB, 15: 0x01}
	for want, pairs := range map[string][]any{
		"ref=ab000000000000000000000000000001 atc=6": {"ref", ref, "atc", uint16(6)},
		`what="card activated" ok=true`:              {"what", "card activated", "ok", true},
		"err=\"read: [masked]: no\"":                 {"err", errors.New("read: 374245001741007: no")},
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
