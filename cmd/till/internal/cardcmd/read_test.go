package cardcmd

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/f510b0cf/till/cmd/till/internal/cli"
)

// TestReadingBrokenOff: who calls a reading off is not told of a failure, and a
// failure is one though nobody called anything off.
func TestReadingBrokenOff(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	torn := errors.New("torn")
	assert.Equal(t, cli.ExitFailed, cli.ExitCode(brokenOff(ctx, torn)))
	assert.ErrorIs(t, brokenOff(ctx, torn), torn)
	cancel(cli.ErrInterrupted)
	assert.Equal(t, cli.ExitInterrupted, cli.ExitCode(brokenOff(ctx, context.Canceled)))
}
