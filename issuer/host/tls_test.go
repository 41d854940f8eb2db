package host_test

import (
	"context"
	"crypto/tls"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/issuer/host"
	"github.com/f510b0cf/till/issuer/issuertest"
	"github.com/f510b0cf/till/issuer/store/mem"
)

// startTLS serves under TLS, to terminals alone that have a certificate of the
// authority.
func startTLS(t *testing.T, a *issuertest.Authority, i *issuertest.Issuer) *running {
	t.Helper()
	h, err := host.New(host.Config{Dialect: dialect, Authorizer: authorizer(t, i), FirstTimeout: 300 * time.Millisecond})
	require.NoError(t, err)
	plain, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	l := tls.NewListener(plain, &tls.Config{
		Certificates: []tls.Certificate{a.Pair(t, "host")}, ClientCAs: a.Pool(), ClientAuth: tls.RequireAndVerifyClientCert,
	})
	ctx, stop := context.WithCancel(context.Background())
	r := &running{address: plain.Addr().String(), stop: stop, ended: make(chan error, 1)}
	go func() { r.ended <- h.Serve(ctx, l) }()
	t.Cleanup(func() { stop(); r.wait(t) })
	return r
}

// TestMutualTLS: a terminal with a certificate is served; one without, one of another
// authority, one that speaks in clear, and one that never shakes hands are not, and
// hold nobody up. The host drains as without TLS.
func TestMutualTLS(t *testing.T) {
	i := issuertest.NewIssuer(t, mem.New())
	a := issuertest.NewAuthority(t)
	r := startTLS(t, a, i)
	good := &tls.Config{RootCAs: a.Pool(), Certificates: []tls.Certificate{a.Pair(t, "terminal")}}
	conn, err := tls.Dial("tcp", r.address, good)
	require.NoError(t, err)
	defer conn.Close()
	c := terminal{conn}
	c.echo(t, i)

	silent := dial(t, r) // no handshake
	dial(t, r).send(t, network(i, 831))
	for name, config := range map[string]*tls.Config{
		"no certificate":    {RootCAs: a.Pool()},
		"another authority": {RootCAs: a.Pool(), Certificates: []tls.Certificate{issuertest.NewAuthority(t).Pair(t, "terminal")}},
	} {
		refused, err := tls.Dial("tcp", r.address, config)
		if err == nil { // TLS 1.3 tells a terminal when it reads
			_, err = refused.Read(make([]byte, 1))
			assert.NoError(t, refused.Close())
		}
		assert.ErrorContains(t, err, "tls", name)
	}
	_, err = tls.Dial("tcp", r.address, &tls.Config{RootCAs: issuertest.NewAuthority(t).Pool()})
	require.ErrorContains(t, err, "certificate", "a host of another authority")
	silent.closed(t)
	c.echo(t, i)
	r.stop()
	r.wait(t)
	c.closed(t)
}
