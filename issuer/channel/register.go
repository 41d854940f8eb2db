package channel

import (
	"context"
	"errors"
	"fmt"

	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/issuer/hsm"
	"github.com/f510b0cf/till/issuer/member"
	"github.com/f510b0cf/till/issuer/store"
)

// Registration is what a cardholder without a login says to get one.
type Registration struct {
	Door     member.Door
	PAN      account.PAN
	Expiry   account.Expiry
	CID      secret.Value // card identification code, CIDDigits digits
	Login    string       // the name that he chooses
	Password member.Hash  // of the password that he chooses
}

const (
	// CIDDigits is how many digits the card identification code has.
	CIDDigits = 4

	// cidTriesMax is how many wrong codes a card has until a right one. Orders with
	// a code count in the same field.
	cidTriesMax = 5

	cardsOfPANMax = 9 // sequence numbers that are looked for

	kindRegistered = "registered"
)

// Register gives the holder of a card a login, once. There is one refusal for
// whatever does not fit, so that nobody learns which cards there are.
func (s *Service) Register(ctx context.Context, r Registration) (member.ID, error) {
	name, err := member.LoginName(r.Login)
	if err != nil {
		return 0, refuse(NameTaken, nil)
	}
	ref, record, err := s.find(ctx, r.PAN)
	if errors.Is(err, store.ErrNotFound) { // takes the same write as a wrong code
		return 0, errors.Join(refuse(NotKnown, nil), s.store.Sessions().Put(ctx, store.SessionKey{}, nil, s.clock.Now()))
	} else if err != nil {
		return 0, err
	}
	if err := s.identify(ctx, ref, record, r); err != nil {
		return 0, err
	}
	err = s.store.Members().Update(ctx, record.Holder, func(m *member.Member, _ func(store.Entry)) error {
		if m.Login.Name != "" {
			return refuse(NotKnown, reason("registered before"))
		}
		m.Login = member.Login{Name: name, Password: r.Password}
		return nil
	})
	switch {
	case errors.Is(err, store.ErrExists):
		return 0, refuse(NameTaken, nil)
	case err != nil:
		return 0, err
	}
	return record.Holder, s.note(ctx, ref, kindRegistered, Asked{Member: record.Holder, Door: r.Door}.actor(), "")
}

// find returns the usable card with an account number, store.ErrNotFound where there
// is none.
func (s *Service) find(ctx context.Context, pan account.PAN) (ref account.Ref, record store.Record, err error) {
	for n := cardsOfPANMax; n >= 0; n-- { // the highest one replaced the others
		ref = s.pins.Ref(pan, account.SequenceNumber(n))
		err = s.store.View(ctx, ref, func(card store.Snapshot) error {
			record = *card.Card()
			return nil
		})
		if err == nil && usable(record.Status) == nil {
			return ref, record, nil
		}
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return ref, record, fmt.Errorf("read card: %w", err)
		}
	}
	return ref, record, store.ErrNotFound
}

// identify checks expiry and identification code. Count, answer and journal are one
// commit, so that many at once do not get more tries.
func (s *Service) identify(ctx context.Context, ref account.Ref, record store.Record, r Registration) error {
	card, err := s.card(ref, &record)
	if err != nil {
		return err
	}
	want, err := s.pins.CID(card, record.Expiry, CIDDigits)
	if errors.Is(err, hsm.ErrNoKey) {
		return refuse(NotKnown, err)
	} else if err != nil {
		return err
	}
	right, now := want.Equal(r.CID) && record.Expiry == r.Expiry, s.clock.Now().UTC()
	var refused bool
	err = s.store.Update(ctx, ref, func(tx store.Tx) error {
		c := tx.Card()
		if refused = !right || c.CIDTries >= cidTriesMax; !refused {
			c.CIDTries = 0
			return nil
		}
		c.CIDTries = min(c.CIDTries+1, cidTriesMax)
		tx.Append(store.Entry{At: now, Kind: kindRefused, Actor: "registration by " + r.Door.String(), Detail: "identification"})
		return nil
	})
	switch {
	case err != nil:
		return fmt.Errorf("count try: %w", err)
	case refused:
		_ = s.log.Log("event", kindRefused, "ref", ref, "action", "register")
		return refuse(NotKnown, nil)
	}
	return nil
}

// note adds a line to the journal of a card.
func (s *Service) note(ctx context.Context, ref account.Ref, kind, actor, detail string) error {
	now := s.clock.Now().UTC()
	_ = s.log.Log("event", kind, "ref", ref, "who", actor)
	return s.store.Update(ctx, ref, func(tx store.Tx) error {
		tx.Append(store.Entry{At: now, Kind: kind, Actor: actor, Detail: detail})
		return nil
	})
}
