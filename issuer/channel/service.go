package channel

import (
	"context"
	"errors"
	"fmt"
	"time"

	kitlog "github.com/go-kit/log"

	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/emv/clock"
	"github.com/f510b0cf/till/issuer/member"
	"github.com/f510b0cf/till/issuer/store"
)

// Config is what a service works with.
type Config struct {
	Store store.Store
	PINs  PINs
	Clock clock.Clock   // nil is the system's
	Log   kitlog.Logger // nil is none
	// TriesMax is how many wrong online PINs lock the PIN for terminals without
	// offline PIN; 0 says that they never do.
	TriesMax uint8
	// CodeTriesMax is how many wrong identification digits lock them; 0 is the
	// constant of that name.
	CodeTriesMax uint8
	// Changes bounds how fast the PIN of a card can be changed; the zero Pace is
	// DefaultChanges.
	Changes member.Pace
	Observe func(Event) // nil is nobody; called by many goroutines
}

// Event is a request that was carried out or refused, for a timeline. It holds no
// PIN.
type Event struct {
	Asked  Asked
	Action member.Action
	Status Status // where it was carried out
	Err    error  // a Refusal, or what broke
}

// DefaultChanges is ten changes in a row, and then one in five minutes. The holder
// may change his PIN as often as he likes; but where a change goes back to the PIN
// that the card has, the answer tells so, and who stole a login must not find that
// PIN by trying all of them.
func DefaultChanges() member.Pace { return member.Pace{AtOnce: 10, Every: 5 * time.Minute} }

// Service carries out what members ask for. It is safe for concurrent use.
type Service struct {
	store        store.Store
	pins         PINs
	clock        clock.Clock
	log          kitlog.Logger
	triesMax     uint8
	changes      member.Pace
	observe      func(Event)
	codeTriesMax uint8
	challenges   challenges
	refusals     refusals
}

// New returns a service.
func New(c Config) (*Service, error) {
	if c.Store == nil || c.PINs == nil {
		return nil, errors.New("make channel service: it needs a store and an hsm")
	}
	if c.Log == nil {
		c.Log = kitlog.NewNopLogger()
	}
	if c.Changes == (member.Pace{}) {
		c.Changes = DefaultChanges()
	}
	if c.CodeTriesMax == 0 {
		c.CodeTriesMax = CodeTriesMax
	}
	if c.Observe == nil {
		c.Observe = func(Event) {}
	}
	return &Service{
		store: c.Store, pins: c.PINs, clock: clock.Or(c.Clock), log: c.Log, triesMax: c.TriesMax, changes: c.Changes, observe: c.Observe,
		codeTriesMax: c.CodeTriesMax, refusals: refusals{pace: DefaultRefusals()},
	}, nil
}

// KeyMax bounds Asked.Key, in bytes.
const KeyMax = 64

// Asked says who asks by which door for something on which card.
type Asked struct {
	Member member.ID
	Door   member.Door
	Card   account.Ref
	// Key is the same in all attempts of one request, so that one which was carried
	// out is not carried out again. Empty is none; at most KeyMax bytes count.
	Key string
}

// actor is how the journal names who asked.
func (a Asked) actor() string { return fmt.Sprintf("member %s by %s", a.Member, a.Door) }

// decisionsMax bounds how often a decision is made again because the card's record
// was changed meanwhile.
const decisionsMax = 8

// verb is one thing that can be asked for.
type verb struct {
	action member.Action
	kind   string // in the journal
	// decide changes the record, which is a copy, and returns what the journal says
	// of it, empty where there is nothing to do. The error is a Refusal, or says what
	// broke.
	decide func(ctx context.Context, r *store.Record) (detail string, err error)
	// same reports whether an attempt that was carried out before asked for the
	// same; nil where it can not have asked for anything else.
	same func(ctx context.Context, r *store.Record, detail string) (bool, error)
}

// do carries a verb out and tells who observes.
func (s *Service) do(ctx context.Context, a Asked, v verb) (Status, error) {
	status, err := s.decide(ctx, a, v)
	s.observe(Event{Asked: a, Action: v.action, Status: status, Err: err})
	return status, err
}

// decide carries a verb out.
func (s *Service) decide(ctx context.Context, a Asked, v verb) (Status, error) {
	for range decisionsMax {
		status, err := s.try(ctx, a, v)
		if !errors.Is(err, store.ErrConflict) {
			return status, err
		}
	}
	return Status{}, s.refused(ctx, a, v, refuse(Busy, nil))
}

