package trace

import (
	"context"
	"errors"
	"slices"

	"github.com/f510b0cf/till/hardware"
)

// failure is why there is no answer, as a trace has it. The text of the error
// itself may name ports or paths, so that it is not kept.
type failure string

const (
	cardRemoved  failure = "card removed"
	cancelled    failure = "cancelled"
	readerFailed failure = "reader failed"
)

// failures are those that a trace may name.
var failures = []failure{cardRemoved, cancelled, readerFailed}

// errReaderFailed is what is played for readerFailed.
var errReaderFailed = errors.New("the reader failed when this was recorded")

func failureOf(err error) failure {
	switch {
	case err == nil:
		return ""
	case errors.Is(err, hardware.ErrCardRemoved):
		return cardRemoved
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return cancelled
	}
	return readerFailed
}

// err returns an error of the kind that was recorded.
func (f failure) err() error {
	switch f {
	case cardRemoved:
		return hardware.ErrCardRemoved
	case cancelled:
		return context.Canceled
	}
	return errReaderFailed
}

func (f failure) known() bool { return slices.Contains(failures, f) }
