package member

import "time"

// Pace bounds how often something may be done: AtOnce times in a row, then once in
// each Every. What was done so far is kept as one moment: when all of AtOnce are
// there again. The zero moment is nothing done.
type Pace struct {
	AtOnce int
	Every  time.Duration // whole milliseconds, as stores keep the moment
}

// Take returns the moment after doing it once more at now. Where it is too early
// for that, wait is for how long, and the moment stays as it was.
func (p Pace) Take(full, now time.Time) (next time.Time, wait time.Duration) {
	most := now.Add(time.Duration(p.AtOnce) * p.Every)
	next = full
	switch {
	case full.Before(now):
		next = now
	case full.After(most): // the clock was set back
		next = most.Add(-p.Every)
	}
	if next = next.Add(p.Every); next.After(most) {
		return full, next.Sub(most)
	}
	return next, 0
}
