package hardwaretest

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/hardware"
)

// Hand puts cards into the reader under test and pulls them.
type Hand interface {
	// Insert puts the card in and pulls the one that is there.
	Insert(chip hardware.Chip)
	// Pull takes out the card, where there is one.
	Pull()
}

// Tapper is a Hand for a reader that has a contactless side.
type Tapper interface {
	// Tap holds the card to the reader until Pull.
	Tap(chip hardware.Chip)
}

// patience bounds every wait for the reader: long for a physical one, never
// used up by one that works.
const patience = 20 * time.Second

// TestReader checks what the comments of hardware.Reader and hardware.Card
// promise. newReader returns an empty reader, a new one for each subtest, and
// the hand that serves it; the test closes the reader.
func TestReader(t *testing.T, newReader func(t *testing.T) (hardware.Reader, Hand)) {
	for name, check := range map[string]func(*bench){
		"passes bytes":                    (*bench).passesBytes,
		"waits for a card":                (*bench).waitsForCard,
		"waits for removal":               (*bench).waitsForRemoval,
		"waits end with their context":    (*bench).waitsEndWithContext,
		"each wait is a cold reset":       (*bench).coldReset,
		"warm reset":                      (*bench).warmReset,
		"power off ends the session":      (*bench).powerOff,
		"pull ends the session":           (*bench).pull,
		"pull in the middle":              (*bench).pullInTheMiddle,
		"a command ends with its context": (*bench).commandEndsWithContext,
		"presentation":                    (*bench).presentation,
		"close":                           (*bench).close,
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			reader, hand := newReader(t)
			defer func() { assert.NoError(t, reader.Close()) }()
			check(&bench{T: t, ctx: ctx, reader: reader, hand: hand, chip: newProbe(t)})
		})
	}
}

// bench is a reader under test with a card beside it.
type bench struct {
	*testing.T
	ctx    context.Context
	reader hardware.Reader
	hand   Hand
	chip   *probe
}

// insert puts the card in and starts a session.
func (b *bench) insert() hardware.Card {
	b.Helper()
	b.hand.Insert(b.chip)
	return b.waitCard()
}

func (b *bench) waitCard() hardware.Card {
	b.Helper()
	card, err := b.reader.WaitCard(b.ctx)
	require.NoError(b, err)
	return card
}

// transmit sends a command that must be answered.
func (b *bench) transmit(card hardware.Card, command []byte) []byte {
	b.Helper()
	response, err := card.Transmit(b.ctx, command)
	require.NoError(b, err)
	return response
}

// requireRemoved checks that a session is over, now and for ever.
func (b *bench) requireRemoved(card hardware.Card) {
	b.Helper()
	for range 2 {
		response, err := card.Transmit(b.ctx, echo)
		require.ErrorIs(b, err, hardware.ErrCardRemoved)
		require.Empty(b, response)
	}
}

func (b *bench) passesBytes() {
	require.NotEmpty(b, b.reader.Name())
	card := b.insert()
	assert.Equal(b, unhex(b, ATR), card.ATR())
	assert.Equal(b, append(append([]byte{}, echo...), 0x90, 0x00), b.transmit(card, echo))
	assert.Equal(b, []byte{0x6D, 0x00}, b.transmit(card, []byte{0x80, 0xFE, 0x00, 0x00}), "a status word is no error")
}

// waitsForCard begins to wait before or after the card is there, as the
// scheduler has it.
func (b *bench) waitsForCard() {
	cards := make(chan hardware.Card, 1)
	go func() {
		card, err := b.reader.WaitCard(b.ctx)
		assert.NoError(b, err)
		cards <- card
	}()
	b.hand.Insert(b.chip)
	if card := <-cards; assert.NotNil(b, card) {
		b.transmit(card, echo)
	}
}

func (b *bench) waitsForRemoval() {
	require.NoError(b, b.reader.WaitRemoval(b.ctx), "the reader is empty")
	b.insert()
	gone := make(chan error, 1)
	go func() { gone <- b.reader.WaitRemoval(b.ctx) }()
	b.hand.Pull()
	assert.NoError(b, <-gone)
}

