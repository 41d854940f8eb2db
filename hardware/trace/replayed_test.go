package trace_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/hardware"
	"github.com/f510b0cf/till/hardware/hardwaretest"
	"github.com/f510b0cf/till/hardware/slot"
	"github.com/f510b0cf/till/hardware/trace"
)

// TestReplayedReader has a reader with a player in it stand the conformance test: what
// is done to a reader in each part of the test is recorded, and is done once more to a
// reader whose card is the player of that recording. It has to come out alike.
func TestReplayedReader(t *testing.T) {
	var recorders []*trace.Recorder
	hardwaretest.TestReader(t, func(*testing.T) (hardware.Reader, hardwaretest.Hand) {
		s := slot.New("slot")
		recorder := trace.NewRecorder(nil)
		recorders = append(recorders, recorder)
		return recorder.Reader(s), s
	})
	commands := 0
	for _, recorder := range recorders {
		recording := recorder.Recording()
		p := trace.NewPlayer(trace.PlayerConfig{Recording: recording})
		s := slot.New("slot")
		s.Insert(p)
		again := trace.NewRecorder(nil)
		commands += repeat(t, again.Reader(s), linesOf(t, recording))
		require.NoError(t, p.Close())
		assert.Empty(t, trace.Diff(recording, again.Recording()))
	}
	assert.Greater(t, commands, 20)
}

// repeat does to a reader what a recording says, and counts the commands. What a
// session that was over was asked for, the session that is open is asked for.
func repeat(t *testing.T, r hardware.Reader, lines string) (commands int) {
	t.Helper()
	var card hardware.Card
	for line := range strings.Lines(lines) {
		word, digits, _ := strings.Cut(strings.TrimSpace(line), ":")
		var err error
		switch word {
		case "ATR":
			card, err = r.WaitCard(t.Context())
			require.NoError(t, err)
		case "warm ATR":
			_, err = card.(hardware.WarmResetter).WarmReset(t.Context())
		case "C":
			commands++
			_, err = card.Transmit(t.Context(), unhex(t, strings.TrimSpace(digits)))
		}
		if err != nil {
			require.True(t, errors.Is(err, hardware.ErrCardRemoved) || errors.Is(err, context.Canceled), err)
		}
	}
	return commands
}
