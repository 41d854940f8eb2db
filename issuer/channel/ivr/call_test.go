package ivr_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/issuer/channel"
	"github.com/f510b0cf/till/issuer/channel/ivr"
	"github.com/f510b0cf/till/issuer/hsm"
	"github.com/f510b0cf/till/issuer/member"
	"github.com/f510b0cf/till/issuer/pinlife"
	"github.com/f510b0cf/till/issuer/store"
	"github.com/f510b0cf/till/testdata/chance"
)

const (
	ask  = "ask-card ask-card-care"
	menu = "menu-unlock menu-care menu-end"
)

// A caller activates his card and creates a PIN, and nothing of what he pressed is
// anywhere but in the sealed record.
func TestActivateAndCreate(t *testing.T) {
	b := newBank(t)
	ben, heard := b.ring()
	assert.Equal(t, "welcome "+ask, heard)
	assert.Equal(t, "ask-code", ben.presses(benPAN+"#"))
	assert.Equal(t, "menu-activate menu-create menu-care menu-end", ben.presses(b.Code(benPAN)))
	assert.Equal(t, "activated menu-create menu-care menu-end", ben.presses("1"))
	assert.Equal(t, "ask-pin", ben.presses("2"))
	assert.Equal(t, "ask-repeat", ben.presses("8361"))
	assert.Equal(t, "mismatch ask-pin", ben.presses("8362"))
	assert.Equal(t, "ask-repeat", ben.presses("1111"))
	assert.Equal(t, "weak-pin ask-pin", ben.presses("1111"))
	assert.Equal(t, "ask-repeat", ben.presses("99*8361"))
	assert.Equal(t, "pin-created pin-created-next "+menu, ben.presses("8361"))
	assert.Equal(t, "pin-exists "+menu, ben.presses("2"), "changing is not offered")
	assert.Equal(t, "no-pin "+menu, ben.presses("3"), "it waits for the card")
	assert.Equal(t, "goodbye", ben.presses("9"))
	assert.True(t, ben.hung)
	assert.Empty(t, ben.presses("91"), "the call is over")

	assert.Equal(t, []string{
		"member 2 by phone: caller identified: card number and code",
		"member 2 by phone: card activated: active",
		"member 2 by phone: refused: create PIN: weak-pin",
		"member 2 by phone: PIN created: generation 1",
		"member 2 by phone: refused: unblock PIN: no-pin: no PIN",
	}, b.Journal())
	for _, digits := range []string{"8361", "8362", "1111", benPAN, b.Code(benPAN)} {
		assert.NotContains(t, chance.Without(b.Log.String()), digits)
		assert.NotContains(t, chance.Without(fmt.Sprintf("%+v %v", b.Events, b.Journal())), digits)
		assert.NotContains(t, chance.Without(fmt.Sprintf("%+v %#v", ben.call, ben.call)), digits)
	}
}

// A card that has a PIN is unlocked.
func TestUnlock(t *testing.T) {
	b := newBank(t)
	ref := b.Cards[annaPAN]
	require.NoError(t, b.Store.Update(t.Context(), ref, func(tx store.Tx) error {
		r := tx.Card()
		r.Status, r.PIN = store.Active, pinlife.Personalised()
		r.SetPIN(hsm.SealedPIN{Generation: r.PIN.Proven, Sealed: []byte("sealed")})
		return nil
	}))
	anna, _ := b.ring()
	assert.Equal(t, menu, anna.presses(annaPAN+"#"+b.Code(annaPAN)))
	assert.Equal(t, "unlocked "+menu, anna.presses("3"))
	assert.Equal(t, "member 1 by phone: PIN unblock asked: waits for the card", b.Journal()[1])
	_, err := b.Service.CloseCard(t.Context(), ref)
	require.NoError(t, err)
	assert.Equal(t, "not-usable "+menu, anna.presses("3"))
}

// Three calls' worth of wrong codes lock the code: three in one call, and five of a
// card.
func TestWrongCodes(t *testing.T) {
	b := newBank(t)
	wrong := "0000"
	require.NotEqual(t, wrong, b.Code(benPAN))
	first, _ := b.ring()
	for range 2 {
		assert.Equal(t, "not-identified "+ask, first.presses(benPAN+"#"+wrong))
	}
	assert.Equal(t, "not-identified hold", first.presses(benPAN+"#"+wrong))
	assert.Empty(t, first.presses(benPAN+"#"+b.Code(benPAN)), "with an agent, keys do nothing")
	second, _ := b.ring()
	for range 2 {
		second.presses(benPAN + "#" + wrong)
	}
	assert.Equal(t, "not-identified hold", second.presses(benPAN+"#"+b.Code(benPAN)), "locked")
	lines := b.Journal()
	assert.Equal(t, "caller by phone: refused: identify caller: locked after too many wrong codes", lines[5])
	third, _ := b.ring()
	assert.NotContains(t, third.presses(annaPAN+"#"+b.Code(annaPAN)), "not-identified", "another card is not locked")
	fourth, _ := b.ring()
	assert.Equal(t, "not-identified "+ask, fourth.presses("37424500999999#0000"), "no such card")
	assert.Equal(t, "hold", fourth.presses("00000000#"), "no card number begins with 0")
}

