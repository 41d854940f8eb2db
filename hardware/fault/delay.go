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
	if i.tasks.Await(passed, ctx.Done()) == 0 {
		return nil
	}
	return ctx.Err()
}
