package message_test

import (
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/issuer/message"
)

// TestDocumentedElements compares the tables of docs/messages.md with the dialects.
func TestDocumentedElements(t *testing.T) {
	text, err := os.ReadFile("../../docs/messages.md")
	require.NoError(t, err)
	for _, d := range []*message.Dialect{message.ISO93(), message.ISO87()} {
		_, section, ok := strings.Cut(string(text), "\n## Elements of "+d.Name()+"\n")
		require.True(t, ok)
		section, _, _ = strings.Cut(section, "\n## ")
		requireDocumented(t, d, section)
	}
}

// requireDocumented compares the table of one dialect with it.
func requireDocumented(t *testing.T, d *message.Dialect, text string) {
	t.Helper()
	const columnsBefore = 4 // nothing, DE, what it holds, format
	documented := map[message.Kind][2][]int{}
	for line := range strings.Lines(text) {
		cells := strings.Split(strings.TrimSuffix(strings.TrimSpace(line), "|"), "|")
		n, err := strconv.Atoi(strings.TrimSpace(cells[min(1, len(cells)-1)]))
		if err != nil || len(cells) != columnsBefore+len(kinds) {
			continue
		}
		assert.Equal(t, formatOf(t, d, n), strings.TrimSpace(cells[3]), n)
		for i, k := range kinds {
			lists := documented[k]
			if which := strings.Index("Mo", strings.TrimSpace(cells[columnsBefore+i])); strings.TrimSpace(cells[columnsBefore+i]) != "" {
				lists[which] = append(lists[which], n)
			}
			documented[k] = lists
		}
	}
	for _, k := range kinds {
		mandatory, optional := d.Layout(k)
		assert.Equal(t, mandatory, documented[k][0], k)
		assert.Equal(t, optional, documented[k][1], k)
	}
}

// formatOf returns the format of an element as the table has it: "LL n 19".
func formatOf(t *testing.T, d *message.Dialect, n int) string {
	t.Helper()
	for _, row := range d.Rows() {
		if row.Number == n {
			return strings.TrimSpace("LLL"[:row.Prefix] + " " + row.Format + " " + strconv.Itoa(row.Length))
		}
	}
	t.Fatalf("%s has no element %d", d.Name(), n)
	return ""
}

// TestDocumentedDialect loads the file that docs/messages.md shows.
func TestDocumentedDialect(t *testing.T) {
	text, err := os.ReadFile("../../docs/messages.md")
	require.NoError(t, err)
	_, file, ok := strings.Cut(string(text), "```yaml\n")
	require.True(t, ok)
	file, _, _ = strings.Cut(file, "```")
	d, err := message.Load(strings.NewReader(file))
	require.NoError(t, err)
	assert.Equal(t, "bank-87", d.Name())
}
