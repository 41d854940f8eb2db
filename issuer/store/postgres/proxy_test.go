package postgres_test

import (
	"bytes"
	"net"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
)

// The ways in which a proxy cuts a connection at a commit.
const (
	never      int32 = iota
	unsent           // the server never gets it
	unheard          // the server gets it, nobody waits for the answer
	unanswered       // the server commits, and its answer is lost
	waysToCut        // how many there are
)

// proxy stands between a store and its server.
type proxy struct {
	listener net.Listener
	server   string
	cut      atomic.Int32 // how the next commit is cut
	cuts     [waysToCut]atomic.Int64
}

func newProxy(t *testing.T, server string) *proxy {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	p := &proxy{listener: l, server: server}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go p.relay(c)
		}
	}()
	return p
}

// address returns where the proxy listens.
func (p *proxy) address() string { return p.listener.Addr().String() }

// relay carries what client and server say, until a commit is cut.
func (p *proxy) relay(client net.Conn) {
	defer client.Close()
	server, err := net.Dial("tcp", p.server)
	if err != nil {
		return
	}
	defer server.Close()
	var deaf atomic.Bool // the client hears nothing any more
	heard := make(chan struct{}, 1)
	go func() {
		defer client.Close()
		b := make([]byte, 1<<16)
		for {
			n, err := server.Read(b)
			if err != nil {
				return
			}
			if deaf.Load() {
				heard <- struct{}{}
				return
			}
			if _, err := client.Write(b[:n]); err != nil {
				return
			}
		}
	}()
	b := make([]byte, 1<<16)
	for {
		n, err := client.Read(b)
		if err != nil {
			return
		}
		way := never
		if bytes.Contains(b[:n], []byte("commit\x00")) {
			way = p.cut.Swap(never)
			p.cuts[way].Add(1)
		}
		if way == unsent {
			return
		}
		deaf.Store(way == unanswered)
		if _, err := server.Write(b[:n]); err != nil || way == unheard {
			return
		}
		if way == unanswered {
			<-heard
			return
		}
	}
}
