package pcsc

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv/atr"
	"github.com/f510b0cf/till/hardware"
	"github.com/f510b0cf/till/hardware/hardwaretest"
)

// open returns the reader of a fake.
func open(t *testing.T, f *fakeLibrary, timeout time.Duration) *Reader {
	t.Helper()
	r, err := New(Config{Timeout: timeout, library: f}).Open("fake")
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, r.Close()) })
	return r
}

// muteHand pulls a card that works on a command for too long, as a real reader does
// at the end of its patience, and puts it in again.
type muteHand struct{ *fakeLibrary }

type impatient struct {
	hardware.Chip
	f *fakeLibrary
}

type impatientCard struct {
	hardware.Card
	hardware.WarmResetter
}

func (c impatientCard) Transmit(ctx context.Context, command []byte) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, 200*time.Millisecond)
	defer cancel()
	return c.Card.Transmit(ctx, command)
}

func (i impatient) PowerOn(p hardware.Presentation) (hardware.Card, error) {
	c, err := i.Chip.PowerOn(p)
	if err != nil {
		return nil, err
	}
	return impatientCard{c, c.(hardware.WarmResetter)}, nil
}

func (m muteHand) Insert(chip hardware.Chip) { m.fakeLibrary.Insert(impatient{chip, m.fakeLibrary}) }

// TestConformance has a reader stand the conformance test on a daemon in memory.
func TestConformance(t *testing.T) {
	hardwaretest.TestReader(t, func(t *testing.T) (hardware.Reader, hardwaretest.Hand) {
		f := newFake()
		return open(t, f, 0), muteHand{f}
	})
}

// TestOpen: a part of a name will do where it fits one reader.
func TestOpen(t *testing.T) {
	f := newFake()
	s := New(Config{library: f})
	r, err := s.Open("fake 00")
	require.NoError(t, err)
	assert.Equal(t, "fake 00", r.Name())
	for _, name := range []string{"", "other"} {
		_, err = s.Open(name)
		require.ErrorIs(t, err, ErrNoReader)
		assert.ErrorContains(t, err, "fake 00")
	}
	infos, err := s.Readers()
	require.NoError(t, err)
	assert.Equal(t, []Info{{Name: "fake 00", ATR: f.answer}}, infos)
	f.unplug = true
	infos, err = s.Readers()
	require.NoError(t, err)
	assert.Empty(t, infos)
	_, err = s.Open("fake")
	require.ErrorIs(t, err, ErrNoReader)
	f.absent = ErrNoDaemon
	_, err = s.Open("fake")
	require.ErrorIs(t, err, ErrNoDaemon)
}

// TestMuteCommand: the time of a command ends the session, and the reader serves again
// when it has let go.
func TestMuteCommand(t *testing.T) {
	f := newFake()
	r := open(t, f, 50*time.Millisecond)
	goOn := make(chan struct{})
	f.Insert(chipOf(func([]byte) []byte { <-goOn; return []byte{0x90, 0x00} }))
	card, err := r.WaitCard(t.Context())
	require.NoError(t, err)
	_, err = card.Transmit(t.Context(), []byte{0x00, 0x84})
	require.ErrorIs(t, err, hardware.ErrCardRemoved)
	require.ErrorContains(t, err, "time is up")
	_, err = card.Transmit(t.Context(), []byte{0x00, 0x84})
	require.ErrorIs(t, err, hardware.ErrCardRemoved)

	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err = r.WaitCard(ctx)
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.ErrorContains(t, err, "still at work")
	close(goOn)
	card, err = r.WaitCard(t.Context())
	require.NoError(t, err)
	_, err = card.Transmit(t.Context(), []byte{0x00, 0x84})
	require.NoError(t, err)
}

// chipOf returns a card that answers by a function.
func chipOf(answer func([]byte) []byte) hardware.Chip { return &answering{answer: answer} }

type answering struct{ answer func([]byte) []byte }

func (a *answering) PowerOn(hardware.Presentation) (hardware.Card, error) { return a, nil }
func (a *answering) ATR() []byte                                          { return nil }
func (a *answering) PowerOff() error                                      { return nil }
func (a *answering) Transmit(_ context.Context, command []byte) ([]byte, error) {
	return a.answer(command), nil
}

