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

// CodeDigits is how many card identification digits a caller enters.
const CodeDigits = 4

// CodeTriesMax is how many wrong identification digits a card has until right ones;
// Config.CodeTriesMax can name another number.
const CodeTriesMax = 5

// sequenceNumberMax bounds the cards of one account number that are looked for.
const sequenceNumberMax account.SequenceNumber = 9

const (
	kindIdentified = "caller identified"
	identifyCaller = "identify caller"
)

// Caller is who was identified on the phone: the holder of a card.
type Caller struct {
	Member member.ID
	Card   account.Ref
}

// Asked returns what the caller asks for by phone. key is that of the request.
func (c Caller) Asked(key string) Asked {
	return Asked{Member: c.Member, Door: member.Phone, Card: c.Card, Key: key}
}

// IdentifyCaller identifies the holder of a card by its number and identification
// digits. Wrong digits are counted in the card's record together with those of
// orders, and once there are too many, right ones do not help either. The refusal is
// the same for a number that nobody has.
func (s *Service) IdentifyCaller(ctx context.Context, pan account.PAN, code secret.Value) (Caller, error) {
	ref, expiry, err := s.cardOf(ctx, pan)
	if errors.Is(err, store.ErrNotFound) {
		return Caller{}, s.identifyNobody(ctx)
	}
	if err != nil {
		return Caller{}, err
	}
	want, err := s.pins.CID(hsm.Card{PAN: pan}, expiry, CodeDigits)
	if err != nil {
		return Caller{}, fmt.Errorf("identify caller: %w", err)
	}
	return s.countCode(ctx, ref, want.Equal(code))
}

// cardOf returns the card of an account number: the one with the highest sequence
// number, since it replaced the others.
func (s *Service) cardOf(ctx context.Context, pan account.PAN) (ref account.Ref, expiry account.Expiry, err error) {
	for n := int(sequenceNumberMax); n >= 0; n-- {
		ref = s.pins.Ref(pan, account.SequenceNumber(n))
		err = s.store.View(ctx, ref, func(card store.Snapshot) error {
			expiry = card.Card().Expiry
			return nil
		})
		if !errors.Is(err, store.ErrNotFound) {
			break
		}
	}
	if err != nil {
		err = fmt.Errorf("read card: %w", err)
	}
	return ref, expiry, err
}

// identifyNobody refuses a number that nobody has. It writes as much as a wrong code
// does, since a write takes long enough to tell from none.
func (s *Service) identifyNobody(ctx context.Context) error {
	_ = s.log.Log("event", kindRefused, "who", actorCaller, "action", identifyCaller, "why", "no such card")
	if err := s.store.Sessions().Put(ctx, store.SessionKey{}, nil, s.clock.Now()); err != nil { // over as it begins
		return fmt.Errorf("identify caller: %w", err)
	}
	return refuse(NoCaller, nil)
}

const actorCaller = "caller by phone"

// countCode counts a code and identifies the caller where it is right: count, answer
// and journal are one commit.
func (s *Service) countCode(ctx context.Context, ref account.Ref, right bool) (caller Caller, err error) {
	now := s.clock.Now().UTC()
	var entry store.Entry
	err = s.store.Update(ctx, ref, func(tx store.Tx) error {
		r := tx.Card()
		caller = Caller{Member: r.Holder, Card: ref}
		entry = store.Entry{At: now, Kind: kindRefused, Actor: actorCaller}
		switch {
		case r.CIDTries >= s.codeTriesMax:
			entry.Detail = identifyCaller + ": locked after too many wrong codes"
		case !right:
			r.CIDTries++
			entry.Detail = fmt.Sprintf("%s: wrong code, %d of %d", identifyCaller, r.CIDTries, s.codeTriesMax)
		default:
			r.CIDTries = 0
			entry = store.Entry{At: now, Kind: kindIdentified, Actor: caller.Asked("").actor(), Detail: "card number and code"}
		}
		tx.Append(entry)
		return nil
	})
	if err != nil {
		return Caller{}, fmt.Errorf("write card: %w", err)
	}
	_ = s.log.Log("event", entry.Kind, "ref", ref, "who", entry.Actor, "detail", entry.Detail)
	if entry.Kind == kindRefused {
		return Caller{}, refuse(NoCaller, nil)
	}
	return caller, nil
}
