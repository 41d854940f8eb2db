package host

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/f510b0cf/till/issuer/admission"
)

// acceptPause is waited after a failure of Accept, such as too many open files.
const acceptPause = 100 * time.Millisecond

// Serve accepts connections until the context ends, and closes the listener. It
// then lets the messages that are worked on be answered, for DrainTimeout at most,
// and returns nil once all connections are closed. A listener
// that fails is asked again after a pause, however often; the error is that of one
// that was closed by another.
func (h *Host) Serve(ctx context.Context, l net.Listener) error {
	stop := context.AfterFunc(ctx, func() { _ = l.Close() })
	defer stop()
	work, cutOff := context.WithCancel(context.WithoutCancel(ctx))
	defer cutOff()
	accepting, end := context.WithCancel(ctx)
	defer end()

	var connections sync.WaitGroup
	err := h.accept(ctx, l, func(c net.Conn) {
		connections.Go(func() { h.serve(accepting, work, c) })
	})
	end()
	_ = l.Close()
	timer := h.config.Clock.AfterFunc(h.config.DrainTimeout, cutOff)
	connections.Wait()
	timer.Stop()
	return err
}

// accept hands connections over while there is room for them.
func (h *Host) accept(ctx context.Context, l net.Listener, start func(net.Conn)) error {
	l = admission.Listen(l, h.config.Connections, h.config.Clock, func(r admission.Refusal) {
		_ = h.config.Logger.Log("event", "connection refused", "reason", r.Reason, "most", r.Most, "count", r.Count)
	})
	for {
		c, err := l.Accept()
		switch {
		case ctx.Err() != nil || errors.Is(err, net.ErrClosed):
			closeAccepted(c)
			return ended(ctx, err)
		case err != nil:
			h.pause(ctx)
		default:
			start(c)
		}
	}
}

// ended returns what Serve returns where the listener takes no more.
func ended(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return nil
	}
	return fmt.Errorf("accept connection: %w", err)
}

func closeAccepted(c net.Conn) {
	if c != nil {
		_ = c.Close()
	}
}

// pause waits a moment, or until the context ends.
func (h *Host) pause(ctx context.Context) {
	over := make(chan struct{})
	timer := h.config.Clock.AfterFunc(acceptPause, func() { close(over) })
	defer timer.Stop()
	select {
	case <-over:
	case <-ctx.Done():
	}
}
