package store

import (
	"context"
	"crypto/sha256"
	"time"
)

// SessionKey names a session without being able to open it: it is a hash of the
// token that the browser or app holds.
type SessionKey [sha256.Size]byte

// NewSessionKey returns the key of a token: its SHA-256. Tokens are random and
// long, so that a hash without salt does.
func NewSessionKey(token string) SessionKey { return sha256.Sum256([]byte(token)) }

// SessionMax bounds the data of a session, in bytes.
const SessionMax = 4096

// Sessions keeps the data of logged-in sessions. Its guarantees are those of
// Store. The data hold nothing secret, or are sealed.
type Sessions interface {
	// Put stores the data of a session until it expires, in place of what is there.
	Put(ctx context.Context, key SessionKey, data []byte, expires time.Time) error

	// Replace stores data in place of old, until expires. ErrConflict where a session
	// that has not expired at now does not hold old: of several who replace the same, one does.
	Replace(ctx context.Context, key SessionKey, old, data []byte, now, expires time.Time) error

	// Get returns the data of a session. ErrNotFound where there is none, or it
	// expired at now or before.
	Get(ctx context.Context, key SessionKey, now time.Time) ([]byte, error)

	// Delete ends a session; one that is not there has ended.
	Delete(ctx context.Context, key SessionKey) error

	// Sweep removes the sessions that expired at now or before, and returns how
	// many there were.
	Sweep(ctx context.Context, now time.Time) (int, error)
}
