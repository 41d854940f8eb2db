// Package httpd is the issuer's HTTP server: the members' doors as a JSON API, and
// the operators' as another one that listens on a socket in the data directory.
// It authenticates, reads and writes JSON, and calls issuer/channel; it has no
// rules about cards.
//
// # Caveats
//
// PINs and passwords travel in the bodies of requests. Without TLS in front of it
// the members' door belongs on a loopback address.
package httpd
