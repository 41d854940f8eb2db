package keyboard_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/terminal/pinpad/keyboard"
)

// openPTY returns a pseudo-terminal: the end where a person types and reads, and
// the end of the program.
func openPTY(t *testing.T) (person, program *os.File) {
	t.Helper()
	person, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	require.NoError(t, err)
	t.Cleanup(func() { person.Close() })
	require.NoError(t, unix.IoctlSetPointerInt(int(person.Fd()), unix.TIOCSPTLCK, 0))
	number, err := unix.IoctlGetInt(int(person.Fd()), unix.TIOCGPTN)
	require.NoError(t, err)
	program, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|unix.O_NOCTTY, 0)
	require.NoError(t, err)
	t.Cleanup(func() { program.Close() })
	return person, program
}

func echoes(t *testing.T, tty *os.File) bool {
	t.Helper()
	state, err := unix.IoctlGetTermios(int(tty.Fd()), unix.TCGETS)
	require.NoError(t, err)
	return state.Lflag&unix.ECHO != 0
}

// typed is what a call of ReadHidden returned.
type typed struct {
	value secret.Value
	err   error
}

// startReading calls ReadHidden and returns when the echo is off.
func startReading(t *testing.T, ctx context.Context, program *os.File, out io.Writer) <-chan typed {
	t.Helper()
	done := make(chan typed, 1)
	go func() {
		value, err := keyboard.ReadHidden(ctx, program, out, "PIN: ")
		done <- typed{value, err}
	}()
	require.Eventually(t, func() bool { return !echoes(t, program) }, 5*time.Second, time.Millisecond)
	return done
}

func TestReadHiddenDoesNotEcho(t *testing.T) {
	person, program := openPTY(t)
	var out bytes.Buffer
	done := startReading(t, t.Context(), program, &out)
	_, err := io.WriteString(person, "4524\n")
	require.NoError(t, err)
	result := <-done
	require.NoError(t, result.err)
	assert.True(t, result.value.Equal(secret.New([]byte("4524"))))
	assert.Equal(t, "PIN: \n", out.String())
	assert.True(t, echoes(t, program))

	_, err = io.WriteString(program, "end")
	require.NoError(t, err)
	shown := make([]byte, 64)
	n, err := person.Read(shown)
	require.NoError(t, err)
	assert.NotContains(t, string(shown[:n]), "4524")
}

func TestReadHiddenGivesTheEchoBack(t *testing.T) {
	person, program := openPTY(t)
	called := errors.New("called off")
	ctx, cancel := context.WithCancelCause(t.Context())
	done := startReading(t, ctx, program, io.Discard)
	_, err := io.WriteString(person, "99") // a PIN that is being typed
	require.NoError(t, err)
	cancel(called)
	assert.ErrorIs(t, (<-done).err, called)
	assert.True(t, echoes(t, program))

	// Nothing reads any more, and what was typed is gone: the next one who is asked gives
	// his own line.
	done = startReading(t, t.Context(), program, io.Discard)
	_, err = io.WriteString(person, "4524\n")
	require.NoError(t, err)
	result := <-done
	require.NoError(t, result.err)
	assert.True(t, result.value.Equal(secret.New([]byte("4524"))))
}
