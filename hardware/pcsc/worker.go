package pcsc

import (
	"context"
	"sync"
	"time"
)

// worker makes the blocking calls of one session, one after the other, so that a
// caller can give up on one. At its end it lets go of what the session held.
type worker struct {
	calls  chan func()
	finish func() // ends the worker, once it is through with its call
	over   chan struct{}
	done   chan struct{} // closed when all is let go
}

// newWorker starts a worker.
func newWorker(letGo func()) *worker {
	w := &worker{calls: make(chan func()), over: make(chan struct{}), done: make(chan struct{})}
	w.finish = sync.OnceFunc(func() { close(w.over) })
	go w.run(letGo)
	return w
}

func (w *worker) run(letGo func()) {
	defer close(w.done)
	defer letGo()
	for {
		select {
		case <-w.over:
			return
		default:
		}
		select {
		case call := <-w.calls:
			call()
		case <-w.over:
			return
		}
	}
}

// do makes a call and waits for it. Where ctx or the time ends before, the worker is
// at its end. A worker at its end returns errRemoved.
func (w *worker) do(ctx context.Context, timeout time.Duration, call func() ([]byte, error)) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	type result struct {
		answer []byte
		err    error
	}
	results := make(chan result, 1)
	timer := time.NewTimer(timeout)
	defer timer.Stop()
	select {
	case w.calls <- func() { answer, err := call(); results <- result{answer, err} }:
	case <-w.over:
		return nil, errRemoved
	}
	select {
	case r := <-results:
		select {
		case <-w.over:
			return nil, errRemoved // it was ended meanwhile: what came out is lost
		default:
			return r.answer, r.err
		}
	case <-w.over:
		return nil, errRemoved
	case <-ctx.Done():
		w.finish()
		return nil, ctx.Err()
	case <-timer.C:
		w.finish()
		return nil, errTimeout
	}
}
