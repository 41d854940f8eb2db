package issuer_test

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/issuer"
	"github.com/f510b0cf/till/issuer/admission"
)

// TestConnectionsOfMembers: one client does not take more connections of the members'
// door, or that of metrics, than it may, and the log says so without its address.
func TestConnectionsOfMembers(t *testing.T) {
	p := found(t, "amex-pin")
	var log bytes.Buffer
	config := p.config(&log)
	config.Connections, config.Metrics = admission.Bounds{PerAddress: 3}, "127.0.0.1:0"
	i, err := issuer.New(config)
	require.NoError(t, err)
	s := p.serving(i)
	for _, address := range []string{host(t, i.Addresses().HTTP), host(t, i.Addresses().Metrics)} {
		var open []net.Conn
		for range 3 {
			open = append(open, call(t, address))
		}
		refused := call(t, address)
		require.NoError(t, refused.SetReadDeadline(time.Now().Add(10*time.Second)))
		_, err = refused.Read(make([]byte, 1))
		require.ErrorIs(t, err, io.EOF, "closed at once")
		for _, c := range open {
			answers(t, c)
		}
	}
	require.NoError(t, s.stop())
	assert.Contains(t, log.String(), `event="connection refused" door=members reason="too many from one address" most=3 count=1`)
	assert.Contains(t, log.String(), `door=metrics`)
}

// host returns host and port of a URL.
func host(t *testing.T, address string) string {
	t.Helper()
	u, err := url.Parse(address)
	require.NoError(t, err)
	return u.Host
}

func call(t *testing.T, address string) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", address)
	require.NoError(t, err)
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// answers asks over an open connection whether the door serves.
func answers(t *testing.T, c net.Conn) {
	t.Helper()
	_, err := fmt.Fprintf(c, "GET /healthz HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n", c.RemoteAddr())
	require.NoError(t, err)
	text, err := io.ReadAll(c)
	require.NoError(t, err)
	assert.Contains(t, string(text), "200 OK")
}
