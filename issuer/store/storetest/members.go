package storetest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/issuer/member"
	"github.com/f510b0cf/till/issuer/store"
)

// hash is of no password that anyone has.
const hash = "$argon2id$v=19$m=19456,t=2,p=1$MDEyMzQ1Njc4OWFiY2RlZg$MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY"

func testMembers(t *testing.T, h Harness) {
	ctx := context.Background()
	s := h.open(t)
	password, err := member.ParseHash(hash)
	require.NoError(t, err)
	want := member.Member{
		Name: "Ada", Birth: member.Date{Year: 1815, Month: time.December, Day: 10},
		Login: member.Login{Name: "ada", Password: password, Failures: member.Failures{Count: 3, Until: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}},
	}
	for n := 1; n <= 300; n++ {
		want.Login.Name = fmt.Sprintf("ada%03d", n)
		id, err := s.Members().Create(ctx, want)
		require.NoError(t, err)
		require.EqualValues(t, n, id)
	}
	want.ID = 300
	got, err := s.Members().Get(ctx, 300)
	require.NoError(t, err)
	assert.Equal(t, want, got)
	got, err = s.Members().ByLogin(ctx, "ada300")
	require.NoError(t, err)
	assert.Equal(t, want, got)
	for i, m := range collect(t, s.Members().All(ctx)) {
		require.EqualValues(t, i+1, m.ID)
	}
	refusedMembers(t, s)
}

func refusedMembers(t *testing.T, s store.Store) {
	ctx := context.Background()
	for want, m := range map[error]member.Member{
		store.ErrExists:     {Name: "Eve", Login: member.Login{Name: "ada001"}},
		store.ErrRecord:     {Name: "", Login: member.Login{Name: "eve"}},
		member.ErrLoginName: {Name: "Eve", Login: member.Login{Name: "Eve"}},
	} {
		_, err := s.Members().Create(ctx, m)
		assert.ErrorIs(t, err, want)
	}
	_, err := s.Members().Create(ctx, member.Member{Name: "Eve", Cards: []account.Ref{ref(1)}})
	assert.ErrorIs(t, err, store.ErrRecord)
	_, err = s.Members().ByLogin(ctx, "eve")
	assert.ErrorIs(t, err, store.ErrNotFound)
	_, err = s.Members().ByLogin(ctx, "")
	assert.ErrorIs(t, err, store.ErrNotFound)
	_, err = s.Members().Get(ctx, 301)
	assert.ErrorIs(t, err, store.ErrNotFound)
	for range 2 {
		_, err = s.Members().Create(ctx, member.Member{Name: "without a login"})
		assert.NoError(t, err)
	}
}

func testMemberUpdates(t *testing.T, h Harness) {
	ctx := context.Background()
	s := h.withCards(t, 1)
	failed := func(m *member.Member, _ func(store.Entry)) error { m.Login.Failures.Count++; return nil }
	for range 3 {
		require.NoError(t, s.Members().Update(ctx, 1, failed))
	}
	m, err := s.Members().Get(ctx, 1)
	require.NoError(t, err)
	assert.EqualValues(t, 3, m.Login.Failures.Count)
	mine := errors.New("mine")
	for name, c := range map[string]struct {
		want  error
		spoil func(*member.Member) error
	}{
		"own error":  {mine, func(*member.Member) error { return mine }},
		"identifier": {store.ErrRecord, func(m *member.Member) error { m.ID = 2; return nil }},
		"login name": {store.ErrRecord, func(m *member.Member) error { m.Login.Name = "eve"; return nil }},
		"cards":      {store.ErrRecord, func(m *member.Member) error { m.Cards[0] = ref(5); return nil }},
		"name":       {store.ErrRecord, func(m *member.Member) error { m.Name = ""; return nil }},
	} {
		err := s.Members().Update(ctx, 1, func(m *member.Member, _ func(store.Entry)) error {
			m.Login.Failures.Count = 9
			return c.spoil(m)
		})
		require.ErrorIs(t, err, c.want, name)
	}
	require.ErrorIs(t, s.Members().Update(ctx, 7, failed), store.ErrNotFound)
	again, err := s.Members().Get(ctx, 1)
	require.NoError(t, err)
	assert.Equal(t, m, again)
	testLoginIsGiven(t, s, m.Login.Name)
}

