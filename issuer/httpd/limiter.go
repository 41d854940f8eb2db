package httpd

import (
	"sync"
	"time"
)

// Bounds of logins, beside the lock of each login by itself.
const (
	loginWindow  = time.Minute
	loginsMax    = 60    // of one address in a window
	addressesMax = 10000 // that are counted in a window; later ones are refused
)

// limiter counts the logins of each address in windows of time. The zero limiter
// has counted nothing.
type limiter struct {
	lock  sync.Mutex
	until time.Time
	count map[string]int
}

// allow counts a login and reports whether it may go on.
func (l *limiter) allow(address string, now time.Time) bool {
	l.lock.Lock()
	defer l.lock.Unlock()
	if !now.Before(l.until) {
		l.until, l.count = now.Add(loginWindow), map[string]int{}
	}
	if _, known := l.count[address]; !known && len(l.count) == addressesMax {
		return false
	}
	l.count[address]++
	return l.count[address] <= loginsMax
}
