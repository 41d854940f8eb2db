package metrics_test

import (
	"encoding/json"
	"net"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv/clock"
	"github.com/f510b0cf/till/issuer/authorization"
	"github.com/f510b0cf/till/issuer/issuertest"
	"github.com/f510b0cf/till/issuer/message"
	"github.com/f510b0cf/till/issuer/metrics"
	"github.com/f510b0cf/till/issuer/store"
	"github.com/f510b0cf/till/issuer/store/mem"
)

// everything is the page of an issuer of which each number has been counted once.
func everything(t *testing.T) string {
	t.Helper()
	m, c := metrics.New(), clock.NewVirtual(time.Time{})
	m.Writer(&disk{})
	m.File(&disk{})
	s := m.Store(mem.New(), c)
	m.Cards(s, c)
	card := issuertest.NewIssuer(t, s).NewCard(t)
	require.NoError(t, s.Update(t.Context(), card.Ref, func(tx store.Tx) error { tx.Append(store.Entry{Kind: "approved"}); return nil }))
	next := &answers{clock: c, look: func() {}}
	_, err := m.Authorizer(next, c).Answer(t.Context(), &message.AuthorizationRequest{})
	require.NoError(t, err)
	m.Observe(authorization.Observation{Kind: message.KindAuthorizationRequest, Decision: "declined", Reason: "card is lost", Script: "sent"})
	m.Request("GET /healthz", 200)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, m.Listener("terminals", l).Close())
	return page(t, m)
}

// metricName is the name of a metric in an expression or a page.
var metricName = regexp.MustCompile(`\b(till|go|process)_[a-z_]+\b`)

// TestDashboard: each metric that the dashboard names exists, and it shows each of ours.
func TestDashboard(t *testing.T) {
	file, err := os.ReadFile("../../docs/grafana.json")
	require.NoError(t, err)
	var dashboard struct {
		Panels []struct {
			Title   string
			Targets []struct{ Expr string }
		}
	}
	require.NoError(t, json.Unmarshal(file, &dashboard))
	text, shown := everything(t), map[string]bool{}
	for _, p := range dashboard.Panels {
		for _, target := range p.Targets {
			names := metricName.FindAllString(target.Expr, -1)
			assert.NotEmpty(t, names, p.Title)
			for _, name := range names {
				assert.Regexp(t, `(?m)^`+name+`[{ ]`, text, p.Title)
				shown[family(name)] = true
			}
		}
	}
	for line := range strings.Lines(text) {
		if name, ours := strings.CutPrefix(line, "# TYPE till_"); ours {
			name, _, _ = strings.Cut("till_"+name, " ")
			assert.Contains(t, shown, name, "the dashboard leaves it out")
		}
	}
}

// family is the metric that a series belongs to.
func family(name string) string {
	for _, suffix := range []string{"_bucket", "_count", "_sum"} {
		name = strings.TrimSuffix(name, suffix)
	}
	return name
}

// TestDocumented: docs/issuer.md has a line for each metric.
func TestDocumented(t *testing.T) {
	document, err := os.ReadFile("../../docs/issuer.md")
	require.NoError(t, err)
	for line := range strings.Lines(everything(t)) {
		if name, ours := strings.CutPrefix(line, "# TYPE till_"); ours {
			name, _, _ = strings.Cut("till_"+name, " ")
			assert.Contains(t, string(document), "`"+name+"`")
		}
	}
}

// TestDecisions: what was decided is counted by reason, and scripts by what became of
// them.
func TestDecisions(t *testing.T) {
	m := metrics.New()
	m.Observe(authorization.Observation{Decision: "declined", Reason: "card is lost", Took: [authorization.Steps]time.Duration{authorization.Commit: 20 * time.Millisecond}})
	m.Observe(authorization.Observation{Decision: "approved", Script: "sent"})
	m.Observe(authorization.Observation{Decision: "reversal", Reason: "reversed"})
	m.Observe(authorization.Observation{}) // a repeat
	text := page(t, m)
	assert.Contains(t, text, `till_issuer_decisions_total{decision="declined",reason="card is lost"} 1`+"\n")
	assert.Contains(t, text, `till_issuer_decisions_total{decision="approved",reason=""} 1`+"\n")
	assert.Contains(t, text, `till_issuer_decisions_total{decision="reversal",reason=""} 1`+"\n")
	assert.Contains(t, text, `till_issuer_scripts_total{outcome="sent"} 1`+"\n")
	assert.Contains(t, text, `till_issuer_step_seconds_bucket{step="commit",le="0.01"} 3`+"\n")
	assert.Contains(t, text, `till_issuer_step_seconds_bucket{step="commit",le="0.025"} 4`+"\n")
}
