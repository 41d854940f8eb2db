package issuer

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/go-kit/log/level"

	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/issuer/httpd"
)

// houseEvery is how often sessions that have ended are removed and the journal is
// sealed.
const houseEvery = 10 * time.Minute

// Serve serves terminals, members, callers and operators until ctx ends, and then lets
// requests that have begun come to their end. Where one of them fails, all
// end. It serves once.
func (i *Issuer) Serve(ctx context.Context) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	machine := httpd.Machine{Addresses: i.Addresses(), Backup: i.backup, Prune: i.prune, Metrics: i.metrics.Handler(), Started: i.clock.Now().UTC()}
	doors := []func() error{
		func() error { return i.host.Serve(ctx, i.metrics.Listener("terminals", i.terminals)) },
		func() error {
			return httpd.Serve(ctx, i.secured(i.metrics.Listener("members", i.members)), i.doors.Members())
		},
		func() error { return httpd.Serve(ctx, i.operators, i.doors.Operators(machine)) },
	}
	if i.numbers != nil {
		doors = append(doors, func() error { return httpd.Serve(ctx, i.numbers, i.doors.Numbers(machine.Metrics)) })
	}
	if i.calls != nil {
		doors = append(doors, func() error { return i.calls.Serve(ctx) })
	}
	errs := make([]error, len(doors))
	var group sync.WaitGroup
	for n, serve := range doors {
		group.Go(func() {
			defer stop()
			errs[n] = serve()
		})
	}
	if i.notices != nil {
		group.Go(func() { i.notices.Run(ctx) })
	}
	if shared, ok := i.store.(interface {
		Listen(context.Context, func(...account.Ref))
	}); ok { // with other processes
		group.Go(func() { shared.Listen(ctx, i.watched.Changed) })
	}
	group.Go(func() { i.keepHouse(ctx) })
	_ = i.log.Log("event", "serving", "http", i.members.Addr().String(), "host", i.terminals.Addr().String())
	group.Wait()
	i.seal(context.WithoutCancel(ctx))
	return errors.Join(errs...)
}

// keepHouse removes sessions that have ended, and seals the journal, from time to
// time.
func (i *Issuer) keepHouse(ctx context.Context) {
	for ctx.Err() == nil {
		if n, err := i.store.Sessions().Sweep(ctx, i.clock.Now()); err == nil {
			_ = level.Debug(i.log).Log("event", "sessions swept", "count", n)
		}
		i.seal(ctx)
		i.wait(ctx, houseEvery)
	}
}

// seal seals the journal as it is now.
func (i *Issuer) seal(ctx context.Context) {
	now := i.clock.Now()
	err := sealJournal(ctx, i.store, i.module, now)
	if err == nil {
		i.metrics.Sealed(now)
	} else if ctx.Err() == nil {
		_ = i.log.Log("event", "failed", "what", "seal journal", "err", err)
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
