package sip_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/emv/clock"
	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/issuer/channel"
	"github.com/f510b0cf/till/issuer/channel/ivr"
	"github.com/f510b0cf/till/issuer/channel/ivr/ivrtest"
	"github.com/f510b0cf/till/issuer/channel/ivr/sip"
	"github.com/f510b0cf/till/issuer/oplog"
	"github.com/f510b0cf/till/issuer/store"
)

// asked is what the issuer was asked for.
type asked struct {
	pan  account.PAN
	code secret.Value
	pin  secret.Value
}

// service is an issuer that notes what it is asked for.
type service struct {
	ivr.Service
	identified, created chan asked
}

func (s *service) IdentifyCaller(_ context.Context, pan account.PAN, code secret.Value) (channel.Caller, error) {
	s.identified <- asked{pan: pan, code: code}
	return channel.Caller{Member: 1}, nil
}

func (s *service) Status(context.Context, channel.Asked) (channel.Status, error) {
	return channel.Status{Card: channel.Card{Status: store.Active}, PIN: channel.None}, nil
}

func (s *service) CreatePIN(_ context.Context, a channel.Asked, digits secret.Value) (channel.Status, error) {
	s.created <- asked{pin: digits}
	return channel.Status{Card: channel.Card{Status: store.Active}, PIN: channel.FirstPending}, nil
}

// safeBuffer is a log that many write to.
type safeBuffer struct {
	lock sync.Mutex
	text bytes.Buffer
}

func (b *safeBuffer) Write(p []byte) (int, error) {
	b.lock.Lock()
	defer b.lock.Unlock()
	return b.text.Write(p)
}

func (b *safeBuffer) String() string {
	b.lock.Lock()
	defer b.lock.Unlock()
	return b.text.String()
}

// phone is a line that can be rung up.
type phone struct {
	t       *testing.T
	service *service
	line    *ivr.Line
	address string
	log     *safeBuffer
	stop    func()
}

func newPhone(t *testing.T) *phone { return newPhoneAt(t, nil) }

// newPhoneAt is newPhone with a clock.
func newPhoneAt(t *testing.T, c clock.Clock) *phone {
	t.Helper()
	return newPhoneWith(t, func(config *sip.Config) { config.Clock = c })
}

func newPhoneWith(t *testing.T, change func(*sip.Config)) *phone {
	t.Helper()
	config := sip.Config{Address: "127.0.0.1:0"}
	change(&config)
	p := &phone{t: t, service: &service{identified: make(chan asked, 4), created: make(chan asked, 4)}, log: new(safeBuffer)}
	log, err := oplog.New(p.log, func() time.Time { return time.Time{} }, oplog.Options{}) // a time whose digits are no PIN
	require.NoError(t, err)
	line, err := ivr.NewLine(ivr.Config{Service: p.service, Clock: config.Clock, Log: log})
	require.NoError(t, err)
	p.line, config.Line, config.Log = line, line, log
	server, err := sip.Listen(config)
	require.NoError(t, err)
	p.address = server.Address()
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- server.Serve(ctx) }()
	var once atomic.Bool
	p.stop = func() {
		if !once.Swap(true) {
			cancel()
			assert.NoError(t, <-served)
			assert.NoError(t, server.Close())
		}
	}
	t.Cleanup(p.stop)
	return p
}