// Who has his own card alone reaches his own card alone.
func TestCallersReachTheirOwnCard(t *testing.T) {
	b := newBank(t)
	anna, _ := b.ring()
	assert.Equal(t, "not-identified "+ask, anna.presses(benPAN+"#"+b.Code(annaPAN)), "the digits of another card")
	anna.presses(annaPAN + "#" + b.Code(annaPAN))
	anna.presses("1")
	for _, e := range b.Events {
		assert.Equal(t, b.Cards[annaPAN], e.Asked.Card)
		assert.Equal(t, member.ID(1), e.Asked.Member)
		assert.Equal(t, member.Phone, e.Asked.Door)
	}
	assert.Len(t, b.Events, 2, "status and activation")
}

func TestCustomerCare(t *testing.T) {
	b := newBank(t)
	answers := channel.Answers{Name: "Ben", Birth: member.Date{Year: 2004, Month: time.August, Day: 2}, LastFour: "1006"}
	assert.Empty(t, b.Waiting())
	ben, _ := b.ring()
	require.ErrorIs(t, b.IdentifyBy(t.Context(), "carla", ben.call.Number, answers), ivr.ErrNotWaiting)
	assert.Equal(t, "hold", ben.presses("0"))
	assert.Equal(t, []ivr.Waiting{{Number: ben.call.Number, Since: b.Clock.Now()}}, b.Waiting())
	assert.Empty(t, ben.presses("8361#2836183619"), "keys do nothing: nobody can take a PIN here")

	require.Error(t, b.HandBack(t.Context(), "carla", ben.call.Number), "not identified")
	wrong := answers
	wrong.Name = "Bob"
	require.Error(t, b.IdentifyBy(t.Context(), "carla", ben.call.Number, wrong))
	require.NoError(t, b.IdentifyBy(t.Context(), "carla", ben.call.Number, answers))
	<-ben.call.Ready()
	assert.Equal(t, "care-done menu-activate menu-create menu-care menu-end", ben.hears(ben.call.Agents()))
	assert.Empty(t, ben.hears(ben.call.Agents()), "once")
	assert.Empty(t, b.Waiting())
	assert.Equal(t, "activated menu-create menu-care menu-end", ben.presses("1"))
	assert.Contains(t, ben.presses("283618361"), "pin-created")

	assert.Equal(t, "hold", ben.presses("0"))
	assert.True(t, b.Waiting()[0].Identified)
	require.NoError(t, b.HandBack(t.Context(), "carla", ben.call.Number))
	<-ben.call.Ready()
	assert.Equal(t, "care-done "+menu, ben.hears(ben.call.Agents()))

	ben.presses("0")
	require.NoError(t, b.Dismiss(t.Context(), "carla", ben.call.Number))
	assert.Equal(t, "not-identified goodbye", ben.hears(ben.call.Agents()))
	assert.True(t, ben.hung)
	require.ErrorIs(t, b.Dismiss(t.Context(), "carla", ben.call.Number), ivr.ErrNotWaiting)
	require.ErrorIs(t, b.HandBack(t.Context(), "carla", 99), ivr.ErrNotWaiting)
	require.ErrorIs(t, b.IdentifyBy(t.Context(), "carla", 99, answers), ivr.ErrNotWaiting)
	assert.Contains(t, b.Journal(), "agent carla: caller identified: answers of member 2")
	assert.NotContains(t, chance.Without(b.Log.String()), "8361")
}

// Wrong answers to an agent are bounded too.
func TestWrongAnswers(t *testing.T) {
	b := newBank(t)
	c, _ := b.ring()
	c.presses("0")
	for range ivr.TriesMax {
		assert.False(t, c.hung)
		require.Error(t, b.IdentifyBy(t.Context(), "carla", c.call.Number, channel.Answers{Name: "Anna", Birth: member.Date{Year: 1985, Month: time.March, Day: 14}, LastFour: "1006"}))
		c.hears(c.call.Agents())
	}
	assert.True(t, c.hung)
	assert.Equal(t, strings.Repeat("agent carla: refused: identify caller: only the cardholder may\n", ivr.TriesMax), strings.Join(b.Journal(), "\n")+"\n")
}

func TestBoundsOfALine(t *testing.T) {
	b := newBank(t)
	var callers []*caller
	for range ivr.CallsMax {
		c, _ := b.ring()
		callers = append(callers, c)
	}
	_, _, err := b.Begin(t.Context(), "test")
	require.ErrorIs(t, err, ivr.ErrBusy)
	callers[0].call.End()
	c, _ := b.ring()
	b.Clock.Advance(ivr.CallMax)
	<-c.call.Ready()
	c.hears(c.call.Agents())
	assert.True(t, c.hung)
	for range ivr.CallsMax {
		b.ring()
	}
	_, err = ivr.NewLine(ivr.Config{})
	require.Error(t, err)
}

// Time-outs: none while a task is done or the call is over.
func TestSilence(t *testing.T) {
	b := newBank(t)
	c, _ := b.ring()
	assert.Positive(t, c.call.Wait())
	assert.Equal(t, "silence "+ask, c.hears(c.call.Silent(t.Context())))
	at, digits, length := c.call.Awaits()
	assert.Equal(t, []any{ivr.AtCard, uint8(0), uint8(0)}, []any{at, digits, length})
	c.call.Silent(t.Context())
	assert.Equal(t, "goodbye", c.hears(c.call.Silent(t.Context())))
	assert.Zero(t, c.call.Wait())
}
