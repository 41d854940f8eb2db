package issuer

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"time"
)

const (
	// certificateLife is how long a self-made certificate lasts: longer than a test
	// server runs, shorter than what browsers take.
	certificateLife = 90 * 24 * time.Hour

	certificateMode = 0o644
	serialBits      = 128
)

// secure makes TLS for the members' door. The key is drawn at each start and lies
// nowhere; who is to trust the certificate finds it in the data directory.
func (i *Issuer) secure(c Config) error {
	names := append([]string{"localhost", "127.0.0.1", "::1"}, c.HostNames...)
	if host, _, err := net.SplitHostPort(i.members.Addr().String()); err == nil {
		names = append(names, host)
	}
	certificate, err := selfMade(names, i.clock.Now())
	if err != nil {
		return err
	}
	public := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate.Certificate[0]})
	if err := os.WriteFile(Certificate(c.Data), public, certificateMode); err != nil {
		return fmt.Errorf("write certificate: %w", err)
	}
	i.https = &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12, NextProtos: []string{"http/1.1"}}
	return nil
}

// secured puts TLS before a listener, where there is any. It comes last: net/http looks
// for it at the connections that it gets.
func (i *Issuer) secured(l net.Listener) net.Listener {
	if i.https == nil {
		return l
	}
	return tls.NewListener(l, i.https)
}

// selfMade makes a certificate for names and addresses, signed by itself.
func selfMade(names []string, now time.Time) (tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("draw key: %w", err)
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), serialBits))
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("draw serial number: %w", err)
	}
	template := x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: "till test issuer"},
		NotBefore: now.Add(-time.Hour), NotAfter: now.Add(certificateLife),
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		IsCA: true, BasicConstraintsValid: true,
	}
	for _, name := range names {
		if ip := net.ParseIP(name); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, name)
		}
	}
	raw, err := x509.CreateCertificate(rand.Reader, &template, &template, key.Public(), key)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("make certificate: %w", err)
	}
	return tls.Certificate{Certificate: [][]byte{raw}, PrivateKey: key}, nil
}
