package issuer_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/issuer"
	"github.com/f510b0cf/till/issuer/hsm"
	"github.com/f510b0cf/till/issuer/member"
	"github.com/f510b0cf/till/issuer/store"
	"github.com/f510b0cf/till/issuer/store/bolt"
)

// dayOne is when the journals here begin.
var dayOne = time.Date(2026, time.January, 1, 0, 0, 0, 0, time.UTC)

// open opens the store of an issuer that does not run.
func (p *place) open(use func(*bolt.Store)) {
	p.t.Helper()
	s, err := bolt.Open(filepath.Join(p.data, "issuer.db"))
	require.NoError(p.t, err)
	use(s)
	require.NoError(p.t, s.Close())
}

// journal appends entries of the card and of the member, one for each day.
func (p *place) journal(s store.Store, days int, detail string) {
	p.t.Helper()
	for day := range days {
		e := store.Entry{Kind: "tested", Detail: fmt.Sprint(detail, day), At: dayOne.AddDate(0, 0, day)}
		require.NoError(p.t, s.Members().Update(p.t.Context(), 1, func(_ *member.Member, appendEntry func(store.Entry)) error {
			appendEntry(e)
			return nil
		}))
		require.NoError(p.t, s.Update(p.t.Context(), p.ref, func(tx store.Tx) error {
			tx.Append(e)
			return nil
		}))
	}
}

func (p *place) check() issuer.Report {
	p.t.Helper()
	report, err := issuer.Check(p.t.Context(), p.data, hsm.KEK{File: p.kek})
	require.NoError(p.t, err)
	return report
}

// serveOnce serves until the journal is sealed.
func (p *place) serveOnce() { require.NoError(p.t, p.serve(nil).stop()) }

// TestJournalIsSealed: whoever has the store but no key can not make the sealed
// entries anew, with links that follow from each other.
func TestJournalIsSealed(t *testing.T) {
	p := found(t, "amex-pin")
	p.open(func(s *bolt.Store) { p.journal(s, 5, "") })
	assert.Zero(t, p.check().Sealed)
	p.serveOnce()
	report := p.check()
	assert.Empty(t, report.Findings)
	assert.EqualValues(t, 10, report.Sealed)

	forged := found(t, "amex-pin")
	forged.kek = p.kek
	p.open(func(s *bolt.Store) {
		forged.open(func(f *bolt.Store) {
			forged.journal(f, 5, "forged ")
			for seal, err := range s.Seals(t.Context()) {
				require.NoError(t, err)
				require.NoError(t, f.PutSeal(t.Context(), seal))
			}
		})
	})
	forged.data = swap(t, p.data, forged.data)
	report = forged.check()
	require.NotEmpty(t, report.Findings)
	assert.Contains(t, fmt.Sprint(report.Findings), "journal was changed before entry 10: its seal of ")
}

// TestSealsAreOfTheirEntry: a seal does not open for another entry, nor one that is
// none.
func TestSealsAreOfTheirEntry(t *testing.T) {
	p := found(t, "amex-pin")
	p.open(func(s *bolt.Store) { p.journal(s, 2, "") })
	p.serveOnce()
	p.open(func(s *bolt.Store) {
		for seal, err := range s.Seals(t.Context()) {
			require.NoError(t, err)
			seal.Number--
			require.NoError(t, s.PutSeal(t.Context(), seal))
		}
		require.NoError(t, s.PutSeal(t.Context(), store.Seal{Number: 1, Sealed: []byte("no seal of anybody, but long enough")}))
	})
	findings := fmt.Sprint(p.check().Findings)
	assert.Contains(t, findings, "seal of journal entry 3: it is of entry 4")
	assert.Contains(t, findings, "seal of journal entry 1: unseal journal head")
}

