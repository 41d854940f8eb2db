// Package watched tells who watches that a card was committed to a store, so that an
// open page learns at once what a terminal did.
package watched

import (
	"context"
	"slices"
	"sync"

	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/issuer/store"
)

// Store is a store that can be watched. It is safe for concurrent use.
type Store struct {
	store.Store
	lock     sync.Mutex
	watchers map[*watcher]struct{}
}

// watcher is somebody who watches.
type watcher struct {
	refs    map[account.Ref]bool // nil is all
	changed chan struct{}        // of room for one: changes run together
}

// New returns a store on s.
func New(s store.Store) *Store {
	return &Store{Store: s, watchers: map[*watcher]struct{}{}}
}

// Update does what the store does, and tells who watches.
func (s *Store) Update(ctx context.Context, ref account.Ref, fn func(store.Tx) error) error {
	err := s.Store.Update(ctx, ref, fn)
	if err == nil {
		s.Changed(ref)
	}
	return err
}

// Changed tells who watches that cards were committed, or that any may have been where
// none is named: another process has done so.
func (s *Store) Changed(refs ...account.Ref) {
	s.lock.Lock()
	defer s.lock.Unlock()
	for w := range s.watchers {
		if w.refs != nil && len(refs) > 0 && !slices.ContainsFunc(refs, func(r account.Ref) bool { return w.refs[r] }) {
			continue
		}
		select {
		case w.changed <- struct{}{}:
		default: // it has been told, and has not looked yet
		}
	}
}

// Watch returns a channel that gets something after commits to the cards, or to any
// card where none is named. What is committed while nobody reads is told once. stop
// ends it.
func (s *Store) Watch(refs ...account.Ref) (changed <-chan struct{}, stop func()) {
	w := &watcher{changed: make(chan struct{}, 1)}
	if len(refs) > 0 {
		w.refs = map[account.Ref]bool{}
		for _, ref := range refs {
			w.refs[ref] = true
		}
	}
	s.lock.Lock()
	defer s.lock.Unlock()
	s.watchers[w] = struct{}{}
	return w.changed, func() {
		s.lock.Lock()
		defer s.lock.Unlock()
		delete(s.watchers, w)
	}
}
