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

// TestDocumentedElements compares the table of docs/messages.md with iso93.
func TestDocumentedElements(t *testing.T) {
	text, err := os.ReadFile("../../docs/messages.md")
	require.NoError(t, err)
	const columnsBefore = 4 // nothing, DE, what it holds, format
	documented := map[message.Kind][2][]int{}
	for line := range strings.Lines(string(text)) {
		cells := strings.Split(strings.TrimSuffix(strings.TrimSpace(line), "|"), "|")
		n, err := strconv.Atoi(strings.TrimSpace(cells[min(1, len(cells)-1)]))
		if err != nil || len(cells) != columnsBefore+len(kinds) {
			continue
		}
		assert.Equal(t, formatOf(t, n), strings.TrimSpace(cells[3]), n)
		for i, k := range kinds {
			lists := documented[k]
			if which := strings.Index("Mo", strings.TrimSpace(cells[columnsBefore+i])); strings.TrimSpace(cells[columnsBefore+i]) != "" {
				lists[which] = append(lists[which], n)
			}
			documented[k] = lists
		}
	}
	for _, k := range kinds {
		mandatory, optional := message.ISO93().Layout(k)
		assert.Equal(t, mandatory, documented[k][0], k)
		assert.Equal(t, optional, documented[k][1], k)
	}
}

// formatOf returns the format of an element as the table has it: "LL n 19".
func formatOf(t *testing.T, n int) string {
	t.Helper()
	for _, row := range message.ISO93().Rows() {
		if row.Number == n {
			return strings.TrimSpace("LLL"[:row.Prefix] + " " + row.Format + " " + strconv.Itoa(row.Length))
		}
	}
	t.Fatalf("iso93 has no element %d", n)
	return ""
}
