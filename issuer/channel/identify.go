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

// CodeDigits is how many card identification digits a cardholder enters, on the phone
// and to register.
const CodeDigits = 4

// CodeTriesMax is how many wrong identification digits a card has until right ones;
// Config.CodeTriesMax can name another number. Orders with digits count in the same
// field.
const CodeTriesMax = 5

// sequenceNumberMax bounds the cards of one account number that are looked for.
const sequenceNumberMax account.SequenceNumber = 9

// Caller is who was identified by what stands on a card: its holder.
type Caller struct {
	Member member.ID
	Card   account.Ref
}

// Asked returns what the caller asks for by phone. key is that of the request.
func (c Caller) Asked(key string) Asked {
	return Asked{Member: c.Member, Door: member.Phone, Card: c.Card, Key: key}
}

// claim is what somebody tells who says that he has a card in his hands, and how
// journal and log name that.
type claim struct {
	pan    account.PAN
	code   secret.Value
	expiry account.Expiry // zero where he was not asked for it
	usable bool           // a card that will not come back does not do
	door   member.Door

	kind    string // of the entry where it is right
	doing   string // what he wants, where it is refused
	refusal Code   // the same for whatever does not fit
}

// actor is how the journal names somebody who is not identified.
func (c claim) actor() string { return "caller by " + c.door.String() }

// told names for the journal what he told, and what of it can be wrong.
func (c claim) told() (all, wrong string) {
	if c.expiry == (account.Expiry{}) {
		return "card number and code", "wrong code"
	}
	return "card number, expiry and code", "wrong code or expiry"
}

// holds reports whether the claim is right.
func (c claim) holds(want secret.Value, r store.Record) bool {
	right := want.Equal(c.code)
	return right && (c.expiry == account.Expiry{} || c.expiry == r.Expiry) && (!c.usable || usable(r.Status) == nil)
}

const (
	kindIdentified = "caller identified"
	identifyCaller = "identify caller"
)

// IdentifyCaller identifies the holder of a card by its number and identification
// digits, for the phone.
func (s *Service) IdentifyCaller(ctx context.Context, pan account.PAN, code secret.Value) (Caller, error) {
	return s.identify(ctx, claim{pan: pan, code: code, door: member.Phone, kind: kindIdentified, doing: identifyCaller, refusal: NoCaller})
}

// identify identifies the holder of a card. Wrong claims are counted in the card's
// record, and once there are too many, right ones do not help either. The refusal is
// the same for a number that nobody has.
func (s *Service) identify(ctx context.Context, c claim) (Caller, error) {
	ref, record, err := s.cardOf(ctx, c.pan)
	if errors.Is(err, store.ErrNotFound) {
		return Caller{}, s.identifyNobody(ctx, c, "no such card")
	}
	if err != nil {
		return Caller{}, err
	}
	want, err := s.pins.CID(hsm.Card{PAN: c.pan, SequenceNumber: record.SequenceNumber}, record.Expiry, CodeDigits)
	if errors.Is(err, hsm.ErrNoKey) {
		return Caller{}, s.identifyNobody(ctx, c, "no key for identification digits")
	}
	if err != nil {
		return Caller{}, fmt.Errorf("%s: %w", c.doing, err)
	}
	return s.countClaim(ctx, ref, c, c.holds(want, record))
}

// cardOf returns the card of an account number: the usable one with the highest
// sequence number, since it replaced the others; where none is usable, the highest.
func (s *Service) cardOf(ctx context.Context, pan account.PAN) (ref account.Ref, record store.Record, err error) {
	found := false
	for n := int(sequenceNumberMax); n >= 0; n-- {
		at := s.pins.Ref(pan, account.SequenceNumber(n))
		var r store.Record
		err := s.store.View(ctx, at, func(card store.Snapshot) error {
			r = *card.Card()
			return nil
		})
		switch {
		case errors.Is(err, store.ErrNotFound):
			continue
		case err != nil:
			return ref, record, fmt.Errorf("read card: %w", err)
		case usable(r.Status) == nil:
			return at, r, nil
		case !found:
			ref, record, found = at, r, true
		}
	}
	if !found {
		return ref, record, store.ErrNotFound
	}
	return ref, record, nil
}

// identifyNobody refuses a claim without a card. It writes as much as a wrong code
// does, since a write takes long enough to tell from none.
func (s *Service) identifyNobody(ctx context.Context, c claim, why string) error {
	_ = s.log.Log("event", kindRefused, "who", c.actor(), "action", c.doing, "why", why)
	if err := s.store.Sessions().Put(ctx, store.SessionKey{}, nil, s.clock.Now()); err != nil { // over as it begins
		return fmt.Errorf("%s: %w", c.doing, err)
	}
	return refuse(c.refusal, nil)
}

// countClaim counts a claim and identifies the holder where it is right: count, answer
// and journal are one commit, so that many at once do not get more tries.
func (s *Service) countClaim(ctx context.Context, ref account.Ref, c claim, right bool) (caller Caller, err error) {
	now := s.clock.Now().UTC()
	all, wrong := c.told()
	var entry store.Entry
	err = s.store.Update(ctx, ref, func(tx store.Tx) error {
		r := tx.Card()
		caller = Caller{Member: r.Holder, Card: ref}
		entry = store.Entry{At: now, Kind: kindRefused, Actor: c.actor()}
		switch {
		case r.CIDTries >= s.codeTriesMax:
			entry.Detail = c.doing + ": locked after too many wrong codes"
		case !right:
			r.CIDTries++
			entry.Detail = fmt.Sprintf("%s: %s, %d of %d", c.doing, wrong, r.CIDTries, s.codeTriesMax)
		default:
			r.CIDTries = 0
			entry = store.Entry{At: now, Kind: c.kind, Actor: Asked{Member: r.Holder, Door: c.door}.actor(), Detail: all}
		}
		tx.Append(entry)
		return nil
	})
	if err != nil {
		return Caller{}, fmt.Errorf("write card: %w", err)
	}
	_ = s.log.Log("event", entry.Kind, "ref", ref, "who", entry.Actor, "detail", entry.Detail)
	if entry.Kind == kindRefused {
		return Caller{}, refuse(c.refusal, nil)
	}
	return caller, nil
}
