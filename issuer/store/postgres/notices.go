package postgres

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// noticesLease is how long a process may send notices before it says again that it does.
const noticesLease = "2 minutes"

// Notices is how far notices to members are in the journal, and which process sends them:
// one at a time, until it has not kept a position for some time. It is a notice.Position.
type Notices struct{ db *database }

// Notices returns the position of notices.
func (s *Store) Notices() *Notices { return &Notices{s.db} }

// Take returns the number of the entry that was told last, and whether this process is to
// send.
func (n *Notices) Take(ctx context.Context) (number uint64, there, mine bool, err error) {
	var kept *int64
	err = n.db.retry(ctx, func() error {
		mine = true
		err := n.db.pool.QueryRow(ctx, "UPDATE till_notices SET owner = $1, until = now() + $2::interval WHERE owner = $1 OR until < now() RETURNING number",
			n.db.writer[:], noticesLease).Scan(&kept)
		if errors.Is(err, pgx.ErrNoRows) {
			mine = false
			return nil
		}
		if err != nil {
			return failed{err}
		}
		return nil
	})
	if err != nil {
		return 0, false, false, fmt.Errorf("read position of notices: %w", err)
	}
	if kept == nil {
		return 0, false, mine, nil
	}
	return uint64(*kept), true, mine, nil
}

// errNotMine says that another process sends notices.
var errNotMine = errors.New("keep position of notices: another process has taken it")

// Keep notes that entries up to a number were told.
func (n *Notices) Keep(ctx context.Context, number uint64) error {
	var rows int64
	err := n.db.retry(ctx, func() error {
		tag, err := n.db.pool.Exec(ctx, "UPDATE till_notices SET number = $1, until = now() + $2::interval WHERE owner = $3", int64(number), noticesLease, n.db.writer[:])
		if err != nil {
			return failed{err}
		}
		rows = tag.RowsAffected()
		return nil
	})
	switch {
	case err != nil:
		return fmt.Errorf("keep position of notices: %w", err)
	case rows == 0:
		return errNotMine
	}
	return nil
}
