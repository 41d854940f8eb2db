package link

import (
	"context"

	"github.com/f510b0cf/till/terminal/link/queue"
)

// Settle waits until the host has acknowledged the reversals and advices that are
// due, and returns how many are not where ctx ends or the link is closed before that.
// They stay in the journal and go out later.
func (l *Link) Settle(ctx context.Context) (due int) {
	for {
		due, changed := l.due()
		if due == 0 {
			return 0
		}
		if l.config.Tasks.Await(changed, ctx.Done(), l.ctx.Done()) != 0 {
			return due
		}
	}
}

// due returns the number of items that are due, and how to learn of a change.
func (l *Link) due() (n int, changed <-chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, i := range l.queue.Items {
		if i.Phase != queue.Open {
			n++
		}
	}
	return n, l.changed
}
