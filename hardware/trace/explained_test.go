package trace_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/hardware/trace"
)

// TestExplained: the steps one by one say what the text of all says, and hide what it
// hides.
func TestExplained(t *testing.T) {
	r := parse(t, canaryDialogue(t))
	steps, err := r.Explained()
	require.NoError(t, err)
	require.Len(t, steps, r.Len())
	flat := func(text string) string { return strings.Join(strings.Fields(text), " ") }
	var text, all strings.Builder
	for i, s := range steps {
		fmt.Fprintf(&text, "%d %s\n", i+1, s.Text)
		fmt.Fprintf(&all, "%s %s\n%+v\n", s.Text, s.JSON, s)
	}
	assert.Equal(t, flat(textOf(t, r)), flat(text.String()))
	for _, form := range append(forms([]byte(canaryPAN)), forms([]byte(canaryPIN))...) {
		assert.NotContains(t, all.String(), form)
	}
	assert.Equal(t, "cold reset", steps[0].Command)
	assert.Empty(t, steps[0].Response)
	assert.Equal(t, []string{"SELECT", "9000 success"}, []string{steps[1].Command, steps[1].Response})
}

// TestObserve: an observer is told the numbers of the steps, each once.
func TestObserve(t *testing.T) {
	_, inner := player(t, "ATR: 3B600000\nC: 80A8000002830000\nR: 9000\n")
	var told []int
	recorder := trace.NewRecorder(nil).Observe(func(n int) { told = append(told, n) })
	require.NoError(t, sendAll(t, recorder.Card(inner), "80A8000002830000"))
	assert.Equal(t, []int{0, 1}, told)
	assert.Equal(t, 2, recorder.Recording().Len())
}
