package wire

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
)

// HostTLS protects a host's lines to its terminals.
type HostTLS struct {
	TLSCert string `name:"tls-cert" placeholder:"FILE" help:"Certificate of the host for terminals, PEM: they must use TLS then. Default: no TLS."`
	TLSKey  string `name:"tls-key" placeholder:"FILE" help:"Its private key, PEM."`
	TLSCA   string `name:"tls-ca" placeholder:"FILE" help:"Take terminals alone that have a certificate of these authorities, PEM."`
}

// Config returns what the options say, nil where there is no TLS.
func (h HostTLS) Config() (*tls.Config, error) {
	if h.TLSCert == "" {
		if h.TLSKey != "" || h.TLSCA != "" {
			return nil, errors.New("--tls-key and --tls-ca go with --tls-cert")
		}
		return nil, nil
	}
	c := &tls.Config{MinVersion: tls.VersionTLS12}
	if err := addPair(c, h.TLSCert, h.TLSKey); err != nil {
		return nil, err
	}
	if h.TLSCA != "" {
		pool, err := authorities(h.TLSCA)
		if err != nil {
			return nil, err
		}
		c.ClientCAs, c.ClientAuth = pool, tls.RequireAndVerifyClientCert
	}
	return c, nil
}

// TerminalTLS protects a terminal's line to its host.
type TerminalTLS struct {
	TLSCA   string `name:"tls-ca" placeholder:"FILE" help:"Use TLS, and take a host alone that has a certificate of these authorities for its name in --host, PEM. Default: no TLS."`
	TLSCert string `name:"tls-cert" placeholder:"FILE" help:"Certificate of the terminal for a host that asks for one, PEM."`
	TLSKey  string `name:"tls-key" placeholder:"FILE" help:"Its private key, PEM."`
}

// Config returns what the options say, nil where there is no TLS.
func (t TerminalTLS) Config() (*tls.Config, error) {
	if t.TLSCA == "" {
		if t.TLSCert != "" || t.TLSKey != "" {
			return nil, errors.New("--tls-cert and --tls-key go with --tls-ca")
		}
		return nil, nil
	}
	pool, err := authorities(t.TLSCA)
	if err != nil {
		return nil, err
	}
	c := &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: pool}
	if t.TLSCert == "" && t.TLSKey == "" {
		return c, nil
	}
	return c, addPair(c, t.TLSCert, t.TLSKey)
}

func addPair(c *tls.Config, cert, key string) error {
	if cert == "" || key == "" {
		return errors.New("--tls-cert and --tls-key go together")
	}
	pair, err := tls.LoadX509KeyPair(cert, key)
	if err != nil {
		return fmt.Errorf("--tls-cert %s, --tls-key %s: %w", cert, key, err)
	}
	c.Certificates = []tls.Certificate{pair}
	return nil
}

func authorities(file string) (*x509.CertPool, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("--tls-ca: %w", err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(text) {
		return nil, fmt.Errorf("--tls-ca: %s holds no certificate in PEM", file)
	}
	return pool, nil
}
