package host_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/issuer/host"
	"github.com/f510b0cf/till/issuer/issuertest"
	"github.com/f510b0cf/till/issuer/message"
)

// framed is a terminal that speaks in a framing.
type framed struct {
	terminal
	f message.Framing
}

// eachFraming runs a test with a host for each framing.
func eachFraming(t *testing.T, test func(t *testing.T, i *issuertest.Issuer, open func() framed), changes ...func(*host.Config)) {
	for _, name := range message.FramingNames() {
		t.Run(name, func(t *testing.T) {
			f, err := message.FramingNamed(name)
			require.NoError(t, err)
			i, r := world(t, append(changes, func(c *host.Config) { c.Framing = &f })...)
			test(t, i, func() framed { return framed{dial(t, r), f} })
		})
	}
}

// echoFrame returns the frame of an echo test.
func (c framed) echoFrame(t testing.TB, i *issuertest.Issuer) []byte {
	t.Helper()
	b, err := dialect.Pack(network(i, message.EchoTest))
	require.NoError(t, err)
	var frame bytes.Buffer
	require.NoError(t, c.f.Write(&frame, message.Frame{Message: b, TPDU: [5]byte{0x60, 0, 1, 0x12, 0x34}}))
	return frame.Bytes()
}

// answered reads the answer of an echo test. A TPDU goes back to where it came from.
func (c framed) answered(t testing.TB) {
	t.Helper()
	frame, err := c.f.Read(c)
	require.NoError(t, err)
	m, err := dialect.Unpack(frame.Message)
	require.NoError(t, err)
	assert.Equal(t, message.ActionNetworkAccepted, m.(*message.NetworkManagementResponse).ActionCode)
	if strings.HasSuffix(c.f.String(), "+tpdu") {
		assert.Equal(t, [5]byte{0x60, 0x12, 0x34, 0, 1}, frame.TPDU)
	}
}

func (c framed) put(t testing.TB, b []byte) {
	t.Helper()
	_, err := c.Write(b)
	require.NoError(t, err)
}

// TestSegmentsInEachFraming: two messages in one segment, and one byte by byte.
func TestSegmentsInEachFraming(t *testing.T) {
	eachFraming(t, func(t *testing.T, i *issuertest.Issuer, open func() framed) {
		c := open()
		both := append(c.echoFrame(t, i), c.echoFrame(t, i)...)
		c.put(t, both)
		c.answered(t)
		c.answered(t)
		for _, x := range c.echoFrame(t, i) {
			c.put(t, []byte{x})
		}
		c.answered(t)
	})
}

// badFrames are beginnings of streams that no message can follow.
func badFrames(f message.Framing) map[string][]byte {
	var tpdu []byte
	if strings.HasSuffix(f.String(), "+tpdu") {
		tpdu = make([]byte, 5)
	}
	most := message.BytesMax + len(tpdu)
	switch {
	case strings.HasPrefix(f.String(), "ascii"):
		return map[string][]byte{"empty": []byte("0000"), "too long": fmt.Appendf(nil, "%04d", most+1), "longest": []byte("9999"), "no digit": []byte("00-1"), "binary": {0, 8, 0, 0}}
	case strings.HasPrefix(f.String(), "bcd"):
		return map[string][]byte{"empty": {0, 0}, "too long": {0x41, 0x97}, "longest": {0x99, 0x99}, "no digit": {0x00, 0x0A}}
	case strings.HasPrefix(f.String(), "binary-inclusive"):
		return map[string][]byte{"1": {0, 1}, "itself": {0, 2}, "too long": binary.BigEndian.AppendUint16(nil, uint16(most+3)), "64k": {0xFF, 0xFF}}
	}
	return map[string][]byte{"empty": {0, 0}, "too long": binary.BigEndian.AppendUint16(nil, uint16(most+1)), "64k": {0xFF, 0xFF}}
}

// TestBadFramesInEachFraming close their own connection and no other, at once.
func TestBadFramesInEachFraming(t *testing.T) {
	eachFraming(t, func(t *testing.T, i *issuertest.Issuer, open func() framed) {
		other := open()
		for name, b := range badFrames(other.f) {
			t.Run(name, func(t *testing.T) {
				c := open()
				c.put(t, b)
				c.closed(t)
				other.put(t, other.echoFrame(t, i))
				other.answered(t)
			})
		}
	})
}

// TestHalfMessagesInEachFraming: what begins and does not end is given up, however
// slowly it comes; its connection alone.
func TestHalfMessagesInEachFraming(t *testing.T) {
	eachFraming(t, func(t *testing.T, i *issuertest.Issuer, open func() framed) {
		other := open()
		for _, n := range []int{1, other.f.Overhead(), other.f.Overhead() + 7} {
			c := open()
			c.put(t, c.echoFrame(t, i)[:n])
			c.closed(t)
		}
		c := open()
		start := time.Now()
		for _, x := range c.echoFrame(t, i) {
			if _, err := c.Write([]byte{x}); err != nil {
				break
			}
			time.Sleep(10 * time.Millisecond)
		}
		c.closed(t)
		assert.Less(t, time.Since(start), patience)
		other.put(t, other.echoFrame(t, i))
		other.answered(t)
	}, func(c *host.Config) { c.FrameTimeout = 50 * time.Millisecond })
}

// TestPolls are echoed, and do not stand for the first message of a connection.
func TestPolls(t *testing.T) {
	f := message.FramingInclusive
	i, r := world(t, func(c *host.Config) { c.Framing, c.FirstTimeout = &f, 200*time.Millisecond })
	c := framed{dial(t, r), f}
	poll := make([]byte, 2)
	c.put(t, poll)
	_, err := io.ReadFull(c, poll)
	require.NoError(t, err)
	assert.Equal(t, []byte{0, 0}, poll)
	c.put(t, append(c.echoFrame(t, i), 0, 0))
	c.answered(t)
	_, err = io.ReadFull(c, poll)
	require.NoError(t, err)

	idler := dial(t, r)
	for err = error(nil); err == nil; time.Sleep(20 * time.Millisecond) {
		if _, err = idler.Write([]byte{0, 0}); err == nil {
			_, err = io.ReadFull(idler, poll)
		}
	}
	c.put(t, c.echoFrame(t, i))
	c.answered(t)
}
