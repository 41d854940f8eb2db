package vpcd

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/f510b0cf/till/hardware"
)

// offer is a card that is held in the virtual reader, over as many connections as
// that takes.
type offer struct {
	port   *Port
	chip   hardware.Chip
	atr    []byte // of the last reset; nil before the first
	cancel context.CancelFunc
	done   chan struct{}
}

// stop ends the offer; a command that is running is cancelled.
func (o *offer) stop() {
	if o != nil {
		o.cancel()
	}
}

// wait waits until the card has no power.
func (o *offer) wait() {
	if o != nil {
		<-o.done
	}
}

// run offers the card until ctx ends.
func (o *offer) run(ctx context.Context) {
	for pause(ctx, time.Until(o.port.back())) {
		conn, err := o.connect(ctx)
		if err != nil {
			if ctx.Err() != nil {
				o.port.leave() // the driver may have seen a connection that was called off
				return
			}
			o.report(Status{State: Waiting, Problem: err.Error()})
			pause(ctx, retryPause)
			continue
		}
		err = newSession(o, conn).serve(ctx)
		o.port.leave()
		problem := "the driver hung up: is the PC/SC daemon being restarted?"
		if err != nil {
			problem = err.Error()
		}
		o.report(Status{State: Waiting, Problem: problem})
	}
}

// report tells where the card is; what was counted goes on.
func (o *offer) report(now Status) {
	o.port.report(o, func(s *Status) { s.State, s.Problem = now.State, now.Problem })
}

// pause waits, and returns false where ctx has ended.
func pause(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return ctx.Err() == nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// connect meets the driver.
func (o *offer) connect(ctx context.Context) (net.Conn, error) {
	if o.port.config.Listen {
		return o.accept(ctx)
	}
	dialer := net.Dialer{Timeout: dialMax}
	conn, err := dialer.DialContext(ctx, "tcp", o.port.config.Address)
	var timeout net.Error
	switch {
	case err == nil:
		return conn, nil
	case errors.As(err, &timeout) && timeout.Timeout():
		return nil, fmt.Errorf("nobody takes the card at %s: the reader slot already has a card?", o.port.config.Address)
	}
	return nil, fmt.Errorf("no driver waits at %s: start the PC/SC daemon with the vpcd driver, or name its address", o.port.config.Address)
}

// accept waits for a driver that dials. One card takes one connection: the listener
// closes, so that a driver that dials again finds no card until the next one.
func (o *offer) accept(ctx context.Context) (net.Conn, error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", o.port.config.Address)
	if err != nil {
		return nil, fmt.Errorf("can not listen at %s: another card listens there already?", o.port.config.Address)
	}
	defer listener.Close()
	defer context.AfterFunc(ctx, func() { _ = listener.Close() })()
	return listener.Accept()
}
