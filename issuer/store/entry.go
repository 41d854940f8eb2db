package store

import (
	"time"

	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/issuer/member"
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
	Previous uint64      // number of the card's or member's entry before, 0 for the first; the store sets it
	Ref      account.Ref // of a card's entry, zero in a member's; the store sets it
	Member   member.ID   // of a member's entry, 0 in a card's; the store sets it
	At       time.Time   // to the millisecond, UTC
	Kind     string      // what happened: "approved", "declined", "pin changed"
	Actor    string      // who did it: a terminal, a member, an operator
	Detail   string      // the rest, as the writer likes it: JSON or words
}
