package sim

import (
	"context"
	"errors"
	"fmt"

	"github.com/f510b0cf/till/bench/plan"
	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/issuer/authorization"
	"github.com/f510b0cf/till/issuer/channel"
	issuerhost "github.com/f510b0cf/till/issuer/host"
	"github.com/f510b0cf/till/issuer/member"
	"github.com/f510b0cf/till/issuer/message"
	"github.com/f510b0cf/till/issuer/store"
)

// host is the issuer's process, from its start to its end. What it has committed
// outlives it.
type host struct {
	world   *world
	process *process
	host    *issuerhost.Host
	service *channel.Service
	turn    *end // whose message is worked on
	failed  bool // its disk is full
	updates int
}

// anyPace lets a member change a PIN as often as the story wants.
var anyPace = member.Pace{AtOnce: 1000, Every: 1e9}

// startHost starts the issuer on what its store holds.
func (w *world) startHost() error {
	h := &host{world: w, process: w.scheduler.process()}
	kept := &durable{Store: w.store, host: h}
	dialect := message.ISO93()
	a, err := authorization.New(authorization.Config{
		Store: kept, Module: w.module, Dialect: dialect, Policy: w.config.Policy, Clock: h.process, Random: w.hostRand,
	})
	if err != nil {
		return err
	}
	h.host, err = issuerhost.New(issuerhost.Config{Dialect: dialect, Authorizer: a, Clock: h.process})
	if err != nil {
		return err
	}
	h.service, err = channel.New(channel.Config{
		Store: kept, PINs: w.module, Clock: h.process, TriesMax: authorization.PINTriesMax, CodeTriesMax: authorization.CIDTriesMax, Changes: anyPace,
	})
	if err != nil {
		return err
	}
	w.host = h
	w.note("host", "starts")
	return nil
}

// serve answers a terminal.
func (h *host) serve(e *end) {
	h.process.Go(func() { h.host.ServeConn(context.Background(), e) })
}

// die kills the process. It does not return where the process itself calls it.
func (h *host) die() {
	w := h.world
	w.note("host", "is killed")
	w.line.cut(h.process)
	w.people.AfterFunc(restartTime, func() {
		if w.host == h {
			w.fail(w.startHost())
		}
	})
	h.process.kill()
}

// durable is the store: what a call of Update returned nil for outlives the host.
type durable struct {
	store.Store
	host *host
}

// View lets others go on first.
func (d *durable) View(ctx context.Context, ref account.Ref, fn func(store.Snapshot) error) error {
	d.host.process.yield()
	return d.Store.View(ctx, ref, fn)
}

// Update lets others go on, and commits, or what the plan has in its place.
func (d *durable) Update(ctx context.Context, ref account.Ref, fn func(store.Tx) error) error {
	h := d.host
	h.process.yield()
	if h.failed {
		return fmt.Errorf("%w: disk is full", store.ErrFailed)
	}
	w := h.world
	f := w.faults.commit()
	switch {
	case f == nil:
	case f.Kind == plan.HostFull:
		w.note("host", "disk is full")
		h.failed = true
		w.people.AfterFunc(repairTime, func() {
			if w.host == h && !h.process.dead {
				h.die() // somebody has made room, and starts it again
			}
		})
		return fmt.Errorf("%w: disk is full", store.ErrFailed)
	case f.Kind == plan.HostSlow:
		w.note("host", "commit takes %s", f.Delay)
		h.process.sleep(f.Delay)
	case !f.After:
		h.die()
	}
	d.rehearse(ctx, ref, fn)
	var c commit
	err := d.Store.Update(ctx, ref, func(tx store.Tx) error {
		c = commit{before: *tx.Card()}
		err := fn(watchedTx{tx, &c})
		c.after = *tx.Card()
		return err
	})
	if err != nil {
		return err
	}
	w.committed(c)
	if f != nil && f.Kind == plan.KillHost && f.After {
		h.die()
	}
	return nil
}

// rehearseEvery is how many updates share one whose function is called twice.
const rehearseEvery = 3

var errRehearsed = errors.New("called off, to be made again")

// rehearse has an update made and called off, now and then: a store may call the
// function more than once.
func (d *durable) rehearse(ctx context.Context, ref account.Ref, fn func(store.Tx) error) {
	if d.host.updates++; d.host.updates%rehearseEvery == 0 {
		_ = d.Store.Update(ctx, ref, func(tx store.Tx) error { return errors.Join(fn(tx), errRehearsed) })
	}
}

// commit is what the host has committed.
type commit struct {
	before, after store.Record
	replies       int // that were stored with it
}

// watchedTx counts replies.
type watchedTx struct {
	store.Tx
	commit *commit
}

// PutReply stores a reply.
func (t watchedTx) PutReply(ring store.Ring, key store.Key, sealed []byte) {
	if ring == store.TerminalReplies {
		t.commit.replies++
	}
	t.Tx.PutReply(ring, key, sealed)
}
