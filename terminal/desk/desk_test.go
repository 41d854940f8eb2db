package desk_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv/clock"
	"github.com/f510b0cf/till/terminal"
	"github.com/f510b0cf/till/terminal/desk"
	"github.com/f510b0cf/till/terminal/desk/desktest"
	"github.com/f510b0cf/till/terminal/journal"
)

var sale = terminal.Request{Type: terminal.TypePurchase, Amount: 1234}

func start(t *testing.T, b *desktest.Bench, key string) uint64 {
	t.Helper()
	p, fresh, err := b.Desk.Start(key, sale)
	require.NoError(t, err)
	require.True(t, fresh)
	return p.ID
}

// until waits for an event.
func until(t *testing.T, b *desktest.Bench, id uint64, want desk.EventType) {
	t.Helper()
	for {
		events, more, changed, err := b.Desk.Events(id, 0)
		require.NoError(t, err)
		for _, e := range events {
			if e.Type == want {
				return
			}
		}
		require.True(t, more, "%s did not come", want)
		<-changed
	}
}

func TestPayment(t *testing.T) {
	b := desktest.New(t, nil)
	b.Enter("9999", desktest.PIN)
	id := start(t, b, "a")
	b.Slot.Insert(desktest.NewChip())
	p := b.Ended(id)
	assert.Equal(t, desk.Approved, p.Result)
	assert.Equal(t, "approved online", p.Outcome)
	assert.Equal(t, desk.NoReversal, p.Reversal)
	assert.Equal(t, "374245*****1007", p.Card)
	assert.Equal(t, []string{"Hand over the goods."}, p.Next)
	assert.EqualValues(t, 1, p.Receipt)
	assert.Equal(t, []desk.EventType{
		desk.EventWaiting, desk.EventCardIn, desk.EventPIN, desk.EventPINWrong, desk.EventPIN, desk.EventPINOK, desk.EventDisplay,
		desk.EventOnline, desk.EventDisplay, desk.EventRemoveCard, desk.EventOutcome, desk.EventDone,
	}, b.Types(id))

	events, more, _, err := b.Desk.Events(id, 0)
	require.NoError(t, err)
	assert.False(t, more)
	for n, e := range events {
		assert.EqualValues(t, n+1, e.ID)
	}
	assert.Equal(t, 3, events[2].PIN.TriesLeft)
	assert.Equal(t, 2, events[3].PIN.TriesLeft)
	assert.Equal(t, 2, events[4].PIN.TriesLeft)
	rest, _, _, err := b.Desk.Events(id, events[4].ID)
	require.NoError(t, err)
	assert.Equal(t, events[5:], rest, "it goes on behind an event")
}

func TestKeys(t *testing.T) {
	b := desktest.New(t, nil)
	id := start(t, b, "a")
	_, _, err := b.Desk.Start("b", sale)
	var busy *desk.BusyError
	require.ErrorAs(t, err, &busy)
	assert.Equal(t, id, busy.ID)
	p, fresh, err := b.Desk.Start("a", sale)
	require.NoError(t, err)
	assert.False(t, fresh)
	assert.Equal(t, id, p.ID)
	_, _, err = b.Desk.Start("a", terminal.Request{Type: terminal.TypePurchase, Amount: 1235})
	require.ErrorIs(t, err, desk.ErrKeyReused)
	b.Slot.Insert(desktest.NewChip())
	b.Ended(id)
	p, fresh, err = b.Desk.Start("a", sale)
	require.NoError(t, err)
	assert.False(t, fresh, "it has ended, and is not charged again")
	assert.Equal(t, id, p.ID)
}

func TestCancel(t *testing.T) {
	b := desktest.New(t, nil)
	_, err := b.Desk.Cancel(7)
	require.ErrorIs(t, err, desk.ErrNoPayment)
	id := start(t, b, "a")
	until(t, b, id, desk.EventWaiting)
	for range 2 {
		p, err := b.Desk.Cancel(id)
		require.NoError(t, err)
		assert.Equal(t, desk.Cancelled, p.Result)
	}
	p := b.Ended(id)
	assert.Equal(t, desk.Cancelled, p.Result)
	assert.Equal(t, []string{"Nothing was booked: start a new payment."}, p.Next)
	_, err = b.Desk.Cancel(id)
	require.NoError(t, err, "it is what was wanted")

	b.Enter(desktest.PIN)
	b.Issuer.Step = func(s desktest.Step) {
		if s == desktest.Begun {
			_, err = b.Desk.Cancel(2)
		}
	}
	id = start(t, b, "b")
	b.Slot.Insert(desktest.NewChip())
	assert.Equal(t, desk.Approved, b.Ended(id).Result)
	require.ErrorIs(t, err, desk.ErrTooLate)
	_, err = b.Desk.Cancel(id)
	require.ErrorIs(t, err, desk.ErrEnded)
}

// stubborn is a chip at which a payment is called off when a command comes.
type stubborn struct {
	desktest.Chip
	ins  byte
	call func()
}

func (s stubborn) Transmit(ctx context.Context, command []byte) ([]byte, error) {
	if command[1] == s.ins {
		s.call()
	}
	return s.Chip.Transmit(ctx, command)
}

