package member

import "time"

// The rule of the lock: FailuresFree wrong passwords cost nothing; each one after
// them locks the login, for lockFirst and then twice as long each time, up to
// lockLongest.
const (
	FailuresFree = 4
	lockFirst    = time.Minute
	lockLongest  = time.Hour
)

// Failures counts wrong passwords since the last right one. The zero value is
// none.
type Failures struct {
	Count uint8
	Until time.Time // the login is locked before this moment
}

// Locked reports whether a login is to be refused at now, whatever the password.
func (f Failures) Locked(now time.Time) bool { return now.Before(f.Until) }

// Failed returns the state after a wrong password at now. After a right one it is
// the zero value.
func (f Failures) Failed(now time.Time) Failures {
	if f.Count < ^uint8(0) {
		f.Count++
	}
	if f.Count > FailuresFree {
		f.Until = now.Add(lockFor(f.Count - FailuresFree))
	}
	return f
}

// lockFor returns how long the nth lock in a row lasts, from 1.
func lockFor(n uint8) time.Duration {
	d := lockFirst
	for range n - 1 {
		if d *= 2; d >= lockLongest {
			return lockLongest
		}
	}
	return d
}
