package vpcd_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/hardware"
	"github.com/f510b0cf/till/hardware/hardwaretest"
	"github.com/f510b0cf/till/hardware/vpcd"
)

// patience bounds waits that end by themselves.
const patience = 10 * time.Second

// raw is a driver whose bytes the test writes itself.
type raw struct {
	net.Conn
	t *testing.T
}

// rawDriver returns a port whose driver is the test, and what accepts its next
// connection.
func rawDriver(t *testing.T, c vpcd.Config) (*vpcd.Port, func() raw) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { l.Close() })
	if c.Away == 0 {
		c.Away = away
	}
	c.Address = l.Addr().String()
	port, err := vpcd.New(c)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, port.Close()) })
	return port, func() raw {
		conn, err := l.Accept()
		require.NoError(t, err)
		require.NoError(t, conn.SetDeadline(time.Now().Add(patience)))
		return raw{conn, t}
	}
}

// say writes bytes as they are.
func (r raw) say(b ...byte) {
	r.t.Helper()
	_, err := r.Write(b)
	require.NoError(r.t, err)
}

// hears reads exactly these bytes, in one piece where they came in one.
func (r raw) hears(want ...byte) {
	r.t.Helper()
	got := make([]byte, len(want))
	_, err := io.ReadFull(r, got)
	require.NoError(r.t, err)
	require.Equal(r.t, want, got)
}

// hearsEnd reads the end of the connection.
func (r raw) hearsEnd() {
	r.t.Helper()
	_, err := r.Read(make([]byte, 1))
	require.Error(r.t, err)
	require.NotErrorIs(r.t, err, context.DeadlineExceeded)
}

// chip is a card made of functions that notes what is done with it.
type chip struct {
	events   []string
	transmit func(ctx context.Context, command []byte) ([]byte, error)
	mute     bool
}

func (c *chip) PowerOn(hardware.Presentation) (hardware.Card, error) {
	c.events = append(c.events, "on")
	if c.mute {
		return nil, errors.New("no answer to reset")
	}
	return c, nil
}
func (c *chip) ATR() []byte { return []byte{0x3B, 0x00} }
func (c *chip) Transmit(ctx context.Context, command []byte) ([]byte, error) {
	c.events = append(c.events, "command")
	return c.transmit(ctx, command)
}
func (c *chip) PowerOff() error {
	c.events = append(c.events, "off")
	return nil
}

// TestProtocol speaks with a port byte for byte: the answer to reset at any time,
// no answer to power and reset, a card that is reset once where it is looked at
// before it gets power, and messages that come in pieces.
func TestProtocol(t *testing.T) {
	c := &chip{transmit: func(_ context.Context, command []byte) ([]byte, error) {
		return append(bytes.Clone(command), 0x90, 0x00), nil
	}}
	port, accept := rawDriver(t, vpcd.Config{})
	port.Insert(c)
	driver := accept()
	driver.say(0, 1, 4)
	driver.hears(0, 2, 0x3B, 0x00)
	driver.say(0, 1, 4)
	driver.hears(0, 2, 0x3B, 0x00)
	driver.say(0, 1, 1, 0, 1, 4)
	driver.hears(0, 2, 0x3B, 0x00)
	driver.say(0)
	driver.say(5, 0, 0xA4)
	driver.say(4, 0, 0, 0, 1, 4)
	driver.hears(0, 7, 0x00, 0xA4, 4, 0, 0, 0x90, 0x00)
	driver.hears(0, 2, 0x3B, 0x00)
	driver.say(0, 1, 2, 0, 1, 4) // the card has no warm reset: a cold one
	driver.hears(0, 2, 0x3B, 0x00)
	driver.say(0, 1, 0, 0, 1, 0, 0, 1, 4) // off twice: looked at without power
	driver.hears(0, 2, 0x3B, 0x00)
	driver.say(0, 0, 0, 1, 9, 0, 1, 1, 0, 1, 4) // nothing, an unknown control byte, power on
	driver.hears(0, 2, 0x3B, 0x00)
	assert.Equal(t, vpcd.Status{State: vpcd.In, Commands: 1}, port.Status())
	require.NoError(t, port.WaitIn(t.Context()))
	over, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, port.WaitOff(over), context.Canceled, "the card is in")
	port.Pull()
	require.NoError(t, port.WaitOff(t.Context()))
	require.NoError(t, port.Close())
	driver.hearsEnd()
	assert.Equal(t, []string{"on", "command", "off", "on", "off", "on", "off"}, c.events)
	port.Insert(c)
	assert.Equal(t, vpcd.Out, port.Status().State, "a closed port takes no card")
}

// TestCardThatGivesNoAnswer: the driver sees it go, and later come again.
func TestCardThatGivesNoAnswer(t *testing.T) {
	for name, transmit := range map[string]func(context.Context, []byte) ([]byte, error){
		"error":    func(context.Context, []byte) ([]byte, error) { return nil, hardware.ErrCardRemoved },
		"short":    func(context.Context, []byte) ([]byte, error) { return []byte{0x90}, nil },
		"too long": func(context.Context, []byte) ([]byte, error) { return make([]byte, 1<<16), nil },
		"for ever": func(ctx context.Context, _ []byte) ([]byte, error) {
			<-ctx.Done()
			return []byte{0x90, 0x00}, nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			port, accept := rawDriver(t, vpcd.Config{AnswerMax: 50 * time.Millisecond})
			port.Insert(&chip{transmit: transmit})
			driver := accept()
			driver.say(0, 1, 1, 0, 2, 0x00, 0x84)
			driver.hearsEnd()
			again := accept()
			again.say(0, 1, 4)
			again.hears(0, 2, 0x3B, 0x00)
		})
	}
}

