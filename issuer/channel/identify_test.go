package channel_test

import (
	"bytes"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/issuer/channel"
	"github.com/f510b0cf/till/issuer/hsm"
	"github.com/f510b0cf/till/issuer/member"
	"github.com/f510b0cf/till/issuer/oplog"
	"github.com/f510b0cf/till/issuer/store"
	"github.com/f510b0cf/till/testdata/chance"
)

func parsePAN(t *testing.T, digits string) account.PAN {
	t.Helper()
	pan, err := account.ParsePAN([]byte(digits))
	require.NoError(t, err)
	return pan
}

// code returns the identification digits of a holder's card, and others.
func (b *bank) code(holder member.ID, digits string) (right, wrong secret.Value) {
	b.t.Helper()
	right, err := b.hsm.CID(hsm.Card{PAN: parsePAN(b.t, digits)}, b.record(holder).Expiry, channel.CodeDigits)
	require.NoError(b.t, err)
	right.Open(func(clear []byte) {
		clear[3] = '0' + (clear[3]-'0'+1)%10
		wrong = secret.New(clear)
	})
	return right, wrong
}

const benPAN = "374245002731007"

func TestIdentifyCaller(t *testing.T) {
	b := newBank(t)
	right, wrong := b.code(ben, benPAN)
	caller, err := b.IdentifyCaller(t.Context(), parsePAN(t, benPAN), right)
	require.NoError(t, err)
	assert.Equal(t, channel.Caller{Member: ben, Card: b.cards[ben]}, caller)
	assert.Equal(t, channel.Asked{Member: ben, Door: member.Phone, Card: b.cards[ben], Key: "k"}, caller.Asked("k"))

	_, err = b.IdentifyCaller(t.Context(), parsePAN(t, benPAN), wrong)
	requireRefusal(t, channel.NoCaller, err)
	_, err = b.IdentifyCaller(t.Context(), parsePAN(t, benPAN), secret.Value{})
	requireRefusal(t, channel.NoCaller, err)
	assert.EqualValues(t, 2, b.record(ben).CIDTries)
	_, err = b.IdentifyCaller(t.Context(), parsePAN(t, benPAN), right)
	require.NoError(t, err)
	assert.Zero(t, b.record(ben).CIDTries, "right digits forgive")

	_, err = b.IdentifyCaller(t.Context(), parsePAN(t, "374245009999999"), right)
	unknown := requireRefusal(t, channel.NoCaller, err)
	_, err = b.IdentifyCaller(t.Context(), parsePAN(t, benPAN), wrong)
	assert.Equal(t, unknown.Text()+unknown.Next(), requireRefusal(t, channel.NoCaller, err).Text()+unknown.Next(), "nobody learns which cards there are")
	assert.Equal(t, []string{
		"member 2 by phone: caller identified: card number and code",
		"caller by phone: refused: identify caller: wrong code, 1 of 5",
		"caller by phone: refused: identify caller: wrong code, 2 of 5",
		"member 2 by phone: caller identified: card number and code",
		"caller by phone: refused: identify caller: wrong code, 1 of 5",
	}, b.journal())
}

// Who tries all codes gets five, however many calls he makes, and the right one is of
// no use to him from then on.
func TestBruteForceOfCodes(t *testing.T) {
	b := newBank(t)
	pan := parsePAN(t, benPAN)
	right, _ := b.code(ben, benPAN)
	entered := 0
	for n := range 200 {
		guess := secret.New(fmt.Appendf(nil, "%04d", n))
		if guess.Equal(right) {
			continue // the test is about the others
		}
		_, err := b.IdentifyCaller(t.Context(), pan, guess)
		requireRefusal(t, channel.NoCaller, err)
		entered++
	}
	_, err := b.IdentifyCaller(t.Context(), pan, right)
	requireRefusal(t, channel.NoCaller, err)
	assert.EqualValues(t, channel.CodeTriesMax, b.record(ben).CIDTries)
	lines := b.journal()
	assert.Len(t, lines, entered+1, "each is in the journal")
	assert.Equal(t, "caller by phone: refused: identify caller: locked after too many wrong codes", lines[channel.CodeTriesMax])
	b.change(ben, func(r *store.Record) { r.CIDTries = 0 })
	_, err = b.IdentifyCaller(t.Context(), pan, right)
	require.NoError(t, err, "an operator has reset them")
}

