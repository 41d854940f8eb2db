package cli

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"syscall"
)

// ErrInterrupted is what a command returns that the user called off.
var ErrInterrupted = errors.New("interrupted")

// Interruptible returns a context that ends, with ErrInterrupted as its cause, at
// the first interrupt from the keyboard or SIGTERM, or when the window is closed
// (SIGHUP, unless the process was started to outlive that). From then on, and after
// stop, the signals have their usual effect: the second one ends the process. SIGHUP
// has it after stop alone, since shell and system both send it.
func Interruptible() (ctx context.Context, stop func()) {
	ctx, cancel := context.WithCancelCause(context.Background())
	signals, hangups := make(chan os.Signal, 1), make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	if !signal.Ignored(syscall.SIGHUP) {
		signal.Notify(hangups, syscall.SIGHUP)
	}
	go func() {
		select {
		case <-signals:
		case <-hangups:
		case <-ctx.Done():
		}
		cancel(ErrInterrupted)
		signal.Stop(signals)
	}()
	return ctx, func() {
		cancel(nil)
		signal.Stop(hangups)
	}
}

// BrokenOff is the outcome of a command that did not come to its end: that the user
// called it off, where that is so, else that it failed.
func BrokenOff(ctx context.Context, err error) error {
	if errors.Is(context.Cause(ctx), ErrInterrupted) {
		return ErrInterrupted
	}
	return Failed{Err: err}
}