// try decides on the record as it is now, and commits unless it was changed
// meanwhile. The work of the hsm lies between the two.
func (s *Service) try(ctx context.Context, a Asked, v verb) (Status, error) {
	record, done, err := s.look(ctx, a, v)
	if err != nil {
		return Status{}, err
	}
	if len(a.Key) > KeyMax {
		return Status{}, s.refused(ctx, a, v, refuse(KeyRefused, nil))
	}
	if done != nil {
		return s.repeated(ctx, a, v, record, *done)
	}
	detail, err := v.decide(ctx, &record)
	if err != nil {
		return Status{}, s.refused(ctx, a, v, err)
	}
	if detail != "" {
		if err := s.commit(ctx, a, v, record, detail); err != nil {
			return Status{}, err
		}
	}
	return s.withChip(ctx, s.status(a.Card, record), record.PIN)
}

// look returns a copy of the record, and what the journal said of the request
// where it was carried out before.
func (s *Service) look(ctx context.Context, a Asked, v verb) (record store.Record, done *string, err error) {
	err = s.store.View(ctx, a.Card, func(card store.Snapshot) error {
		record, done = *card.Card(), nil
		if reply, ok := card.Reply(a.key(v)); ok && a.Key != "" {
			detail := string(reply)
			done = &detail
		}
		return nil
	})
	switch {
	case errors.Is(err, store.ErrNotFound):
		_ = s.log.Log("event", "refused", "ref", a.Card, "who", a.actor(), "action", v.action, "why", "no such card")
		return record, nil, refuse(NotAllowed, nil) // there is no journal that it could stand in
	case err != nil:
		return record, nil, fmt.Errorf("read card: %w", err)
	}
	if why := member.May(a.Member, a.Door, v.action, member.Roles{Holder: record.Holder, Primary: record.Primary}); why != member.Allowed {
		return record, nil, s.refused(ctx, a, v, notAllowed(why))
	}
	return record, done, nil
}

// key is where the store keeps that the request was carried out. What is kept is
// the journal's detail, which holds nothing secret.
func (a Asked) key(v verb) store.Key {
	return store.NewKey("channel", v.kind, a.Member.String(), a.Key)
}

// repeated answers a request that was carried out before.
func (s *Service) repeated(ctx context.Context, a Asked, v verb, record store.Record, detail string) (Status, error) {
	if v.same != nil {
		same, err := v.same(ctx, &record, detail)
		if err != nil {
			return Status{}, err
		}
		if !same {
			return Status{}, s.refused(ctx, a, v, refuse(KeyRefused, nil))
		}
	}
	return s.withChip(ctx, s.status(a.Card, record), record.PIN)
}

// commit writes record and journal together, unless the record was changed since
// it was read.
func (s *Service) commit(ctx context.Context, a Asked, v verb, record store.Record, detail string) error {
	now := s.clock.Now().UTC()
	err := s.store.Update(ctx, a.Card, func(tx store.Tx) error {
		card := tx.Card()
		_, carriedOut := tx.Reply(a.key(v)) // it may have left the record as it was
		if card.Revision != record.Revision || a.Key != "" && carriedOut {
			return store.ErrConflict
		}
		*card = record
		tx.Append(store.Entry{At: now, Kind: v.kind, Actor: a.actor(), Detail: detail})
		if a.Key != "" {
			tx.PutReply(store.MemberReplies, a.key(v), []byte(detail))
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("write card: %w", err)
	}
	_ = s.log.Log("event", v.kind, "ref", a.Card, "who", a.actor())
	return nil
}

// note writes what was done into the journal of a card, and returns the outcome.
func (s *Service) note(ctx context.Context, ref account.Ref, actor, kind, detail string, outcome error) error {
	now := s.clock.Now().UTC()
	err := s.store.Update(ctx, ref, func(tx store.Tx) error {
		tx.Append(store.Entry{At: now, Kind: kind, Actor: actor, Detail: detail})
		return nil
	})
	if err != nil {
		return fmt.Errorf("write journal: %w", err)
	}
	_ = s.log.Log("event", kind, "ref", ref, "who", actor, "detail", detail)
	return outcome
}