// The card that replaced another is the one that callers mean.
func TestCallersMeanTheLastCard(t *testing.T) {
	b := newBank(t)
	pan := parsePAN(t, benPAN)
	right, _ := b.code(ben, benPAN)
	r := b.record(ben)
	r.SequenceNumber = 1
	ref := b.hsm.Ref(pan, 1)
	sealed, err := b.hsm.SealPAN(ref, pan)
	require.NoError(t, err)
	r.PAN = sealed
	require.NoError(t, b.store.Create(t.Context(), ref, r))
	caller, err := b.IdentifyCaller(t.Context(), pan, right)
	require.NoError(t, err)
	assert.Equal(t, ref, caller.Card)
}

func TestIdentifyByAgent(t *testing.T) {
	b := newBank(t)
	birth := member.Date{Year: 1990, Month: time.May, Day: 17}
	caller, err := b.IdentifyByAgent(t.Context(), "carla", channel.Answers{Name: " ben", Birth: birth, LastFour: "1007"})
	require.NoError(t, err)
	assert.Equal(t, channel.Caller{Member: ben, Card: b.cards[ben]}, caller)
	for name, a := range map[string]channel.Answers{
		"name":       {Name: "Bob", Birth: birth, LastFour: "1007"},
		"no name":    {Birth: birth, LastFour: "1007"},
		"birth":      {Name: "Ben", Birth: member.Date{Year: 1990, Month: time.May, Day: 18}, LastFour: "1007"},
		"no birth":   {Name: "Anna", LastFour: "1007"}, // as the store has her
		"card":       {Name: "Ben", Birth: birth, LastFour: "1008"},
		"no card":    {Name: "Ben", Birth: birth},
		"his name 2": {Name: "Ben Ben", Birth: birth, LastFour: "1007"},
	} {
		_, err := b.IdentifyByAgent(t.Context(), "carla", a)
		require.Error(t, err, name)
		requireRefusal(t, channel.NoCaller, err)
	}
	_, err = b.CloseCard(t.Context(), b.cards[ben])
	require.NoError(t, err)
	_, err = b.IdentifyByAgent(t.Context(), "carla", channel.Answers{Name: "Ben", Birth: birth, LastFour: "1007"})
	requireRefusal(t, channel.NoCaller, err)
	assert.Equal(t, []string{"agent carla: caller identified: answers of member 2"}, b.journal()[:1])
	assert.Len(t, b.journal(), 2, "the closing is the other")
}

// The primary member is not identified for a supplementary card, though he answers for
// it and knows its digits, and the card's journal says that he tried.
func TestAgentsRefusePrimaryMember(t *testing.T) {
	b := newBank(t)
	birth := member.Date{Year: 1960, Month: time.May, Day: 1}
	require.NoError(t, b.store.Members().Update(t.Context(), anna, func(m *member.Member, _ func(store.Entry)) error { m.Birth = birth; return nil }))
	b.change(anna, func(r *store.Record) { r.LastFour = "2222" })
	var log bytes.Buffer
	events, err := oplog.New(&log, b.clock.Now, oplog.Options{})
	require.NoError(t, err)
	s, err := channel.New(channel.Config{Store: b.store, PINs: b.hsm, Clock: b.clock, Log: events})
	require.NoError(t, err)
	_, err = s.IdentifyByAgent(t.Context(), "carla", channel.Answers{Name: "Anna", Birth: birth, LastFour: "1007"})
	requireRefusal(t, channel.NoCaller, err)
	assert.Equal(t, []string{"agent carla: refused: identify caller: only the cardholder may"}, b.journal())
	caller, err := s.IdentifyByAgent(t.Context(), "carla", channel.Answers{Name: "Anna", Birth: birth, LastFour: "2222"})
	require.NoError(t, err)
	assert.Equal(t, b.cards[anna], caller.Card)
	assert.NotContains(t, chance.Without(log.String()), "1007")
}
