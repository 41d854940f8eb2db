package keyboard_test

import (
	"context"
	"errors"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/terminal/pinpad/keyboard"
)

func TestReadHiddenWantsATerminal(t *testing.T) {
	_, err := keyboard.ReadHidden(t.Context(), nil, io.Discard, "")
	assert.ErrorIs(t, err, keyboard.ErrNoTTY)
	r, w, err := os.Pipe()
	require.NoError(t, err)
	defer r.Close()
	defer w.Close()
	_, err = keyboard.ReadHidden(t.Context(), r, io.Discard, "")
	assert.ErrorIs(t, err, keyboard.ErrNoTTY)
}

func TestReadLine(t *testing.T) {
	var out strings.Builder
	line, err := keyboard.ReadLine(t.Context(), strings.NewReader(" 2 \r\nmore"), &out, "Which? ")
	require.NoError(t, err)
	assert.Equal(t, "2", line)
	assert.Equal(t, "Which? ", out.String())

	_, err = keyboard.ReadLine(t.Context(), strings.NewReader("2"), io.Discard, "")
	assert.ErrorIs(t, err, keyboard.ErrCancelled)
}

func TestReadLineEndsWithItsContext(t *testing.T) {
	called := errors.New("called off")
	ctx, cancel := context.WithCancelCause(t.Context())
	r, w := io.Pipe()
	defer w.Close()
	cancel(called)
	_, err := keyboard.ReadLine(ctx, r, io.Discard, "")
	assert.ErrorIs(t, err, called)
}
