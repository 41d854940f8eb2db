package conformance_test

import (
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "rewrite docs/conformance.md")

// verdict is a case with how it fared.
type verdict struct {
	*definition
	outcome
}

// passed reports whether the case came out as it expects.
func (v verdict) passed() bool { return len(v.problems) == 0 }

// TestConformance carries every case out. A case that is known to fail fails the
// test where it passes, so that no such note outlives its reason.
func TestConformance(t *testing.T) {
	l := loadLibrary(t, "testdata")
	var verdicts []verdict
	for _, s := range l.cases {
		t.Run(s.id, func(t *testing.T) {
			d, err := l.define(s)
			require.NoError(t, err)
			v := verdict{definition: d}
			if d.goTest != "" {
				run, ok := goTests[d.goTest]
				require.True(t, ok, "no function %s", d.goTest)
				v.problems = run(t, &l)
			} else {
				v.outcome = d.run()
			}
			verdicts = append(verdicts, v)
			if testing.Verbose() {
				t.Logf("%s, %s\n%s", d.title, d.section, strings.Join(v.lines, "\n"))
			}
			if d.known != "" {
				assert.False(t, v.passed(), "passes, although it is known to fail: %s", d.known)
				return
			}
			if !v.passed() {
				t.Errorf("%s (%s); -v shows the dialogue\n    %s", d.title, d.section, strings.Join(v.problems, "\n    "))
			}
		})
	}
	if t.Failed() || len(verdicts) < len(l.cases) {
		return // a run of some cases alone says nothing of the whole
	}
	t.Run("wellformed", func(t *testing.T) { checkSuite(t, verdicts) })
	const document = "../../docs/conformance.md"
	text := report(verdicts)
	if *update {
		require.NoError(t, os.WriteFile(document, []byte(text), 0o644))
	}
	have, err := os.ReadFile(document)
	require.NoError(t, err)
	assert.True(t, text == string(have), "docs/conformance.md is stale: go test ./bench/conformance -update")
}
