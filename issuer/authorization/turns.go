package authorization

import (
	"sync"

	"github.com/f510b0cf/till/emv/account"
)

// turns lets one message of an account in at a time, so that two of them do not
// decide on the same state and one has to do so again. The zero value is ready.
type turns struct {
	lock    sync.Mutex
	waiting map[account.Ref]*turn
}

type turn struct {
	sync.Mutex
	users int // that have it or wait for it
}

// take waits for the account's turn. The function that it returns ends it.
func (t *turns) take(ref account.Ref) (end func()) {
	t.lock.Lock()
	if t.waiting == nil {
		t.waiting = map[account.Ref]*turn{}
	}
	mine := t.waiting[ref]
	if mine == nil {
		mine = new(turn)
		t.waiting[ref] = mine
	}
	mine.users++
	t.lock.Unlock()
	mine.Lock()
	return func() { mine.Unlock(); t.leave(ref, mine) }
}

func (t *turns) leave(ref account.Ref, mine *turn) {
	t.lock.Lock()
	defer t.lock.Unlock()
	if mine.users--; mine.users == 0 {
		delete(t.waiting, ref)
	}
}
