package storetest

import (
	"context"
	"fmt"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/issuer/member"
	"github.com/f510b0cf/till/issuer/store"
)

// fillSteps is how much Fill does to a store at most.
const fillSteps = 60

// Fill puts whatever a store can have into an empty one: cards, replies, entries of cards
// and members, members with and without a login, sessions, seals, and a journal that was
// pruned.
func Fill(t *rapid.T, s store.Store) {
	ctx := context.Background()
	for _, m := range []member.Member{{Name: "Primary", Login: member.Login{Name: "primary"}}, {Name: "Supplementary"}} {
		_, err := s.Members().Create(ctx, m)
		require.NoError(t, err)
	}
	for n := range accounts {
		require.NoError(t, s.Create(ctx, ref(n), record(2, 1)))
	}
	for step := range rapid.IntRange(0, fillSteps).Draw(t, "steps") {
		require.NoError(t, fill(t, s, step, ref(rapid.IntRange(0, accounts-1).Draw(t, "account"))))
	}
}

// fill does something to a store.
func fill(t *rapid.T, s store.Store, step int, r account.Ref) error {
	ctx := context.Background()
	switch rapid.IntRange(0, 7).Draw(t, "what") {
	case 0:
		_, err := s.Members().Create(ctx, member.Member{Name: "x", Login: member.Login{Name: fmt.Sprintf("name%d", step)}})
		return err
	case 1:
		return s.Members().Update(ctx, 1, func(_ *member.Member, appendEntry func(store.Entry)) error {
			appendEntry(store.Entry{Kind: "login", Detail: fmt.Sprint(step)})
			return nil
		})
	case 2:
		return s.Sessions().Put(ctx, store.NewSessionKey(fmt.Sprint(step)), []byte("data"), farFuture)
	case 3:
		return fillSeals(ctx, s, rapid.Bool().Draw(t, "prune"))
	}
	next := drawnRecord(t, 2, 1)
	return s.Update(ctx, r, func(tx store.Tx) error {
		*tx.Card() = next
		tx.PutReply(store.Ring(step)%store.Rings, store.NewKey(fmt.Sprint(step)), []byte("reply"))
		tx.Append(store.Entry{Kind: "made", Actor: "terminal 1", Detail: fmt.Sprint(step)})
		tx.Append(store.Entry{Kind: "sent"})
		return nil
	})
}

// fillSeals seals the newest entry, or prunes what is before it.
func fillSeals(ctx context.Context, s store.Store, prune bool) error {
	number, _, err := s.Newest(ctx)
	switch {
	case err != nil || number == 0:
		return err
	case prune && number > 1:
		_, err = s.Prune(ctx, store.Seal{Number: number - 1, Sealed: []byte("checkpoint")})
		return err
	}
	return s.PutSeal(ctx, store.Seal{Number: number, Sealed: []byte("sealed")})
}
