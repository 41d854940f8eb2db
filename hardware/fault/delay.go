package fault

import (
	"context"
	"time"
)

// wait returns when d has passed on the clock, or with an error when the context
// ends.
func (i *Injector) wait(ctx context.Context, d time.Duration) error {
	passed := make(chan struct{})
	timer := i.clock.AfterFunc(d, func() { close(passed) })
	defer timer.Stop()
	select {
	case <-passed:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
