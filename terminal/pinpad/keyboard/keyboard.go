// Package keyboard reads what a person types at a terminal of the operating
// system, with or without echo, until a context ends.
package keyboard

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"

	"github.com/f510b0cf/till/emv/secret"
)

// ErrNoTTY says that there is nobody at a keyboard to ask.
var ErrNoTTY = errors.New("standard input is no terminal")

// ErrCancelled says that the person at the keyboard ended the input (Ctrl-D).
var ErrCancelled = errors.New("cancelled at the keyboard")

// ReadHidden writes a prompt to out and reads a line from tty without echo. The
// error wraps ErrNoTTY where tty is no terminal, and the cause of ctx where that
// ends: the terminal has its echo back then, and the line that is being typed is
// lost.
func ReadHidden(ctx context.Context, tty *os.File, out io.Writer, prompt string) (secret.Value, error) {
	if tty == nil || !term.IsTerminal(int(tty.Fd())) {
		return secret.Value{}, ErrNoTTY
	}
	fd := int(tty.Fd())
	restore, err := hush(fd)
	if err != nil {
		return secret.Value{}, err
	}
	fmt.Fprint(out, prompt)
	defer fmt.Fprintln(out) // the line break that was typed is not echoed
	if err = waitLine(ctx, fd); err != nil {
		restore(true)
		return secret.Value{}, err
	}
	line, err := await(ctx, func() (secret.Value, error) { return readHiddenLine(fd) })
	restore(ctx.Err() != nil)
	return line, err
}

// ReadLine writes a prompt to out and reads a line from in with echo, without
// the white space around it. The error wraps ErrCancelled where the input ends,
// and the cause of ctx where that ends.
func ReadLine(ctx context.Context, in io.Reader, out io.Writer, prompt string) (string, error) {
	fmt.Fprint(out, prompt)
	if tty, ok := in.(*os.File); ok && term.IsTerminal(int(tty.Fd())) {
		if err := waitLine(ctx, int(tty.Fd())); err != nil {
			return "", fmt.Errorf("read line: %w", err)
		}
	}
	line, err := await(ctx, func() (string, error) { return bufio.NewReader(in).ReadString('\n') })
	if err != nil {
		return "", fmt.Errorf("read line: %w", err)
	}
	return strings.TrimSpace(line), nil
}

// readHiddenLine blocks until a line is typed.
func readHiddenLine(fd int) (secret.Value, error) {
	line, err := term.ReadPassword(fd)
	defer secret.Wipe(line)
	return secret.New(line), err
}

// await returns what read returns, or the cause of ctx where that ends first: a
// read can not be called off, so it goes on in its goroutine until there is a line or
// the process ends. After waitLine there is one.
func await[T any](ctx context.Context, read func() (T, error)) (T, error) {
	type result struct {
		value T
		err   error
	}
	done := make(chan result, 1)
	go func() {
		value, err := read()
		done <- result{value, err}
	}()
	var none T
	select {
	case r := <-done:
		if errors.Is(r.err, io.EOF) {
			r.err = ErrCancelled
		}
		return r.value, r.err
	case <-ctx.Done():
		return none, context.Cause(ctx)
	}
}
