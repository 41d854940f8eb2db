package httpd

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/f510b0cf/till/issuer/channel"
)

// later is a problem that is over after some time.
type later struct {
	*problem
	wait time.Duration
}

// tooMany says of what there was too much, and when one may go on.
func tooMany(of string, wait time.Duration) error {
	next := fmt.Sprintf("try again in %d seconds", seconds(wait))
	return later{&problem{http.StatusTooManyRequests, "too-many", "there are too many " + of, next}, wait}
}

// Unwrap returns the problem.
func (l later) Unwrap() error { return l.problem }

// setRetryAfter tells programs when to come again, where that is known.
func setRetryAfter(h http.Header, err error) {
	var r *channel.Refusal
	var l later
	var wait time.Duration
	switch {
	case errors.As(err, &l):
		wait = l.wait
	case errors.As(err, &r):
		wait = r.Wait
	}
	if wait > 0 {
		h.Set("Retry-After", strconv.FormatInt(seconds(wait), 10))
	}
}

// seconds returns a time in whole seconds, not too short.
func seconds(d time.Duration) int64 { return int64((d + time.Second - 1) / time.Second) }
