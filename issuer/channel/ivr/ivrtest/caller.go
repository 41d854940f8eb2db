package ivrtest

import (
	"context"
	"log/slog"
	"net"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/emiago/diago"
	"github.com/emiago/diago/media"
	"github.com/emiago/sipgo"
	siplib "github.com/emiago/sipgo/sip"
	"github.com/stretchr/testify/require"
)

// callMax is how long a caller stays on the phone.
const callMax = 60 * time.Second

// The library may not know its own listener yet when it is asked to call, and then
// tries to listen a second time; a moment later it does.
const (
	invitesMax  = 100
	invitePause = 10 * time.Millisecond
)

// Caller is a SIP phone on this machine.
type Caller struct {
	t      testing.TB
	dialog *diago.DialogClientSession
	keys   *diago.DTMFWriter
	heard  atomic.Int64
}

// Ring rings up a line at an address such as 127.0.0.1:5060.
func Ring(t testing.TB, address string) *Caller {
	t.Helper()
	c, err := RingAs(t, address, "", "")
	require.NoError(t, err)
	return c
}

// RingAs is Ring with a name and a password, which may be refused.
func RingAs(t testing.TB, address, name, password string) (*Caller, error) {
	t.Helper()
	agent, err := sipgo.NewUA(sipgo.WithUserAgent("caller"))
	require.NoError(t, err)
	t.Cleanup(func() { _ = agent.Close() })
	d := diago.NewDiago(agent, diago.WithLogger(slog.New(slog.DiscardHandler)), diago.WithTransport(diago.Transport{Transport: "udp", BindHost: "127.0.0.1"}))
	host, port, err := net.SplitHostPort(address)
	require.NoError(t, err)
	number, err := strconv.Atoi(port)
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(context.Background(), callMax)
	t.Cleanup(cancel)
	require.NoError(t, d.ServeBackground(ctx, func(*diago.DialogServerSession) {}))
	c := &Caller{t: t}
	for range invitesMax {
		c.dialog, err = d.Invite(ctx, siplib.Uri{User: "card", Host: host, Port: number}, diago.InviteOptions{Username: name, Password: password})
		if err == nil || !strings.Contains(err.Error(), syscall.EADDRINUSE.Error()) {
			break
		}
		time.Sleep(invitePause)
	}
	if err != nil {
		return nil, err
	}
	t.Cleanup(func() { _ = c.dialog.Close() })
	c.keys, err = c.dialog.AudioWriterDTMF()
	require.NoError(t, err)
	go c.listen()
	return c, nil
}

// listen counts the packets that are heard.
func (c *Caller) listen() {
	r, err := c.dialog.AudioReader()
	if err != nil {
		return
	}
	buffer := make([]byte, media.RTPBufSize)
	for {
		if _, err := r.Read(buffer); err != nil {
			return
		}
		c.heard.Add(1)
	}
}

// Heard returns how many packets of speech the caller has heard, 20 ms each.
func (c *Caller) Heard() int64 { return c.heard.Load() }

// Press presses keys, one after another.
func (c *Caller) Press(keys string) {
	c.t.Helper()
	for _, key := range keys {
		require.NoError(c.t, c.keys.WriteDTMF(key))
	}
}

// HangUp ends the call.
func (c *Caller) HangUp() { require.NoError(c.t, c.dialog.Hangup(context.Background())) }

// Over waits until the line has hung up.
func (c *Caller) Over() {
	c.t.Helper()
	select {
	case <-c.dialog.Context().Done():
	case <-time.After(callMax):
		c.t.Fatal("the line did not hang up")
	}
}
