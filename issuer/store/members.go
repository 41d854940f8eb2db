package store

import (
	"context"
	"iter"

	"github.com/f510b0cf/till/issuer/member"
)

// Members keeps the members. Its guarantees are those of Store.
type Members interface {
	// Create adds a member and returns the identifier that it gets: one more than
	// the last one's, from 1. ErrExists where the login name is taken.
	Create(ctx context.Context, m member.Member) (member.ID, error)

	// Get returns a member, ErrNotFound where there is none.
	Get(ctx context.Context, id member.ID) (member.Member, error)

	// ByLogin returns the member with that login name, as member.LoginName
	// writes it.
	ByLogin(ctx context.Context, name string) (member.Member, error)

	// Update calls fn and commits what it leaves with the entries that it appends to
	// the journal, or nothing where it returns an error. Identifier and cards stay
	// as they are, and so does a login name; who has none can be given one, ErrExists
	// where it is taken. fn may run more than once.
	Update(ctx context.Context, id member.ID, fn func(m *member.Member, appendEntry func(Entry)) error) error

	// All iterates over the members in the order of their identifiers.
	All(ctx context.Context) iter.Seq2[member.Member, error]
}
