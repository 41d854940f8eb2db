package channel

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/f510b0cf/till/issuer/member"
	"github.com/f510b0cf/till/issuer/store"
)

// Answers is what a caller answers to an agent of customer care.
type Answers struct {
	Name     string
	Birth    member.Date
	LastFour string // digits of the card's number
}

// complete reports whether there is an answer to each question.
func (a Answers) complete() bool {
	return strings.TrimSpace(a.Name) != "" && !a.Birth.IsZero() && len(a.LastFour) == 4
}

// of reports whether name and date of birth are a member's.
func (a Answers) of(m member.Member) bool {
	return m.Birth == a.Birth && strings.EqualFold(strings.TrimSpace(a.Name), m.Name)
}

// IdentifyByAgent identifies the holder of a card by what he answers to an agent. All
// answers have to be right, and the card his own: the primary member is not
// identified for a supplementary card. The agent learns no more than yes or no.
func (s *Service) IdentifyByAgent(ctx context.Context, agent string, a Answers) (Caller, error) {
	actor := actorAgent + agent
	if !a.complete() {
		return Caller{}, refuse(NoCaller, nil)
	}
	for m, err := range s.store.Members().All(ctx) {
		if err != nil {
			return Caller{}, fmt.Errorf("read members: %w", err)
		}
		if !a.of(m) {
			continue
		}
		caller, err := s.cardOfMember(ctx, actor, m, a.LastFour)
		if refused := (*Refusal)(nil); !errors.As(err, &refused) {
			return caller, err
		}
	}
	_ = s.log.Log("event", kindRefused, "who", actor, "action", identifyCaller)
	return Caller{}, refuse(NoCaller, nil)
}

const actorAgent = "agent "

// cardOfMember returns the caller for a member's own card, by its last digits; the one
// that he got last where there are several.
func (s *Service) cardOfMember(ctx context.Context, actor string, m member.Member, lastFour string) (Caller, error) {
	for n := len(m.Cards) - 1; n >= 0; n-- {
		ref := m.Cards[n]
		var r store.Record
		err := s.store.View(ctx, ref, func(card store.Snapshot) error {
			r = *card.Card()
			return nil
		})
		switch {
		case err != nil && !errors.Is(err, store.ErrNotFound):
			return Caller{}, fmt.Errorf("read card: %w", err)
		case err != nil || r.LastFour != lastFour || r.Status == store.Closed:
			continue
		case r.Holder != m.ID:
			return Caller{}, s.note(ctx, ref, actor, kindRefused, identifyCaller+": only the cardholder may", refuse(NoCaller, nil))
		}
		return Caller{Member: m.ID, Card: ref}, s.note(ctx, ref, actor, kindIdentified, "answers of member "+m.ID.String(), nil)
	}
	return Caller{}, refuse(NoCaller, nil)
}
