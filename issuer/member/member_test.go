package member_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/issuer/member"
)

func TestMay(t *testing.T) {
	const holder, primary, stranger = member.ID(2), member.ID(1), member.ID(3)
	card := member.Roles{Holder: holder, Primary: primary}
	own := member.Roles{Holder: primary, Primary: primary}
	everything := []member.Action{member.SeeCard, member.ActivateCard, member.BlockCard, member.SeePINStatus, member.CreatePIN, member.ChangePIN, member.UnblockPIN, member.SeeHistory}
	for _, door := range []member.Door{member.Web, member.App, member.Phone} {
		for _, do := range everything {
			byHolder := member.Allowed
			if do == member.ChangePIN && door == member.Phone {
				byHolder = member.NotByPhone
			}
			byPrimary := member.HoldersAlone
			if do == member.SeeCard || do == member.BlockCard {
				byPrimary = member.Allowed
			}
			name := fmt.Sprint(do, " by ", door)
			assert.Equal(t, byHolder, member.May(holder, door, do, card), name)
			assert.Equal(t, byHolder, member.May(primary, door, do, own), name)
			assert.Equal(t, byPrimary, member.May(primary, door, do, card), name)
			assert.Equal(t, member.NotYourCard, member.May(stranger, door, do, card), name)
			assert.Equal(t, member.NotYourCard, member.May(0, door, do, member.Roles{}), name)
		}
	}
	assert.Equal(t, member.NotAnOffer, member.May(holder, member.Web, 0, card))
	assert.Equal(t, member.NotAnOffer, member.May(holder, member.Web, member.SeeHistory+1, card))
}

func TestNames(t *testing.T) {
	assert.Equal(t, "change PIN by phone: not by phone", fmt.Sprintf("%v by %v: %v", member.ChangePIN, member.Phone, member.NotByPhone))
	assert.Equal(t, "no action no door no reason 7", fmt.Sprint(member.Action(99), " ", member.Door(99), " ", member.Refusal(99), " ", member.ID(7)))
}

func TestLoginName(t *testing.T) {
	for text, want := range map[string]string{
		"ada": "ada", " Ada.L-1_x@Example.org ": "ada.l-1_x@example.org", "a+b": "a+b",
		"": "", "  ": "", "ada lovelace": "", "ada\n": "ada", "adä": "", "a/b": "", strings.Repeat("a", 64): strings.Repeat("a", 64), strings.Repeat("a", 65): "",
	} {
		got, err := member.LoginName(text)
		assert.Equal(t, want, got, "%q", text)
		assert.Equal(t, want == "", err != nil, "%q", text)
	}
}

func TestValidate(t *testing.T) {
	require.NoError(t, member.Member{Name: "Ada"}.Validate())
	require.NoError(t, member.Member{Name: "Ada", Login: member.Login{Name: "ada"}}.Validate())
	for _, m := range []member.Member{{}, {Name: strings.Repeat("x", 101)}, {Name: "Ada", Login: member.Login{Name: "Ada"}}, {Name: "Ada", Login: member.Login{Name: "a a"}}} {
		assert.Error(t, m.Validate())
	}
	assert.True(t, member.Date{}.IsZero())
	assert.False(t, member.Date{Year: 1}.IsZero())
}

func TestFailures(t *testing.T) {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	var f member.Failures
	var locks []time.Duration
	for range 300 {
		f = f.Failed(now)
		if f.Until.IsZero() {
			locks = append(locks, 0)
			assert.False(t, f.Locked(now))
			continue
		}
		assert.True(t, f.Locked(now))
		assert.False(t, f.Locked(f.Until))
		locks = append(locks, f.Until.Sub(now))
	}
	assert.Equal(t, []time.Duration{0, 0, 0, 0, 1 * time.Minute, 2 * time.Minute, 4 * time.Minute, 8 * time.Minute, 16 * time.Minute, 32 * time.Minute, time.Hour, time.Hour}, locks[:12])
	assert.Equal(t, time.Hour, locks[299])
	assert.EqualValues(t, 255, f.Count)
}

func TestPasswords(t *testing.T) {
	ctx := context.Background()
	p := member.NewPasswords(rand.Reader, 2)
	right := secret.New([]byte("correct horse"))
	h, err := p.Hash(ctx, right)
	require.NoError(t, err)
	again, err := p.Hash(ctx, right)
	require.NoError(t, err)
	assert.NotEqual(t, h.Encode(), again.Encode(), "salted")
	assert.True(t, strings.HasPrefix(h.Encode(), "$argon2id$v=19$m=19456,t=2,p=1$"))
	read, err := member.ParseHash(h.Encode())
	require.NoError(t, err)
	for password, want := range map[string]bool{"correct horse": true, "correct horsf": false, "correct hors": false, "": false, strings.Repeat("x", 300): false} {
		for _, known := range []member.Hash{h, read} {
			ok, err := p.Verify(ctx, known, secret.New([]byte(password)))
			require.NoError(t, err)
			assert.Equal(t, want, ok, password)
		}
	}
	ok, err := p.Verify(ctx, member.Hash{}, right)
	require.NoError(t, err)
	assert.False(t, ok, "a member who is not there")
	for _, length := range []int{0, 7, 257} {
		_, err := p.Hash(ctx, secret.New(make([]byte, length)))
		assert.ErrorIs(t, err, member.ErrPasswordLength)
	}
	_, err = member.NewPasswords(bytes.NewReader(nil), 0).Hash(ctx, right)
	assert.Error(t, err, "no salt")
}

