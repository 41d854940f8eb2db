package issuer

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/f510b0cf/till/issuer/httpd"
)

// sweepEvery is how often sessions that have ended are removed.
const sweepEvery = 10 * time.Minute

// Serve serves terminals, members and operators until ctx ends, and then lets
// requests that have begun come to their end. Where one of the three fails, all
// end. It serves once.
func (i *Issuer) Serve(ctx context.Context) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	doors := []func() error{
		func() error { return i.host.Serve(ctx, i.terminals) },
		func() error { return httpd.Serve(ctx, i.members, i.doors.Members()) },
		func() error { return httpd.Serve(ctx, i.operators, i.doors.Operators(i.Addresses(), i.backup)) },
	}
	errs := make([]error, len(doors))
	var group sync.WaitGroup
	for n, serve := range doors {
		group.Go(func() {
			defer stop()
			errs[n] = serve()
		})
	}
	group.Go(func() { i.sweep(ctx) })
	if i.notices != nil {
		group.Go(func() { i.notices.Run(ctx) })
	}
	_ = i.log.Log("event", "serving", "http", i.members.Addr().String(), "host", i.terminals.Addr().String())
	group.Wait()
	return errors.Join(errs...)
}

// sweep removes sessions that have ended, from time to time.
func (i *Issuer) sweep(ctx context.Context) {
	for ctx.Err() == nil {
		if n, err := i.store.Sessions().Sweep(ctx, i.clock.Now()); err == nil {
			_ = i.log.Log("event", "sessions swept", "count", n)
		}
		i.wait(ctx, sweepEvery)
	}
}

// wait returns after d, or when ctx ends.
func (i *Issuer) wait(ctx context.Context, d time.Duration) {
	over := make(chan struct{})
	timer := i.clock.AfterFunc(d, func() { close(over) })
	defer timer.Stop()
	select {
	case <-over:
	case <-ctx.Done():
	}
}