// TestCall is a call with real SIP and RTP: the caller hears announcements, cuts them
// off with his keys, and creates a PIN. No log has anything of his keys.
func TestCall(t *testing.T) {
	var libraries safeBuffer
	before := slog.Default()
	slog.SetDefault(slog.New(slog.NewTextHandler(&libraries, &slog.HandlerOptions{Level: slog.LevelDebug})))
	defer slog.SetDefault(before)
	p := newPhone(t)
	c := ivrtest.Ring(t, p.address)
	require.Eventually(t, func() bool { return c.Heard() > 20 }, 5*time.Second, 10*time.Millisecond, "the welcome")
	c.Press("374245001751006#")
	c.Press("7294")
	got := <-p.service.identified
	pan, err := account.ParsePAN([]byte("374245001751006"))
	require.NoError(t, err)
	assert.True(t, got.pan.Equal(pan))
	assert.True(t, got.code.Equal(secret.New([]byte("7294"))))
	c.Press("283618361")
	assert.True(t, (<-p.service.created).pin.Equal(secret.New([]byte("8361"))))
	c.Press("9")
	c.Over()
	p.stop()
	for _, digits := range []string{"374245001751006", "7294", "8361"} {
		assert.NotContains(t, p.log.String(), digits)
		assert.NotContains(t, libraries.String(), digits)
	}
	assert.NotContains(t, libraries.String(), "DTMF", "the library would log each key")
	assert.Contains(t, p.log.String(), "event=call")
}

// Who hangs up, or is cut off, leaves no call behind.
func TestCallsEnd(t *testing.T) {
	p := newPhone(t)
	for n := range 2 {
		c := ivrtest.Ring(t, p.address)
		c.HangUp()
		require.Eventually(t, func() bool { return strings.Count(p.log.String(), `event="call ended"`) == n+1 }, 5*time.Second, 10*time.Millisecond)
	}
	c := ivrtest.Ring(t, p.address)
	p.stop()
	c.Over()
}

// Who presses a key and then none is asked again, and in the end the line hangs up.
func TestSilenceEndsCalls(t *testing.T) {
	start := time.Date(2026, time.November, 23, 12, 0, 0, 0, time.UTC)
	virtual := clock.NewVirtual(start)
	p := newPhoneAt(t, virtual)
	c := ivrtest.Ring(t, p.address)
	c.Press("1") // cuts the welcome off
	require.Eventually(t, func() bool {
		virtual.Advance(time.Second)
		return strings.Contains(p.log.String(), `event="call ended"`)
	}, 30*time.Second, 50*time.Millisecond)
	c.Over()
	assert.Less(t, virtual.Now().Sub(start), ivr.CallMax, "not for its length")
	assert.GreaterOrEqual(t, virtual.Now().Sub(start), 20*time.Second)
}

func TestListen(t *testing.T) {
	_, err := sip.Listen(sip.Config{})
	require.Error(t, err)
	line, err := ivr.NewLine(ivr.Config{Service: &service{}})
	require.NoError(t, err)
	_, err = sip.Listen(sip.Config{Line: line, Address: "127.0.0.1:no"})
	require.Error(t, err)
	first, err := sip.Listen(sip.Config{Line: line, Address: "127.0.0.1:0"})
	require.NoError(t, err)
	defer first.Close()
	_, err = sip.Listen(sip.Config{Line: line, Address: first.Address()})
	require.Error(t, err)
}

// What is no SIP, or no call, ends nothing.
func TestNoise(t *testing.T) {
	p := newPhone(t)
	conn, err := net.Dial("udp", p.address)
	require.NoError(t, err)
	defer conn.Close()
	for _, noise := range []string{
		"", "\r\n\r\n", "hello", "INVITE sip:card@127.0.0.1 SIP/2.0\r\n\r\n",
		request("INVITE", "TCP"), request("INVITE", "UDP"), request("BYE", "UDP"), request("INFO", "UDP"), request("REFER", "UDP"), request("MESSAGE", "UDP"),
	} {
		_, err := conn.Write([]byte(noise))
		require.NoError(t, err)
	}
	ivrtest.Ring(t, p.address).Press("1")
}

// request is a request without a body.
func request(method, transport string) string {
	return fmt.Sprintf("%s sip:card@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/%s 127.0.0.1:9;branch=z9hG4bK%[1]s%[2]s\r\nFrom: <sip:x@127.0.0.1>;tag=1\r\nTo: <sip:card@127.0.0.1>\r\n"+
		"Call-ID: %[1]s%[2]s\r\nCSeq: 1 %[1]s\r\nContact: <sip:x@127.0.0.1:9>\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n", method, transport)
}