// testLoginIsGiven gives somebody without a login name one, which must be free.
func testLoginIsGiven(t *testing.T, s store.Store, taken string) {
	ctx := context.Background()
	id, err := s.Members().Create(ctx, member.Member{Name: "without a login"})
	require.NoError(t, err)
	give := func(name string) error {
		return s.Members().Update(ctx, id, func(m *member.Member, _ func(store.Entry)) error { m.Login.Name = name; return nil })
	}
	require.ErrorIs(t, give(taken), store.ErrExists)
	require.NoError(t, give("newly"))
	m, err := s.Members().ByLogin(ctx, "newly")
	require.NoError(t, err)
	assert.Equal(t, id, m.ID)
	require.ErrorIs(t, give("other"), store.ErrRecord, "it stays")
	require.ErrorIs(t, give(""), store.ErrRecord)
}

func testSessions(t *testing.T, h Harness) {
	ctx := context.Background()
	s := h.open(t).Sessions()
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	long, short := store.NewSessionKey("long"), store.NewSessionKey("short")
	require.NoError(t, s.Put(ctx, long, []byte("old"), now))
	require.NoError(t, s.Put(ctx, long, []byte("data"), now.Add(time.Hour)))
	require.NoError(t, s.Put(ctx, short, []byte("data"), now.Add(time.Minute)))
	require.ErrorIs(t, s.Put(ctx, short, make([]byte, store.SessionMax+1), now), store.ErrRecord)
	data, err := s.Get(ctx, short, now.Add(time.Minute-time.Millisecond))
	require.NoError(t, err)
	assert.Equal(t, "data", string(data))
	_, err = s.Get(ctx, short, now.Add(time.Minute))
	require.ErrorIs(t, err, store.ErrNotFound, "expired")
	swept, err := s.Sweep(ctx, now.Add(time.Minute))
	require.NoError(t, err)
	assert.Equal(t, 1, swept)
	_, err = s.Get(ctx, short, now)
	require.ErrorIs(t, err, store.ErrNotFound, "swept")
	for range 2 {
		require.NoError(t, s.Delete(ctx, long))
		_, err = s.Get(ctx, long, now)
		require.ErrorIs(t, err, store.ErrNotFound)
	}
}

// testReplace has many replace the data of one session: one does.
func testReplace(t *testing.T, h Harness) {
	ctx := context.Background()
	s := h.open(t).Sessions()
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	key := store.NewSessionKey("x")
	replace := func(old, data string) error {
		return s.Replace(ctx, key, []byte(old), []byte(data), now, now.Add(2*time.Hour))
	}
	require.ErrorIs(t, replace("old", "new"), store.ErrConflict, "none is there")
	require.NoError(t, s.Put(ctx, key, []byte("old"), now.Add(time.Hour)))
	require.ErrorIs(t, replace("other", "new"), store.ErrConflict)
	require.ErrorIs(t, s.Replace(ctx, key, []byte("old"), make([]byte, store.SessionMax+1), now, now.Add(time.Hour)), store.ErrRecord)
	var group sync.WaitGroup
	var done atomic.Int64
	for n := range 16 {
		group.Go(func() {
			err := replace("old", fmt.Sprint("new ", n))
			if err == nil {
				done.Add(1)
				return
			}
			assert.ErrorIs(t, err, store.ErrConflict)
		})
	}
	group.Wait()
	assert.EqualValues(t, 1, done.Load())
	data, err := s.Get(ctx, key, now.Add(time.Hour))
	require.NoError(t, err, "it lasts as long as the new one")
	assert.Contains(t, string(data), "new ")
	require.ErrorIs(t, s.Replace(ctx, key, data, nil, now.Add(2*time.Hour), now.Add(3*time.Hour)), store.ErrConflict, "expired")
}
