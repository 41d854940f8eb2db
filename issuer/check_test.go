package issuer_test

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/issuer"
	"github.com/f510b0cf/till/issuer/hsm"
	"github.com/f510b0cf/till/issuer/store"
)

// farAhead is when the sessions here end.
var farAhead = time.Date(2100, time.January, 1, 0, 0, 0, 0, time.UTC)

// TestCheckFindsWhatDoesNotOpen changes what is sealed in a record, and the keys.
func TestCheckFindsWhatDoesNotOpen(t *testing.T) {
	for want, spoil := range map[string]func(*store.Record){
		"unseal PAN":                    func(r *store.Record) { r.PAN[20] ^= 1 },
		"generation 1: open PIN":        func(r *store.Record) { r.PINs[0].Sealed[20] ^= 1 },
		"its last four digits are not":  func(r *store.Record) { r.LastFour = "0000" },
		"script of ATC 7: unseal":       sendBadScript,
		"belongs to another reference$": func(r *store.Record) { r.SequenceNumber = 5 },
	} {
		p := found(t, "amex-pin")
		p.step(t, spoil)
		report, err := issuer.Check(t.Context(), p.data, hsm.KEK{File: p.kek})
		require.NoError(t, err)
		require.NotEmpty(t, report.Findings, want)
		assert.Regexp(t, "(?m)^card "+p.ref.String()+": .*"+want, strings.Join(report.Findings, "\n"))
		assert.Equal(t, 1, report.Cards)
	}
	p := found(t, "amex-pin")
	require.NoError(t, os.WriteFile(p.kek, make([]byte, 32), 0o600))
	report, err := issuer.Check(t.Context(), p.data, hsm.KEK{File: p.kek})
	require.NoError(t, err)
	assert.Len(t, report.Findings, 1)
	assert.Zero(t, report.Seals)
	assert.Equal(t, 1, report.Cards, "the store is looked at all the same")
	_, err = issuer.Check(t.Context(), t.TempDir(), hsm.KEK{File: p.kek})
	assert.ErrorContains(t, err, "there is no issuer")
}

// sendBadScript makes a record with a sent script that is not sealed.
func sendBadScript(r *store.Record) {
	sealed := r.PINs[0]
	sealed.Generation = 2
	r.PIN.Newest, r.PIN.Pending, r.PIN.HighestATC = 2, 2, 7
	r.PIN.Sent[0].Generation, r.PIN.Sent[0].ATC, r.PIN.SentCount, r.PIN.Open = 2, 7, 1, true
	r.PINs = append(r.PINs, sealed) // of generation 1: found too
	r.Sent = []store.SentScript{{ATC: 7, Sealed: []byte("not sealed")}}
}

// TestCheckOfADamagedStore changes and cuts the file in many places: Check finds
// something or nothing, and comes back.
func TestCheckOfADamagedStore(t *testing.T) {
	p := found(t, "amex-pin")
	path := filepath.Join(p.data, "issuer.db")
	whole, err := os.ReadFile(path)
	require.NoError(t, err)
	random, found := rand.New(rand.NewPCG(1, 2)), 0
	for range 300 {
		content := append([]byte(nil), whole...)
		for range 1 + random.IntN(8) {
			content[random.IntN(len(content))] ^= byte(1 + random.IntN(255))
		}
		if random.IntN(4) == 0 {
			content = content[:random.IntN(len(content))]
		}
		require.NoError(t, os.WriteFile(path, content, 0o600))
		report, err := issuer.Check(t.Context(), p.data, hsm.KEK{File: p.kek})
		require.NoError(t, err)
		if len(report.Findings) > 0 {
			found++
		}
		after, err := os.ReadFile(path)
		require.NoError(t, err)
		assert.Equal(t, content, after, "not touched")
	}
	assert.Greater(t, found, 50)
	require.NoError(t, os.WriteFile(path, make([]byte, len(whole)), 0o600))
	report, err := issuer.Check(t.Context(), p.data, hsm.KEK{File: p.kek})
	require.NoError(t, err)
	assert.Len(t, report.Findings, 1)
}
