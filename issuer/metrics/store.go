package metrics

import (
	"context"

	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/emv/clock"
	"github.com/f510b0cf/till/issuer/member"
	"github.com/f510b0cf/till/issuer/store"
)

// Store counts the lines of the journal that are committed to a store, and how long
// its updates take.
func (m *Metrics) Store(next store.Store, c clock.Clock) store.Store {
	return measured{next, m, c}
}

type measured struct {
	store.Store
	metrics *Metrics
	clock   clock.Clock
}

// commit runs an update, which puts into kinds what it appends to the journal.
func (s measured) commit(update func(kinds *[]string) error) error {
	var kinds []string
	began := s.clock.Now()
	err := update(&kinds)
	s.metrics.commits.WithLabelValues(commitResult(err)).Observe(since(s.clock, began))
	if err != nil {
		return err
	}
	for _, kind := range kinds {
		s.metrics.entries.WithLabelValues(kind).Inc()
	}
	return nil
}

// Update commits an update of an account.
func (s measured) Update(ctx context.Context, ref account.Ref, fn func(store.Tx) error) error {
	return s.commit(func(kinds *[]string) error {
		return s.Store.Update(ctx, ref, func(tx store.Tx) error {
			*kinds = nil // it may run again
			return fn(counting{tx, kinds})
		})
	})
}

// counting is a transaction whose entries are counted.
type counting struct {
	store.Tx
	kinds *[]string
}

// Append adds an entry to the journal.
func (t counting) Append(e store.Entry) {
	*t.kinds = append(*t.kinds, e.Kind)
	t.Tx.Append(e)
}

// Members returns the members.
func (s measured) Members() store.Members { return members{s.Store.Members(), s} }

type members struct {
	store.Members
	store measured
}

// Update commits an update of a member.
func (m members) Update(ctx context.Context, id member.ID, fn func(*member.Member, func(store.Entry)) error) error {
	return m.store.commit(func(kinds *[]string) error {
		return m.Members.Update(ctx, id, func(x *member.Member, appendEntry func(store.Entry)) error {
			*kinds = nil
			return fn(x, func(e store.Entry) {
				*kinds = append(*kinds, e.Kind)
				appendEntry(e)
			})
		})
	})
}
