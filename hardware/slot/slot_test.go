package slot_test

import (
	"context"
	"errors"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/hardware"
	"github.com/f510b0cf/till/hardware/hardwaretest"
	"github.com/f510b0cf/till/hardware/slot"
)

func TestReader(t *testing.T) {
	hardwaretest.TestReader(t, func(*testing.T) (hardware.Reader, hardwaretest.Hand) {
		s := slot.New("slot")
		return s, s
	})
}

// chip is a card made of functions.
type chip struct {
	powerOn  func() error
	transmit func(ctx context.Context, command []byte) ([]byte, error)
	powerOff func()
}

func (c *chip) PowerOn(hardware.Presentation) (hardware.Card, error) {
	if c.powerOn != nil {
		if err := c.powerOn(); err != nil {
			return nil, err
		}
	}
	return c, nil
}
func (c *chip) ATR() []byte { return nil }
func (c *chip) Transmit(ctx context.Context, command []byte) ([]byte, error) {
	return c.transmit(ctx, command)
}
func (c *chip) PowerOff() error {
	if c.powerOff != nil {
		c.powerOff()
	}
	return errors.New("the card is torn")
}

// TestPullByTheCardItself pulls from within a command, as a simulation with one
// goroutine does; the card finishes what it does and then loses its power.
func TestPullByTheCardItself(t *testing.T) {
	s := slot.New("slot")
	var events []string
	c := &chip{powerOff: func() { events = append(events, "off") }}
	c.transmit = func(ctx context.Context, _ []byte) ([]byte, error) {
		s.Pull()
		require.ErrorIs(t, ctx.Err(), context.Canceled)
		events = append(events, "written")
		return []byte{0x90, 0x00}, nil
	}
	s.Insert(c)
	card, err := s.WaitCard(t.Context())
	require.NoError(t, err)
	response, err := card.Transmit(t.Context(), nil)
	assert.ErrorIs(t, err, hardware.ErrCardRemoved)
	assert.Empty(t, response, "the answer is lost")
	assert.Equal(t, []string{"written", "off"}, events)
	assert.NoError(t, s.WaitRemoval(t.Context()))
	assert.NoError(t, card.PowerOff())
	assert.Len(t, events, 2, "the power goes once")
}

func TestPullDuringReset(t *testing.T) {
	s := slot.New("slot")
	resets, offs := 0, 0
	c := &chip{powerOff: func() { offs++ }}
	c.powerOn = func() error {
		if resets++; resets == 1 {
			s.Pull()
			assert.Zero(t, offs)
			s.Insert(c)
		}
		return nil
	}
	s.Insert(c)
	_, err := s.WaitCard(t.Context())
	require.NoError(t, err)
	assert.Equal(t, 2, resets)
	assert.Equal(t, 1, offs)
}

func TestCardThatDoesNotAnswerTheReset(t *testing.T) {
	s := slot.New("slot")
	mute := errors.New("no answer to reset")
	c := &chip{powerOn: func() error { return mute }}
	s.Insert(c)
	for range 2 {
		_, err := s.WaitCard(t.Context())
		require.ErrorIs(t, err, mute)
	}
	c.powerOn = nil
	_, err := s.WaitCard(t.Context())
	require.NoError(t, err)
}

func TestInsertPullsTheCardThatIsThere(t *testing.T) {
	s := slot.New("slot")
	first, second := hardwaretest.NewScript(t), hardwaretest.NewScript(t).Expect("80CA9F1700", "9F1701039000")
	s.Insert(first)
	old, err := s.WaitCard(t.Context())
	require.NoError(t, err)
	s.Insert(second)
	assert.False(t, first.Powered())
	_, err = old.Transmit(t.Context(), nil)
	assert.ErrorIs(t, err, hardware.ErrCardRemoved)
	card, err := s.WaitCard(t.Context())
	require.NoError(t, err)
	_, isResetter := card.(hardware.WarmResetter)
	assert.False(t, isResetter, "a script has no warm reset")
	_, err = card.Transmit(t.Context(), []byte{0x80, 0xCA, 0x9F, 0x17, 0x00})
	assert.NoError(t, err)
	assert.True(t, second.Powered())
	require.NoError(t, s.Close())
	assert.False(t, second.Powered())
}

// TestManyHands pulls and inserts while the terminal works: every command is
// either answered or ends in ErrCardRemoved.
func TestManyHands(t *testing.T) {
	s := slot.New("slot")
	c := &chip{transmit: func(context.Context, []byte) ([]byte, error) { return []byte{0x90, 0x00}, nil }}
	s.Insert(c)
	var hands sync.WaitGroup
	for range 2 {
		hands.Go(func() {
			for range 500 {
				s.Pull()
				s.Insert(c)
			}
		})
	}
	for range 200 {
		card, err := s.WaitCard(t.Context())
		require.NoError(t, err)
		if _, err := card.Transmit(t.Context(), nil); err != nil {
			require.ErrorIs(t, err, hardware.ErrCardRemoved)
		}
	}
	hands.Wait()
}

func BenchmarkTransmit(b *testing.B) {
	s := slot.New("slot")
	answer := []byte{0x90, 0x00}
	s.Insert(&chip{transmit: func(context.Context, []byte) ([]byte, error) { return answer, nil }})
	card, err := s.WaitCard(b.Context())
	require.NoError(b, err)
	for b.Loop() {
		if _, err := card.Transmit(b.Context(), answer); err != nil {
			b.Fatal(err)
		}
	}
}
