package tables

import (
	"bytes"
	"context"
	"fmt"

	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/issuer/member"
	"github.com/f510b0cf/till/issuer/store"
)

// Check reads every row and what the rows say of each other: the journal has no
// gaps and its chains are whole, cards' members and members' login
// names are there. It returns the first fault.
func (s Store) Check(ctx context.Context) error {
	return s.check(ctx, checkCards, checkMembers, checkJournal, checkLogins, checkSessions)
}

// CheckUnlinked is Check for schema version 1, whose journal has no chains.
func (s Store) CheckUnlinked(ctx context.Context) error {
	return s.check(ctx, checkCards, checkMembers, checkLogins, checkSessions)
}

func (s Store) check(ctx context.Context, checks ...func(Reader) error) error {
	return s.medium.View(ctx, func(r Reader) error {
		for _, check := range checks {
			if err := ctx.Err(); err != nil {
				return err
			}
			if err := check(r); err != nil {
				return fmt.Errorf("check store: %w", err)
			}
		}
		return nil
	})
}

func checkCards(r Reader) error {
	for key, row := range r.From(Cards, nil) {
		if len(key) != len(account.Ref{}) {
			return fmt.Errorf("read card: key of a wrong length: %w", store.ErrRecord)
		}
		c, err := decodeCard(row)
		if err != nil {
			return err
		}
		for _, id := range []member.ID{c.record.Holder, c.record.Primary} {
			if err := checkListed(r, id, key); err != nil {
				return err
			}
		}
	}
	return nil
}

// checkListed looks for a card in the list of a member.
func checkListed(r Reader, id member.ID, card []byte) error {
	m, err := getMember(r, id)
	if err != nil {
		return err
	}
	for _, listed := range m.Cards {
		if bytes.Equal(listed[:], card) {
			return nil
		}
	}
	return fmt.Errorf("card is not in its member's list: %w", store.ErrRecord)
}

func checkMembers(r Reader) error {
	for key, row := range r.From(Members, nil) {
		m, err := decodeMember(key, row)
		if err != nil {
			return err
		}
		if err := checkMember(m); err != nil {
			return err
		}
		for _, ref := range m.Cards {
			if err := checkCardOf(r, ref); err != nil {
				return err
			}
		}
	}
	return nil
}

func checkCardOf(r Reader, ref account.Ref) error {
	if r.Get(Cards, ref[:]) == nil {
		return fmt.Errorf("member's card is missing: %w", store.ErrRecord)
	}
	return nil
}

func checkLogins(r Reader) error {
	for name, id := range r.From(Logins, nil) {
		m, err := decodeMember(id, r.Get(Members, id))
		if err != nil {
			return err
		}
		if m.Login.Name != string(name) {
			return fmt.Errorf("login name is another member's: %w", store.ErrRecord)
		}
	}
	return nil
}

func checkSessions(r Reader) error {
	for _, row := range r.From(Sessions, nil) {
		if _, err := decodeSession(row); err != nil {
			return err
		}
	}
	return nil
}
