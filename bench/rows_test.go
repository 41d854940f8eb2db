package bench_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// rowCase is an executed case of a row of the table of events in
// docs/pin-lifecycle.md, section 3, which is the state table of the design: a real
// card, kernel and link, and over TCP the issuer's host on its store. It is named
// by the row's phase and event, and by what is special about it.
type rowCase struct {
	row, name string
	run       func(t *testing.T)
}

// TestEveryRowOfTheStateTable runs the cases of all rows and prints which held. A
// row without one fails it, unless some cases were not asked for, and so does a case
// of a row that is not there.
func TestEveryRowOfTheStateTable(t *testing.T) {
	rows := stateTable(t)
	cases := slices.Concat(holderRows, gateRows, deliveryRows, evidenceRows, operatorRows)
	held, ran := map[string][]string{}, 0
	for _, c := range cases {
		require.Contains(t, rows, c.row, "the page has such a row")
		t.Run(c.row+"/"+c.name, func(t *testing.T) {
			ran++
			c.run(t)
			if !t.Failed() {
				held[c.row] = append(held[c.row], c.name)
			}
		})
	}
	for n, row := range rows {
		t.Logf("row %2d  %s: %s", n+1, row, strings.Join(held[row], "; "))
		if ran == len(cases) {
			assert.NotEmpty(t, held[row], "row without a case that holds: %s", row)
		}
	}
}

// stateTable returns the rows of the table: phase and event.
func stateTable(t *testing.T) (rows []string) {
	t.Helper()
	text, err := os.ReadFile("../docs/pin-lifecycle.md")
	require.NoError(t, err)
	_, section, found := strings.Cut(string(text), "## 3. Events\n")
	require.True(t, found)
	section, _, _ = strings.Cut(section, "\n## ")
	for line := range strings.Lines(section) {
		cells := strings.Split(line, "|")
		if len(cells) != 5 {
			continue
		}
		phase, event := strings.TrimSpace(cells[1]), strings.TrimSpace(cells[2])
		if phase != "phase" && !strings.HasPrefix(phase, "---") {
			rows = append(rows, phase+" | "+event)
		}
	}
	require.Len(t, rows, 18)
	return rows
}