// TestSessionEnds: each sign of a card that is gone, or of a reader or daemon that is,
// ends the session.
func TestSessionEnds(t *testing.T) {
	for _, sign := range []error{errRemoved, errStale, errTimeout, ErrNoDaemon, ErrNoReader, ErrMute} {
		f := newFake()
		r := open(t, f, 0)
		f.Insert(chipOf(func([]byte) []byte { return []byte{0x90, 0x00} }))
		card, err := r.WaitCard(t.Context())
		require.NoError(t, err)
		f.alter(func() { f.broken = sign })
		for range 2 {
			_, err = card.Transmit(t.Context(), []byte{0x00, 0x84})
			require.ErrorIs(t, err, hardware.ErrCardRemoved, sign)
			f.alter(func() { f.broken = nil })
		}
	}
	f := newFake()
	r := open(t, f, 0)
	f.Insert(chipOf(func([]byte) []byte { return []byte{0x90} }))
	card, err := r.WaitCard(t.Context())
	require.NoError(t, err)
	_, err = card.Transmit(t.Context(), []byte{0x00, 0x84})
	require.ErrorIs(t, err, hardware.ErrCardRemoved, "half a status word")

	f.broken = errors.New("a fault of ours")
	card, err = r.WaitCard(t.Context())
	require.NoError(t, err)
	_, err = card.Transmit(t.Context(), []byte{0x00, 0x84})
	require.NotErrorIs(t, err, hardware.ErrCardRemoved)
	_, err = card.Transmit(t.Context(), nil)
	require.ErrorIs(t, err, errEmpty)
}

// TestBadCards: a card that does not answer its reset as it should is told apart from
// none.
func TestBadCards(t *testing.T) {
	for want, spoil := range map[error]func(*fakeLibrary){
		atr.ErrCheckByte: func(f *fakeLibrary) { f.answer = []byte{0x3B, 0xE0, 0x00, 0xFF, 0x81, 0x31, 0x20, 0x45, 0xCB} },
		atr.ErrMalformed: func(f *fakeLibrary) { f.answer = []byte{0x3B} },
		ErrMute:          func(f *fakeLibrary) { f.mute = true },
	} {
		f := newFake()
		r := open(t, f, 0)
		spoil(f)
		f.Insert(chipOf(nil))
		_, err := r.WaitCard(t.Context())
		require.ErrorIs(t, err, want)
	}
}

// TestReaderInUse: another program may be about to let go of the reader.
func TestReaderInUse(t *testing.T) {
	f := newFake()
	r := open(t, f, 0)
	f.Insert(chipOf(nil))
	f.held = true
	time.AfterFunc(3*retryPause, func() { f.alter(func() { f.held = false }) })
	_, err := r.WaitCard(t.Context())
	require.NoError(t, err)
	other := open(t, f, 0)
	_, err = other.WaitCard(t.Context())
	require.ErrorIs(t, err, ErrInUse)
}

// TestUnplugged: a reader that is unplugged is empty, and serves again.
func TestUnplugged(t *testing.T) {
	f := newFake()
	r := open(t, f, 0)
	f.Insert(chipOf(nil))
	f.alter(func() { f.unplug = true })
	require.NoError(t, r.WaitRemoval(t.Context()))
	time.AfterFunc(3*retryPause, func() { f.alter(func() { f.unplug = false }) })
	_, err := r.WaitCard(t.Context())
	require.NoError(t, err)
}

// TestDaemonThatRestarts: a wait outlives the daemon, if not for ever.
func TestDaemonThatRestarts(t *testing.T) {
	f := newFake()
	r := open(t, f, 0)
	f.alter(func() { f.absent = ErrNoDaemon })
	time.AfterFunc(3*retryPause, func() {
		f.alter(func() { f.absent = nil })
		f.Insert(chipOf(nil))
	})
	_, err := r.WaitCard(t.Context())
	require.NoError(t, err)
}

// TestLeUnderT0: T=0 has no Le beside data.
func TestLeUnderT0(t *testing.T) {
	full, short := []byte{0x00, 0xA4, 0x04, 0x00, 0x01, 0xAA, 0x00}, []byte{0x00, 0xA4, 0x04, 0x00, 0x01, 0xAA}
	read, broken := []byte{0x00, 0xB2, 0x01, 0x0C, 0x00}, []byte{0x00, 0xA4, 0x04, 0x00, 0x02, 0xAA}
	for speaks, want := range map[atr.Protocol][][]byte{
		atr.T0: {short, short, read, broken},
		atr.T1: {full, short, read, broken},
	} {
		f := newFake()
		f.speaks = speaks
		r := open(t, f, 0)
		f.Insert(chipOf(func([]byte) []byte { return []byte{0x90, 0x00} }))
		card, err := r.WaitCard(t.Context())
		require.NoError(t, err)
		assert.Equal(t, speaks, card.(hardware.Protocoler).Protocol())
		for _, command := range [][]byte{full, short, read, broken} {
			_, err = card.Transmit(t.Context(), command)
			require.NoError(t, err)
		}
		assert.Equal(t, want, f.sent)
	}
}
