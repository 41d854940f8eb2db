package apdu_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv/apdu"
	"github.com/f510b0cf/till/testdata/need"
	"github.com/f510b0cf/till/testdata/vectors"
)

// readTrace returns the exchanges of a recorded dialogue.
func readTrace(t *testing.T, path string) []step {
	t.Helper()
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	var steps []step
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		if command, ok := strings.CutPrefix(line, "C: "); ok {
			steps = append(steps, step{command: command})
		} else if response, ok := strings.CutPrefix(line, "R: "); ok {
			steps[len(steps)-1].response = response
		}
	}
	require.NotEmpty(t, steps)
	return steps
}

// TestRecordedDialogues reads every APDU that other people's cards and terminals
// have exchanged, writes it again and names it.
func TestRecordedDialogues(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(need.Foreign(t, "traces"), "*.txt"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, path := range files {
		if filepath.Base(path) == "LICENCES.txt" {
			continue
		}
		t.Run(filepath.Base(path), func(t *testing.T) {
			for _, s := range readTrace(t, path) {
				c, err := apdu.ParseCommand(vectors.Unhex(t, s.command))
				require.NoError(t, err, s.command)
				encoded, err := c.Encode()
				require.NoError(t, err)
				assert.Equal(t, vectors.Unhex(t, s.command), encoded)
				assert.NotEqual(t, "unknown command", c.Name(), s.command)
				r, err := apdu.ParseResponse(vectors.Unhex(t, s.response))
				require.NoError(t, err, s.response)
				assert.Equal(t, vectors.Unhex(t, s.response), r.Encode())
			}
		})
	}
}

// TestRecordedProcedure runs the commands of a T=0 card through Exchange, which
// must send the same GET RESPONSE and repeated commands as the recorded terminal.
func TestRecordedProcedure(t *testing.T) {
	card := &playback{t, readTrace(t, need.Foreign(t, "traces", "test-card-t0-full.txt"))}
	sent, recorded := 0, len(card.steps)
	for len(card.steps) > 0 {
		c, err := apdu.ParseCommand(vectors.Unhex(t, card.steps[0].command))
		require.NoError(t, err)
		before := card.steps
		r, err := apdu.Exchange(t.Context(), card, c)
		require.NoError(t, err)
		last := before[len(before)-len(card.steps)-1]
		assert.Equal(t, vectors.Unhex(t, last.response), r.Encode())
		sent++
	}
	assert.Less(t, sent, recorded, "the recording has no 61xx or 6Cxx")
}
