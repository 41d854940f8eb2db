package load

import (
	"context"
	"fmt"
	"sync"

	"github.com/f510b0cf/till/emv/cryptogram"
	"github.com/f510b0cf/till/emv/pin"
	"github.com/f510b0cf/till/issuer/hsm"
	"github.com/f510b0cf/till/issuer/member"
	"github.com/f510b0cf/till/issuer/pinlife"
	"github.com/f510b0cf/till/issuer/store"
)

// cardsOfMember is how many cards each member has.
const cardsOfMember = 10

// enrolling is how many members are added at a time: they share commits.
const enrolling = 256

// Enrol adds active cards with a PIN, and without limits, to the store of an issuer
// whose module has the keys of the fleet; those below pending have a further PIN that
// waits for its chip. Members who can not log in hold them.
func Enrol(ctx context.Context, s store.Store, m *hsm.Software, cards, pending int) error {
	digits, err := pin.Parse([]byte("1593"))
	if err != nil {
		return err
	}
	e := enrolment{store: s, module: m, digits: digits, pending: pending}
	firsts := make(chan int)
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	var group sync.WaitGroup
	for range enrolling {
		group.Go(func() {
			for first := range firsts {
				if err := e.member(ctx, first, min(first+cardsOfMember, cards)); err != nil {
					stop(err)
				}
			}
		})
	}
	for first := 0; first < cards && ctx.Err() == nil; first += cardsOfMember {
		firsts <- first
	}
	close(firsts)
	group.Wait()
	if err := context.Cause(ctx); err != nil {
		return fmt.Errorf("enrol cards: %w", err)
	}
	return nil
}

// enrolment is where cards are added to.
type enrolment struct {
	store   store.Store
	module  *hsm.Software
	digits  pin.PIN
	pending int
}

// member adds a member with the cards from first on.
func (e enrolment) member(ctx context.Context, first, end int) error {
	holder, err := e.store.Members().Create(ctx, member.Member{Name: fmt.Sprintf("Load %d", first/cardsOfMember)})
	if err != nil {
		return err
	}
	for n := first; n < end; n++ {
		if err := e.card(ctx, n, holder); err != nil {
			return err
		}
	}
	return nil
}

// card adds a card.
func (e enrolment) card(ctx context.Context, n int, holder member.ID) error {
	number := pan(n)
	ref := e.module.Ref(number, 0)
	text := number.String()
	r := store.Record{
		Holder: holder, Primary: holder, Status: store.Active, LastFour: text[len(text)-4:], Expiry: expiry,
		Chip: store.Chip{Cryptogram: profileName, Script: profileName, KeySet: keySet, Option: cryptogram.OptionA},
		PIN:  pinlife.Personalised(),
	}
	if n < e.pending {
		r.PIN, _ = r.PIN.Step(pinlife.PINChanged{Generation: r.PIN.Next()})
	}
	var err error
	if r.PAN, err = e.module.SealPAN(ref, number); err != nil {
		return err
	}
	for _, g := range r.PIN.Live() {
		sealed, err := e.module.SealPIN(hsm.Card{PAN: number}, g, e.digits)
		if err != nil {
			return err
		}
		r.SetPIN(sealed)
	}
	return e.store.Create(ctx, ref, r)
}
