package watched_test

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/emv/cryptogram"
	"github.com/f510b0cf/till/issuer/member"
	"github.com/f510b0cf/till/issuer/store"
	"github.com/f510b0cf/till/issuer/store/mem"

	"github.com/f510b0cf/till/issuer/store/watched"
)

// told reports whether a channel has something, and takes it.
func told(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

func TestWatch(t *testing.T) {
	s := watched.New(mem.New())
	id, err := s.Members().Create(t.Context(), member.Member{Name: "Ada"})
	require.NoError(t, err)
	one, two := account.Ref{1}, account.Ref{2}
	for _, ref := range []account.Ref{one, two} {
		card := store.Record{PAN: []byte{1}, LastFour: "1007", Expiry: account.Expiry{Year: 2035, Month: time.December}, Chip: store.Chip{Cryptogram: "amex-style", Script: "amex-style", KeySet: 1, Option: cryptogram.OptionA}}
		card.Holder, card.Primary = id, id
		require.NoError(t, s.Create(t.Context(), ref, card))
	}
	change := func(ref account.Ref, err error) error {
		return s.Update(t.Context(), ref, func(tx store.Tx) error { tx.Card().Tries = 1; return err })
	}
	of, stop := s.Watch(one)
	all, stopAll := s.Watch()
	defer stopAll()
	require.NoError(t, change(two, nil))
	assert.False(t, told(of), "of another card")
	assert.True(t, told(all))
	require.NoError(t, change(one, nil))
	require.NoError(t, change(one, nil))
	assert.True(t, told(of))
	assert.False(t, told(of), "two changes ran together")
	refused := errors.New("refused")
	require.ErrorIs(t, change(one, refused), refused)
	assert.False(t, told(of), "nothing was committed")
	s.Changed(two)
	assert.False(t, told(of), "another process changed another card")
	s.Changed(two, one)
	assert.True(t, told(of))
	s.Changed()
	assert.True(t, told(of), "it may have been any card")
	stop()
	require.NoError(t, change(one, nil))
	assert.False(t, told(of), "it does not watch any more")
}
