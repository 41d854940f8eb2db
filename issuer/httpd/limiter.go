package httpd

import (
	"sync"
	"time"
)

// Bounds of logins, beside the lock of each login by itself, and of requests.
const (
	loginWindow  = time.Minute
	requestsMax  = 3000  // of one address in a window
	addressesMax = 10000 // that are counted in a window; later ones are refused

	// loginsAtOnceMax bounds the logins that are worked on or wait for it. Hashing
	// has a bound of its own, member.Passwords.
	loginsAtOnceMax = 32
)

// limiter counts what comes from each address in windows of time.
type limiter struct {
	most  int // of one address in a window
	lock  sync.Mutex
	until time.Time
	count map[string]int
}

// allow counts one and returns for how long it is refused; 0 where it may go on.
func (l *limiter) allow(address string, now time.Time) (wait time.Duration) {
	l.lock.Lock()
	defer l.lock.Unlock()
	if !now.Before(l.until) {
		l.until, l.count = now.Add(loginWindow), map[string]int{}
	}
	if _, known := l.count[address]; !known && len(l.count) == addressesMax {
		return l.until.Sub(now)
	}
	if l.count[address]++; l.count[address] > l.most {
		return l.until.Sub(now)
	}
	return 0
}
