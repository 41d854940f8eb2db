package store

import (
	"time"

	"github.com/f510b0cf/till/emv/account"
)

// Bounds of an entry, in bytes.
const (
	EntryKindMax   = 64
	EntryActorMax  = 64
	EntryDetailMax = 2048
)

// Entry is a line of the journal: what was decided, done or refused, for the
// audit. It holds nothing secret.
type Entry struct {
	Number   uint64      // from 1, without gaps; the store sets it
	Previous uint64      // number of the account's entry before, 0 for the first; the store sets it
	Ref      account.Ref // the store sets it
	At       time.Time   // to the millisecond, UTC
	Kind     string      // what happened: "approved", "declined", "pin changed"
	Actor    string      // who did it: a terminal, a member, an operator
	Detail   string      // the rest, as the writer likes it: JSON or words
}