// TestHashKnownByOthers has hashes of the reference implementation's test program
// (phc-winner-argon2, src/test.c), version 0x13, with smaller parameters.
func TestHashKnownByOthers(t *testing.T) {
	p := member.NewPasswords(rand.Reader, 1)
	for text, password := range map[string]string{
		"$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4":   "password",
		"$argon2id$v=19$m=256,t=2,p=2$c29tZXNhbHQ$bQk8UB/VmZZF4Oo79iDXuL5/0ttZwg2f/5U52iv1cDc":   "password",
		"$argon2id$v=19$m=65536,t=1,p=1$c29tZXNhbHQ$9qWtwbpyPd3vm1rB1GThgPzZ3/ydHL92zKL+15XZypg": "password",
		"$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc": "password",
	} {
		h, err := member.ParseHash(text)
		require.NoError(t, err)
		assert.Equal(t, text, h.Encode())
		ok, err := p.Verify(context.Background(), h, secret.New([]byte(password)))
		require.NoError(t, err)
		assert.True(t, ok, text)
	}
}

func TestParseHashRefuses(t *testing.T) {
	good := "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4"
	for _, change := range [][2]string{
		{"argon2id", "argon2i"}, {"v=19", "v=16"}, {"m=256", "m=4"}, {"m=256", "m=4294967295"}, {"t=2", "t=0"}, {"t=2", "t=99999"},
		{"p=1", "p=0"}, {"p=1", "p=65"}, {"p=1", "p=256"}, {"c29tZXNhbHQ", "c29t"}, {"nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4", "nf65"},
		{"$c29t", "$ c29t"}, {"/4", "/5"}, {"p=1", "p=1,x=2"}, {"m=256", "m=0256"}, {"$nf", "$$nf"},
	} {
		_, err := member.ParseHash(strings.Replace(good, change[0], change[1], 1))
		assert.Error(t, err, change[1])
	}
	h, err := member.ParseHash("")
	require.NoError(t, err)
	assert.True(t, h.IsZero())
	assert.Empty(t, h.Encode())
}

func FuzzParseHash(f *testing.F) {
	f.Add("$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4")
	f.Fuzz(func(t *testing.T, text string) {
		if h, err := member.ParseHash(text); err == nil {
			require.Equal(t, text, h.Encode())
		}
	})
}

func TestHashIsNotPrinted(t *testing.T) {
	h, err := member.ParseHash("$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4")
	require.NoError(t, err)
	encoded, err := json.Marshal(member.Login{Name: "ada", Password: h})
	require.NoError(t, err)
	text := fmt.Sprintf("%v %+v %#v %s %x", h, h, h, h, h) + string(encoded)
	assert.NotContains(t, text, "c29t")
	assert.NotContains(t, text, "736f6d65")
	_, err = h.GobEncode()
	assert.Error(t, err)
}

// endless is a source of salts that shows how many run at once.
type endless struct {
	lock    sync.Mutex
	running int
	most    int
}

func (e *endless) Read(b []byte) (int, error) {
	e.lock.Lock()
	e.running++
	e.most = max(e.most, e.running)
	e.lock.Unlock()
	time.Sleep(5 * time.Millisecond)
	e.lock.Lock()
	e.running--
	e.lock.Unlock()
	return len(b), nil
}

func TestPasswordsAreBounded(t *testing.T) {
	e := &endless{}
	p := member.NewPasswords(e, 2)
	var group sync.WaitGroup
	for range 6 {
		group.Go(func() {
			_, err := p.Hash(context.Background(), secret.New([]byte("long enough")))
			assert.NoError(t, err)
		})
	}
	group.Wait()
	assert.LessOrEqual(t, e.most, 2)
}

// TestPasswordsWait: with no slot free, a context ends the wait.
func TestPasswordsWait(t *testing.T) {
	hold, held := make(chan struct{}), make(chan struct{})
	p := member.NewPasswords(readerFunc(func(b []byte) (int, error) { close(held); <-hold; return len(b), nil }), 1)
	var group sync.WaitGroup
	group.Go(func() {
		_, err := p.Hash(context.Background(), secret.New([]byte("long enough")))
		assert.NoError(t, err)
	})
	<-held
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err := p.Verify(ctx, member.Hash{}, secret.Value{})
	require.ErrorIs(t, err, context.Canceled)
	_, err = p.Hash(ctx, secret.New([]byte("long enough")))
	require.ErrorIs(t, err, context.Canceled)
	close(hold)
	group.Wait()
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(b []byte) (int, error) { return f(b) }

func TestLoginNamesAreStable(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		name, err := member.LoginName(rapid.String().Draw(t, "text"))
		if err == nil {
			again, err := member.LoginName(name)
			require.NoError(t, err)
			require.Equal(t, name, again)
		}
	})
}

func BenchmarkVerify(b *testing.B) {
	p := member.NewPasswords(rand.Reader, 1)
	for b.Loop() {
		_, _ = p.Verify(context.Background(), member.Hash{}, secret.New([]byte("long enough")))
	}
}
