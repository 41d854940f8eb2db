package voice

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/f510b0cf/till/issuer/channel/ivr"
)

// errTurn says that a request belongs to another turn of its call.
var errTurn = errors.New("answer provider: the request is of another turn")

// talk is a call as the provider's requests go through it. Each answer names the next
// turn, so that a request that comes again is answered again and counts once.
type talk struct {
	lock  sync.Mutex
	call  *ivr.Call
	next  int // turn
	last  []byte
	asked int // whether the agent is through
}

// turn answers the request of a turn.
func (t *talk) turn(ctx context.Context, line *ivr.Line, n int, keys []byte) ([]byte, error) {
	t.lock.Lock()
	defer t.lock.Unlock()
	switch {
	case t.next > 0 && n == t.next-1:
		return t.last, nil
	case n != t.next:
		return nil, errTurn
	}
	turn, err := t.take(ctx, line, keys)
	if err != nil {
		return nil, err
	}
	text, err := document(t.call, turn, fmt.Sprintf("%s?turn=%d", Path, t.next+1))
	if err != nil {
		return nil, err
	}
	t.next, t.last = t.next+1, text
	return text, nil
}

// take takes the call through what a request brings: its beginning, keys, or none.
func (t *talk) take(ctx context.Context, line *ivr.Line, keys []byte) (turn ivr.Turn, err error) {
	if t.call == nil {
		t.call, turn, err = line.Begin(ctx, "voice")
		return turn, err
	}
	if turn := t.call.Agents(); len(turn.Say) > 0 || turn.HangUp {
		return turn, nil
	}
	switch at, _, _ := t.call.Awaits(); {
	case at == ivr.WithCare:
		return t.wait(ctx), nil
	case len(keys) == 0:
		return t.call.Silent(ctx), nil
	}
	return t.press(ctx, keys), nil
}

// press passes keys on until one brings about something to say. The provider leaves
// out the hash key that ends an entry.
func (t *talk) press(ctx context.Context, keys []byte) ivr.Turn {
	t.asked = 0
	for _, key := range keys {
		if turn := t.call.Press(ctx, key); len(turn.Say) > 0 || turn.HangUp {
			return turn
		}
	}
	return t.call.Press(ctx, '#')
}

// wait lets the caller hold the line, but not for ever.
func (t *talk) wait(ctx context.Context) ivr.Turn {
	t.asked++
	if time.Duration(t.asked)*carePoll >= t.call.Wait() {
		return t.call.Silent(ctx)
	}
	return ivr.Turn{}
}

// over reports whether the call has ended. One that is just being answered has not.
func (t *talk) over() bool {
	if !t.lock.TryLock() {
		return false
	}
	defer t.lock.Unlock()
	if t.call == nil {
		return false
	}
	at, _, _ := t.call.Awaits()
	return at == ivr.Over
}

func (t *talk) end() {
	t.lock.Lock()
	defer t.lock.Unlock()
	if t.call != nil {
		t.call.End()
	}
}
