package httpd

import (
	"hash/maphash"
	"sync"
	"time"

	"github.com/f510b0cf/till/issuer/member"
)

// Logins bounds the work that passwords make, at a login and before a PIN is changed.
// How many wrong ones can be tried is a matter of member.Failures.
type Logins struct {
	OfName    member.Pace // from whatever addresses they come
	OfAddress int         // in a minute
}

// DefaultLogins is 20 of one name in a row and then one in three seconds, and 60 of one
// address in a minute.
func DefaultLogins() Logins {
	return Logins{OfName: member.Pace{AtOnce: 20, Every: 3 * time.Second}, OfAddress: 60}
}

// namePlaces is how many names are told apart. Two that have the same place share
// one pace.
const namePlaces = 4096

// names paces the logins of each name, whether there is such a member or not: it
// takes the same room for all names there are.
type names struct {
	pace member.Pace
	lock sync.Mutex
	seed maphash.Seed
	full [namePlaces]time.Time
}

func newNames(p member.Pace) *names { return &names{pace: p, seed: maphash.MakeSeed()} }

// allow counts a login with a name, and returns for how long it is refused; 0 where
// it may go on.
func (n *names) allow(name string, now time.Time) (wait time.Duration) {
	place := &n.full[maphash.String(n.seed, name)%namePlaces]
	n.lock.Lock()
	defer n.lock.Unlock()
	*place, wait = n.pace.Take(*place, now)
	return wait
}