// TestPrune removes old entries; what is left is proved from there.
func TestPrune(t *testing.T) {
	p := found(t, "amex-pin")
	const days = 1200 // more than one step
	p.open(func(s *bolt.Store) { p.journal(s, days, "") })
	prune := func(day int) int {
		removed, err := issuer.Prune(t.Context(), p.data, hsm.KEK{File: p.kek}, dayOne.AddDate(0, 0, day), dayOne)
		require.NoError(t, err)
		return removed
	}
	assert.Zero(t, prune(0))
	assert.Equal(t, 2200, prune(1100))
	report := p.check()
	assert.Empty(t, report.Findings)
	assert.EqualValues(t, 2200, report.Pruned)
	assert.Equal(t, 2*days-2200, report.Entries)
	assert.Zero(t, prune(1100))
	assert.Equal(t, 199, prune(2*days), "the newest stays")
	p.open(func(s *bolt.Store) { p.journal(s, 1, "") })
	p.serveOnce()
	report = p.check()
	assert.Empty(t, report.Findings)
	assert.Equal(t, 3, report.Entries)
	assert.EqualValues(t, 2402, report.Sealed)
}

// TestPruningNeedsAKey: a journal whose beginning is missing is found, though a seal
// stands where it begins.
func TestPruningNeedsAKey(t *testing.T) {
	p := found(t, "amex-pin")
	p.open(func(s *bolt.Store) { p.journal(s, 2, "") })
	p.serveOnce()
	p.open(func(s *bolt.Store) {
		p.journal(s, 1, "")
		for seal, err := range s.Seals(t.Context()) {
			require.NoError(t, err)
			_, err = s.Prune(t.Context(), seal)
			require.NoError(t, err)
		}
	})
	assert.Contains(t, fmt.Sprint(p.check().Findings), "journal begins at entry 5, which no pruning explains")
}

// TestPruneWhileServing prunes through the operators' door, and checks a backup.
func TestPruneWhileServing(t *testing.T) {
	p := found(t, "amex-pin")
	p.open(func(s *bolt.Store) { p.journal(s, 5, "") })
	r := p.serve(nil)
	_, err := issuer.Prune(t.Context(), p.data, hsm.KEK{File: p.kek}, dayOne, dayOne)
	require.ErrorIs(t, err, store.ErrInUse)
	before := url.QueryEscape(dayOne.AddDate(0, 0, 2).Format(time.RFC3339))
	assert.Equal(t, `{"entries":4}`+"\n", p.operate("POST", "/v1/journal/prune?before="+before))
	assert.Contains(t, p.operate("POST", "/v1/journal/prune?before=yesterday"), "bad-request")
	require.NoError(t, r.stop())
	assert.Empty(t, p.check().Findings)
	report, err := issuer.CheckBackup(context.Background(), p.backUp(), hsm.KEK{File: p.kek})
	require.NoError(t, err)
	assert.Equal(t, p.check(), report)
	require.NoError(t, os.WriteFile(p.kek, make([]byte, 32), 0o600))
	from := filepath.Join(filepath.Dir(p.data), "backup")
	report, err = issuer.CheckBackup(t.Context(), from, hsm.KEK{File: p.kek})
	require.NoError(t, err)
	assert.Contains(t, fmt.Sprint(report.Findings), "open keys of "+from+": ")
}

// operate asks the operators' door.
func (p *place) operate(method, path string) string {
	p.t.Helper()
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true, DialContext: func(context.Context, string, string) (net.Conn, error) {
		return net.Dial("unix", issuer.Socket(p.data))
	}}}
	r, err := http.NewRequestWithContext(p.t.Context(), method, "http://operator"+path, nil)
	require.NoError(p.t, err)
	response, err := client.Do(r)
	require.NoError(p.t, err)
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	require.NoError(p.t, err)
	return string(text)
}

// swap puts the store of one directory into the other, as one who has no key could.
func swap(t *testing.T, data, forged string) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(forged, "issuer.db"))
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(data, "issuer.db"), content, 0o600))
	return data
}
