package store

import (
	"context"
	"errors"
	"iter"

	"github.com/f510b0cf/till/emv/account"
)

// The errors of stores. Errors wrap one of them, the context's error, or what the
// caller's own function returned.
var (
	ErrNotFound = errors.New("not in the store")
	ErrExists   = errors.New("in the store already")
	ErrClosed   = errors.New("store is closed")
	ErrFailed   = errors.New("store failed to write, it may be there or not: open the store again")
	ErrRecord   = errors.New("record breaks a rule")
	ErrSchema   = errors.New("data of another schema version")
	ErrInUse    = errors.New("another process has the store open")

	// ErrConflict is for functions given to Update, where the record is no longer
	// the one that was decided on.
	ErrConflict = errors.New("record was changed meanwhile")
)

// RepliesMax is how many replies each Ring of an account holds; a further one takes
// the place of the oldest of its ring.
const RepliesMax = 32

// Ring is whose replies push out each other.
type Ring uint8

// The rings of an account.
const (
	TerminalReplies Ring = iota // answers to messages of terminals
	MemberReplies               // what members asked for
	Rings                       // how many there are
)

// Store keeps cards, replies, journal, members and sessions. It is safe for
// concurrent use.
//
// An error that wraps the context's says that nothing was written: once a store
// has begun with an update, it returns that update's outcome, however long the
// medium takes.
type Store interface {
	// View calls fn with the account as it was last committed. fn may run more than
	// once.
	View(ctx context.Context, ref account.Ref, fn func(Snapshot) error) error

	// Update calls fn and commits what it did, record, replies and entries
	// together, or nothing where fn returns an error; that error is returned. When
	// Update returns nil, the commit survives a loss of power. Updates of one
	// account are serial: each sees those before it. fn may run more than once; it
	// does not use the store.
	Update(ctx context.Context, ref account.Ref, fn func(Tx) error) error

	// Create adds a card, and lists it with its holder and its primary member,
	// who must be there. ErrExists where the account has a card.
	Create(ctx context.Context, ref account.Ref, card Record) error

	// Cards iterates over all cards in the order of their references.
	Cards(ctx context.Context) iter.Seq2[Card, error]

	// Journal iterates over the entries behind the number after, oldest first.
	Journal(ctx context.Context, after uint64) iter.Seq2[Entry, error]

	// History iterates over the entries of one account, newest first, as far back
	// as the journal was not pruned.
	History(ctx context.Context, ref account.Ref) iter.Seq2[Entry, error]

	// Newest returns the number and the link of the newest entry, 0 where there is
	// none.
	Newest(ctx context.Context) (number uint64, link Link, err error)

	// Link returns the link of an entry, ErrNotFound where it is not kept.
	Link(ctx context.Context, number uint64) (Link, error)

	// PutSeal keeps the seal of an entry that is there; where it has one, that stays.
	PutSeal(ctx context.Context, s Seal) error

	// Seals iterates over the seals in the order of their numbers.
	Seals(ctx context.Context) iter.Seq2[Seal, error]

	// Prune removes the entries up to that of a seal, at most PruneMax and never the
	// newest, and keeps the seal: what follows is proved from there. It returns how
	// many entries there were.
	Prune(ctx context.Context, checkpoint Seal) (removed int, err error)

	// Replies iterates over all replies that are kept.
	Replies(ctx context.Context) iter.Seq2[Reply, error]

	Members() Members
	Sessions() Sessions

	// Close waits for the updates that have begun and closes the store. What
	// comes later gets ErrClosed.
	Close() error
}

// Snapshot is one account at one moment.
type Snapshot interface {
	// Card returns the record, the caller's own copy. It is never nil: an account
	// without a card is ErrNotFound before fn is called.
	Card() *Record

	// Reply returns the sealed reply stored under the key, in whichever ring.
	Reply(key Key) (sealed []byte, ok bool)
}

// Tx is a snapshot that can be changed: what fn leaves in Card is written. It
// shows its own changes.
type Tx interface {
	Snapshot

	// PutReply stores a sealed reply of up to ReplyMax bytes in a ring. A key has one
	// reply in all of them: a second one is ErrExists from Update.
	PutReply(ring Ring, key Key, sealed []byte)

	// Append adds an entry to the journal. The store sets its number, its account
	// and the number of the one before it.
	Append(e Entry)
}

// Reply is a reply that is kept, as Store.Replies gives it.
type Reply struct {
	Ref    account.Ref
	Ring   Ring
	Key    Key
	Sealed []byte
}

// Card is a record with its account, as Store.Cards gives it.
type Card struct {
	Ref    account.Ref
	Record Record
}
