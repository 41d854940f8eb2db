package sip

import (
	"sync"

	"github.com/f510b0cf/till/issuer/admission"
)

// unacknowledgedMax is how many calls of one address are answered and not acknowledged at
// once. Each takes a line for half a minute (RFC 3261, 13.3.1.4), and is begun with a
// single packet.
const unacknowledgedMax = 8

// unacknowledged counts calls that are answered and not acknowledged, by address.
type unacknowledged struct {
	lock  sync.Mutex
	count map[string]int
}

// enter counts a call of a remote address; false where there are too many.
func (u *unacknowledged) enter(remote string) (leave func(), ok bool) {
	address := admission.AddressOf(remote)
	u.lock.Lock()
	defer u.lock.Unlock()
	if u.count[address] >= unacknowledgedMax {
		return nil, false
	}
	u.count[address]++
	return func() {
		u.lock.Lock()
		defer u.lock.Unlock()
		if u.count[address]--; u.count[address] == 0 {
			delete(u.count, address)
		}
	}, true
}
