// Package hostname tells whether an HTTP request is meant for the door that it came to.
// A page of another site can have its own name resolve to this machine's address; its
// requests have that name in their Host, and the browser takes them for the site's own.
package hostname

import (
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// The ports of addresses without one.
const (
	httpPort  = "80"
	httpsPort = "443"
)

// Check returns names of a door as they are compared.
func Check(given []string) ([]string, error) {
	var all []string
	for _, name := range given {
		name = plain(name)
		_, notIP := netip.ParseAddr(name)
		if name == "" || strings.ContainsAny(name, "/*@[] ") || notIP != nil && strings.Contains(name, ":") {
			return nil, fmt.Errorf("host name %q: want a name such as bank.example, without http:// and port", name)
		}
		all = append(all, name)
	}
	return all, nil
}

// plain is how host names are compared: in lower case and without the dot of
// the root.
func plain(name string) string { return strings.ToLower(strings.TrimSuffix(name, ".")) }

// Meant reports whether a request is meant for the address that its connection came to,
// or for one of the names, which Check has returned.
func Meant(r *http.Request, names []string) bool {
	local, _ := r.Context().Value(http.LocalAddrContextKey).(net.Addr)
	name, port := split(r.Host, r.TLS != nil)
	return slices.Contains(names, name) || isAddress(local, name, port)
}

// split splits the Host of a request.
func split(host string, secure bool) (name, port string) {
	name, port, err := net.SplitHostPort(host)
	if err != nil {
		name, port = strings.TrimSuffix(strings.TrimPrefix(host, "["), "]"), httpPort
		if secure {
			port = httpsPort
		}
	}
	return plain(name), port
}

// isAddress reports whether name and port are those of the address that a
// connection came to. A loopback address has several names, and the one of "any
// address", which reaches it too: what is written in digits can not be made to
// resolve to it.
func isAddress(local net.Addr, name, port string) bool {
	tcp, ok := local.(*net.TCPAddr)
	if !ok || port != strconv.Itoa(tcp.Port) {
		return false
	}
	here := tcp.AddrPort().Addr().Unmap().WithZone("")
	ip, err := netip.ParseAddr(name)
	switch {
	case err != nil:
		return name == "localhost" && here.IsLoopback()
	case here.IsLoopback():
		return ip.IsLoopback() || ip.IsUnspecified()
	}
	return ip.Unmap().WithZone("") == here
}