// TestCancelWithTheCardIn calls a payment off before each command: no GENERATE AC goes
// out for one that was cancelled, and none is cancelled once that went out.
func TestCancelWithTheCardIn(t *testing.T) {
	for ins, want := range map[byte]desk.Result{0xA4: desk.Cancelled, 0xA8: desk.Cancelled, 0xB2: desk.Cancelled, 0x20: desk.Cancelled, 0xAE: desk.Approved} {
		b := desktest.New(t, nil)
		b.Enter(desktest.PIN)
		asked := false
		b.Issuer.Step = func(desktest.Step) { asked = true }
		id := start(t, b, "a")
		b.Slot.Insert(powered{stubborn{desktest.NewChip(), ins, func() { _, _ = b.Desk.Cancel(id) }}})
		assert.Equal(t, want, b.Ended(id).Result, "INS %02X", ins)
		if want == desk.Cancelled {
			assert.Equal(t, desk.NoReversal, b.Ended(id).Reversal)
			assert.NotContains(t, b.Types(id), desk.EventOnline)
		}
		assert.True(t, asked, "the end is told to the link in any case")
	}
}

func TestNobodyComes(t *testing.T) {
	v := clock.NewVirtual(time.Date(2026, time.November, 23, 12, 0, 0, 0, time.UTC))
	b := desktest.New(t, func(c *desk.Config) { c.Terminal.Clock = v; c.CardWait = time.Minute })
	id := start(t, b, "a")
	until(t, b, id, desk.EventWaiting)
	for range 100 { // the timer is set right behind the event
		time.Sleep(time.Millisecond)
		v.Advance(time.Minute)
		if p, _ := b.Desk.Payment(id); p.Result != "" {
			break
		}
	}
	p := b.Ended(id)
	assert.Equal(t, desk.NotCompleted, p.Result)
	assert.Equal(t, "no card came in time", p.Reason)
}

// TestResultDoesNotChange: nothing is told of a result before it is recorded.
func TestResultDoesNotChange(t *testing.T) {
	b := desktest.New(t, nil)
	b.Enter(desktest.PIN)
	var told []desk.Payment
	b.Issuer.Step = func(desktest.Step) {
		p, err := b.Desk.Payment(1)
		assert.NoError(t, err)
		told = append(told, p)
	}
	id := start(t, b, "a")
	b.Slot.Insert(desktest.NewChip())
	assert.Equal(t, desk.Approved, b.Ended(id).Result)
	require.Len(t, told, 5)
	for _, p := range told {
		assert.Empty(t, p.Result)
		assert.Empty(t, p.Outcome)
		assert.Equal(t, desk.NoReversal, p.Reversal)
	}
}

func TestReaderIsBroken(t *testing.T) {
	b := desktest.New(t, func(c *desk.Config) {
		c.Customer = func() (*desk.Customer, error) { return nil, errors.New("open reader: it is gone") }
	})
	p := b.Ended(start(t, b, "a"))
	assert.Equal(t, desk.NotCompleted, p.Result)
	assert.Equal(t, "open reader: it is gone", p.Reason)
	assert.Zero(t, p.Receipt)
}

func TestPulled(t *testing.T) {
	b := desktest.New(t, nil)
	b.Enter(desktest.PIN)
	chip := desktest.NewChip()
	chip["80AE40"] = desktest.Pulled
	id := start(t, b, "a")
	b.Slot.Insert(chip)
	p := b.Ended(id)
	assert.Equal(t, desk.NotCompleted, p.Result)
	assert.Equal(t, "card removed", p.Outcome)
	assert.Equal(t, desk.Owed, p.Reversal)
	require.NoError(t, b.Issuer.Acknowledge())
	p, err := b.Desk.Payment(id)
	require.NoError(t, err)
	assert.Equal(t, desk.Acknowledged, p.Reversal)
}

// TestClose ends a payment that waits, and waits for one that is online.
func TestClose(t *testing.T) {
	b := desktest.New(t, nil)
	id := start(t, b, "a")
	until(t, b, id, desk.EventWaiting)
	require.NoError(t, b.Desk.Close())
	assert.Equal(t, desk.ErrClosed.Error(), b.Ended(id).Reason)
	_, _, err := b.Desk.Start("b", sale)
	require.ErrorIs(t, err, desk.ErrClosed)

	b = desktest.New(t, nil)
	b.Enter(desktest.PIN)
	closed := make(chan error)
	b.Issuer.Step = func(s desktest.Step) {
		if s == desktest.Begun {
			go func() { closed <- b.Desk.Close() }()
			time.Sleep(20 * time.Millisecond)
		}
	}
	id = start(t, b, "a")
	b.Slot.Insert(desktest.NewChip())
	require.NoError(t, <-closed)
	assert.Equal(t, desk.Approved, b.Ended(id).Result)
}

// TestOldestMakesRoom: a key is remembered as long as its payment.
func TestOldestMakesRoom(t *testing.T) {
	b := desktest.New(t, func(c *desk.Config) {
		c.Customer = func() (*desk.Customer, error) { return nil, errors.New("nobody") }
	})
	require.NoError(t, b.Journal.Update(func(tx *journal.Tx) error {
		for range journal.PaymentsMax {
			if _, err := tx.AppendPayment([]byte(`{"key":"old","result":"cancelled"}`)); err != nil {
				return err
			}
		}
		return nil
	}))
	id := start(t, b, "a")
	b.Ended(id)
	require.NoError(t, b.Journal.View(func(tx *journal.Tx) error {
		kept, err := tx.Payments()
		assert.Len(t, kept, journal.PaymentsMax)
		assert.EqualValues(t, 2, kept[0].Sequence)
		return err
	}))
}
