package channel

import (
	"context"
	"errors"

	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/issuer/member"
	"github.com/f510b0cf/till/issuer/store"
)

// Registration is what a cardholder without a login says to get one.
type Registration struct {
	Door     member.Door
	PAN      account.PAN
	Expiry   account.Expiry
	CID      secret.Value // card identification code, CodeDigits digits
	Login    string       // the name that he chooses
	Password member.Hash  // of the password that he chooses
}

const (
	kindRegistrant = "registrant identified"
	kindRegistered = "registered"
	kindLoginMade  = "login made"
)

// Register gives the holder of a card a login, once. There is one refusal for
// whatever does not fit, so that nobody learns which cards there are.
func (s *Service) Register(ctx context.Context, r Registration) (member.ID, error) {
	name, err := member.LoginName(r.Login)
	if err != nil {
		return 0, refuse(NameTaken, nil)
	}
	if r.Expiry == (account.Expiry{}) { // a claim without one would not be asked for it
		return 0, refuse(NotKnown, nil)
	}
	holder, err := s.identify(ctx, claim{
		pan: r.PAN, code: r.CID, expiry: r.Expiry, usable: true, door: r.Door, kind: kindRegistrant, doing: "register", refusal: NotKnown,
	})
	if err != nil {
		return 0, err
	}
	if err := s.makeLogin(ctx, holder, member.Login{Name: name, Password: r.Password}, r.Door); err != nil {
		return 0, err
	}
	return holder.Member, s.note(ctx, holder.Card, Asked{Member: holder.Member, Door: r.Door}.actor(), kindRegistered, "", nil)
}

// makeLogin gives a member who has none a login; that stands in the journal by the same
// commit.
func (s *Service) makeLogin(ctx context.Context, holder Caller, login member.Login, door member.Door) error {
	now := s.clock.Now().UTC()
	err := s.store.Members().Update(ctx, holder.Member, func(m *member.Member, appendEntry func(store.Entry)) error {
		if m.Login.Name != "" {
			return refuse(NotKnown, reason("registered before"))
		}
		m.Login = login
		appendEntry(store.Entry{At: now, Kind: kindLoginMade, Actor: Asked{Member: holder.Member, Door: door}.actor()})
		return nil
	})
	if errors.Is(err, store.ErrExists) {
		return refuse(NameTaken, nil)
	}
	return err
}
