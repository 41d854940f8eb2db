package tables

import (
	"context"
	"fmt"
	"iter"
	"slices"

	"github.com/f510b0cf/till/issuer/member"
	"github.com/f510b0cf/till/issuer/store"
)

// members is a store.Members on a medium.
type members struct{ medium Medium }

// getMember reads a member.
func getMember(r Reader, id member.ID) (member.Member, error) {
	row := r.Get(Members, memberKey(id))
	if row == nil {
		return member.Member{}, fmt.Errorf("look up member: %w", store.ErrNotFound)
	}
	return decodeMember(memberKey(id), row)
}

// Create adds a member.
func (s members) Create(ctx context.Context, m member.Member) (member.ID, error) {
	if err := checkMember(m); err != nil {
		return 0, fmt.Errorf("create member: %w", err)
	}
	if len(m.Cards) > 0 {
		return 0, fmt.Errorf("create member: cards come with Store.Create: %w", store.ErrRecord)
	}
	err := s.medium.Update(ctx, func(w Writer) error {
		login := []byte(m.Login.Name)
		if len(login) > 0 && w.Get(Logins, login) != nil {
			return fmt.Errorf("create member: login name: %w", store.ErrExists)
		}
		m.ID = nextMember(w)
		w.Put(Members, memberKey(m.ID), encodeMember(m))
		if len(login) > 0 {
			w.Put(Logins, login, memberKey(m.ID))
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	return m.ID, nil
}

// checkMember returns why a member can not be kept.
func checkMember(m member.Member) error {
	if err := m.Validate(); err != nil {
		return fmt.Errorf("%w: %w", err, store.ErrRecord)
	}
	return nil
}

// Get returns a member.
func (s members) Get(ctx context.Context, id member.ID) (m member.Member, err error) {
	err = s.medium.View(ctx, func(r Reader) error {
		m, err = getMember(r, id)
		return err
	})
	return m, err
}

// ByLogin returns the member with a login name.
func (s members) ByLogin(ctx context.Context, name string) (m member.Member, err error) {
	err = s.medium.View(ctx, func(r Reader) error {
		id := r.Get(Logins, []byte(name))
		if id == nil {
			return fmt.Errorf("look up login name: %w", store.ErrNotFound)
		}
		m, err = decodeMember(id, r.Get(Members, id))
		return err
	})
	return m, err
}

// Update calls fn and commits what it leaves.
func (s members) Update(ctx context.Context, id member.ID, fn func(*member.Member, func(store.Entry)) error) error {
	return s.medium.Update(ctx, func(w Writer) error {
		m, err := getMember(w, id)
		if err != nil {
			return err
		}
		login, cards := m.Login.Name, slices.Clone(m.Cards)
		var entries []store.Entry
		if err := fn(&m, func(e store.Entry) { entries = append(entries, e) }); err != nil {
			return err
		}
		if m.ID != id || login != "" && m.Login.Name != login || !slices.Equal(m.Cards, cards) {
			return fmt.Errorf("update member: identifier, login name or cards were changed: %w", store.ErrRecord)
		}
		if err := checkMember(m); err != nil {
			return fmt.Errorf("update member: %w", err)
		}
		if login == "" && m.Login.Name != "" {
			if w.Get(Logins, []byte(m.Login.Name)) != nil {
				return fmt.Errorf("update member: login name: %w", store.ErrExists)
			}
			w.Put(Logins, []byte(m.Login.Name), memberKey(id))
		}
		for _, e := range entries {
			if err := checkEntry(e); err != nil {
				return err
			}
		}
		w.Put(Members, memberKey(id), encodeMember(m))
		appendActs(w, id, entries)
		return nil
	})
}

// All iterates over the members.
func (s members) All(ctx context.Context) iter.Seq2[member.Member, error] {
	return rowsOf(ctx, s.medium, Members, nil, decodeMember)
}
