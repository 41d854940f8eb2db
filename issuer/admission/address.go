package admission

import "net/netip"

// networkBits of an IPv6 address name the network.
const networkBits = 64

// AddressOf returns what a remote address is counted by: an address of IPv4, or the
// network of one of IPv6, whose owner has all its addresses; "" for one that is
// neither, such as that of a socket in a folder.
func AddressOf(remote string) string {
	at, err := netip.ParseAddrPort(remote)
	if err != nil {
		return ""
	}
	address := at.Addr().Unmap()
	if address.Is6() {
		return netip.PrefixFrom(address.WithZone(""), networkBits).Masked().String()
	}
	return address.String()
}
