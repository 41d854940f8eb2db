package httpd

import (
	"hash/maphash"
	"sync"
	"time"

	"github.com/f510b0cf/till/issuer/member"
)

// namePace bounds the logins of one name, from whatever addresses they come. How
// many passwords can be tried is a matter of member.Failures; this bounds the work
// that one name makes.
func namePace() member.Pace { return member.Pace{AtOnce: 20, Every: 3 * time.Second} }

// namePlaces is how many names are told apart. Two that have the same place share
// one pace.
const namePlaces = 4096

// names paces the logins of each name, whether there is such a member or not: it
// takes the same room for all names there are.
type names struct {
	lock sync.Mutex
	seed maphash.Seed
	full [namePlaces]time.Time
}

func newNames() *names { return &names{seed: maphash.MakeSeed()} }

// allow counts a login with a name, and returns for how long it is refused; 0 where
// it may go on.
func (n *names) allow(name string, now time.Time) (wait time.Duration) {
	place := &n.full[maphash.String(n.seed, name)%namePlaces]
	n.lock.Lock()
	defer n.lock.Unlock()
	*place, wait = namePace().Take(*place, now)
	return wait
}
