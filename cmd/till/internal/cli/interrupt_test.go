package cli

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
)

// TestBrokenOff: who calls a command off is not told of a failure, and a
// failure is one though nobody called anything off.
func TestBrokenOff(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	torn := errors.New("torn")
	assert.Equal(t, ExitFailed, ExitCode(BrokenOff(ctx, torn)))
	assert.ErrorIs(t, BrokenOff(ctx, torn), torn)
	cancel(ErrInterrupted)
	assert.Equal(t, ExitInterrupted, ExitCode(BrokenOff(ctx, context.Canceled)))
}