// TestDriverThatHangsUp: a command whose answer nobody hears is cancelled.
func TestDriverThatHangsUp(t *testing.T) {
	cancelled := make(chan struct{})
	c := &chip{transmit: func(ctx context.Context, _ []byte) ([]byte, error) {
		<-ctx.Done()
		close(cancelled)
		return nil, ctx.Err()
	}}
	port, accept := rawDriver(t, vpcd.Config{})
	port.Insert(c)
	driver := accept()
	driver.say(0, 1, 1, 0, 2, 0x00, 0x84)
	require.NoError(t, port.WaitIn(t.Context()))
	require.NoError(t, driver.Close())
	<-cancelled
	accept().say(0, 1, 4)
}

func TestCardWithoutPower(t *testing.T) {
	port, accept := rawDriver(t, vpcd.Config{})
	c := &chip{}
	port.Insert(c)
	driver := accept()
	driver.say(0, 2, 0x00, 0x84)
	driver.hearsEnd()
	c.mute = true
	driver = accept()
	driver.say(0, 1, 4)
	driver.hearsEnd()
	accept().Close()
}

// TestAway: between two cards the port stays away, however it came to that.
func TestAway(t *testing.T) {
	const away = 100 * time.Millisecond
	port, accept := rawDriver(t, vpcd.Config{Away: away})
	port.Insert(&chip{})
	accept().Close()
	for range 2 {
		began := time.Now()
		driver := accept()
		assert.Greater(t, time.Since(began), away/2)
		port.Pull()
		driver.hearsEnd()
		port.Insert(&chip{})
	}
}

func TestPullAfter(t *testing.T) {
	driver, port := pair(t, false, vpcd.Config{})
	require.ErrorIs(t, port.PullAfter(1), vpcd.ErrNoCard)
	port.Insert(hardwaretest.NewScript(t).Expect("00A4", "9000").Expect("00B2", "6A83"))
	require.Error(t, port.PullAfter(-1))
	require.NoError(t, port.PullAfter(2))
	card, err := driver.WaitCard(t.Context())
	require.NoError(t, err)
	for _, command := range [][]byte{{0x00, 0xA4}, {0x00, 0xB2}} {
		_, err = card.Transmit(t.Context(), command)
		require.NoError(t, err)
	}
	_, err = card.Transmit(t.Context(), []byte{0x00, 0xB2})
	require.ErrorIs(t, err, hardware.ErrCardRemoved)
	assert.Equal(t, vpcd.Status{State: vpcd.Out}, port.Status())
	port.Insert(hardwaretest.NewScript(t))
	_, err = driver.WaitCard(t.Context())
	require.NoError(t, err)
	require.NoError(t, port.PullAfter(0))
	assert.Equal(t, vpcd.Out, port.Status().State)
	assert.ErrorIs(t, port.WaitIn(t.Context()), vpcd.ErrPulled)
}

// TestProblems: a port that no driver looks at says what to do.
func TestProblems(t *testing.T) {
	problem := func(c vpcd.Config) string {
		port, err := vpcd.New(c)
		require.NoError(t, err)
		defer port.Close()
		port.Insert(&chip{})
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		err = port.WaitIn(ctx)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		return err.Error()
	}
	assert.Contains(t, problem(vpcd.Config{Address: freeAddress(t)}), "start the PC/SC daemon with the vpcd driver")
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer taken.Close()
	assert.Contains(t, problem(vpcd.Config{Address: taken.Addr().String(), Listen: true}), "another card listens there already?")
	for _, address := range []string{"127.0.0.1", "127.0.0.1:", "127.0.0.1:99999"} {
		_, err = vpcd.New(vpcd.Config{Address: address})
		assert.ErrorContains(t, err, "want HOST:PORT")
		_, err = vpcd.NewDriver(vpcd.DriverConfig{Address: address})
		assert.ErrorContains(t, err, "want HOST:PORT")
	}
	port, err := vpcd.New(vpcd.Config{})
	require.NoError(t, err)
	assert.Equal(t, vpcd.DefaultAddress, port.Address())
	require.NoError(t, port.WaitOff(t.Context()), "no card was ever in")
	require.NoError(t, port.Close())
}

// TestTakenSlot: a connection that is taken and not looked at is told.
func TestTakenSlot(t *testing.T) {
	port, accept := rawDriver(t, vpcd.Config{})
	port.Insert(&chip{})
	driver := accept()
	require.Eventually(t, func() bool { return port.Status().Problem != "" }, patience, time.Millisecond)
	assert.Contains(t, port.Status().Problem, "the reader slot already has a card?")
	driver.say(0, 1, 4)
	driver.hears(0, 2, 0x3B, 0x00)
	require.NoError(t, port.WaitIn(t.Context()))
	assert.Empty(t, port.Status().Problem)
}

// TestCardThatSpeaksUnasked: a driver is closed all the same.
func TestCardThatSpeaksUnasked(t *testing.T) {
	driver, err := vpcd.NewDriver(vpcd.DriverConfig{Name: "virtual", Address: "0"})
	require.NoError(t, err)
	card, err := net.Dial("tcp", driver.Address())
	require.NoError(t, err)
	defer card.Close()
	_, err = card.Write(bytes.Repeat([]byte{0, 2, 0x3B, 0x00}, 8)) // the answers to a reset, and more
	require.NoError(t, err)
	_, err = driver.WaitCard(t.Context())
	require.NoError(t, err)
	require.NoError(t, driver.Close())
}