func (b *bench) waitsEndWithContext() {
	for _, before := range []bool{true, false} {
		ctx, cancel := context.WithCancel(b.ctx)
		if before {
			cancel()
		}
		waits := make(chan error, 1)
		go func() {
			_, err := b.reader.WaitCard(ctx)
			waits <- err
		}()
		cancel()
		assert.ErrorIs(b, <-waits, context.Canceled)
	}
	b.insert()
	ctx, cancel := context.WithCancel(b.ctx)
	waits := make(chan error, 1)
	go func() { waits <- b.reader.WaitRemoval(ctx) }()
	cancel()
	assert.ErrorIs(b, <-waits, context.Canceled)
}

func (b *bench) coldReset() {
	first := b.insert()
	b.transmit(first, store)
	require.Equal(b, []byte{0x2A, 0x90, 0x00}, b.transmit(first, recall))
	second := b.waitCard()
	assert.Equal(b, []byte{0x00, 0x90, 0x00}, b.transmit(second, recall), "volatile memory is gone")
	b.requireRemoved(first)
	assert.NoError(b, first.PowerOff())
	b.transmit(second, echo)
}

func (b *bench) warmReset() {
	card := b.insert()
	resetter, ok := card.(hardware.WarmResetter)
	if !ok {
		b.Skip("the reader has no warm reset")
	}
	b.transmit(card, store)
	atr, err := resetter.WarmReset(b.ctx)
	require.NoError(b, err)
	assert.Equal(b, unhex(b, ATR), atr)
	assert.Equal(b, []byte{0x00, 0x90, 0x00}, b.transmit(card, recall))
	b.hand.Pull()
	_, err = resetter.WarmReset(b.ctx)
	assert.ErrorIs(b, err, hardware.ErrCardRemoved)
}

func (b *bench) powerOff() {
	card := b.insert()
	require.NoError(b, card.PowerOff())
	b.requireRemoved(card)
	assert.NoError(b, card.PowerOff(), "once more does nothing")
	b.transmit(b.waitCard(), echo)
}

func (b *bench) pull() {
	card := b.insert()
	b.transmit(card, store)
	b.hand.Pull()
	b.requireRemoved(card)
	require.NoError(b, b.reader.WaitRemoval(b.ctx))
	again := b.insert()
	assert.Equal(b, []byte{0x00, 0x90, 0x00}, b.transmit(again, recall))
	b.requireRemoved(card)
}

func (b *bench) pullInTheMiddle() {
	card := b.insert()
	failed := make(chan error, 1)
	go func() {
		_, err := card.Transmit(b.ctx, hang)
		failed <- err
	}()
	<-b.chip.hanging
	b.hand.Pull()
	assert.ErrorIs(b, <-failed, hardware.ErrCardRemoved)
	b.requireRemoved(card)
	require.NoError(b, b.reader.WaitRemoval(b.ctx))
	b.transmit(b.insert(), echo)
}

// commandEndsWithContext leaves open whether the session survives: the reader
// does not know what the card has done.
func (b *bench) commandEndsWithContext() {
	card := b.insert()
	ctx, cancel := context.WithCancel(b.ctx)
	failed := make(chan error, 1)
	go func() {
		_, err := card.Transmit(ctx, hang)
		failed <- err
	}()
	<-b.chip.hanging
	cancel()
	assert.Error(b, <-failed)
	b.transmit(b.waitCard(), echo)
}

func (b *bench) presentation() {
	assert.Equal(b, hardware.Contact, hardware.PresentationOf(b.insert()))
	b.hand.Pull()
	tapper, ok := b.hand.(Tapper)
	if !ok {
		return
	}
	tapper.Tap(b.chip)
	assert.Equal(b, hardware.Contactless, hardware.PresentationOf(b.waitCard()))
}

func (b *bench) close() {
	card := b.insert()
	waits := make(chan error, 1)
	go func() { waits <- b.reader.WaitRemoval(b.ctx) }()
	require.NoError(b, b.reader.Close())
	assert.ErrorIs(b, <-waits, hardware.ErrReaderClosed)
	_, err := card.Transmit(b.ctx, echo)
	assert.Error(b, err)
	_, err = b.reader.WaitCard(b.ctx)
	assert.ErrorIs(b, err, hardware.ErrReaderClosed)
	assert.ErrorIs(b, b.reader.WaitRemoval(b.ctx), hardware.ErrReaderClosed)
}
