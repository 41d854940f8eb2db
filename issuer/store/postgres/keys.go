package postgres

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// The errors of processes whose keys do not fit.
var (
	errOtherIssuer = errors.New("the store in this database is another issuer's, with other keys: name its data directory, or another database")
	errOtherKeys   = errors.New("other processes work on this database with other keys: stop them all, and copy the key file that was changed last to all data directories")
)

// SameKeys refuses a process whose keys are not those of the others. issuer names the keys
// that never change, and keys all of them; both are whatever the caller computes of them.
// Who comes alone may have changed keys since.
func (s *Store) SameKeys(ctx context.Context, issuer, keys string) error {
	err := s.db.retry(ctx, func() error { return s.db.sameKeys(ctx, issuer, keys) })
	if err != nil {
		return fmt.Errorf("compare keys: %w", err)
	}
	return nil
}

func (d *database) sameKeys(ctx context.Context, issuer, keys string) error {
	tx, err := d.pool.Begin(ctx)
	if err != nil {
		return failed{err}
	}
	defer d.giveUp(tx)
	var knownIssuer, knownKeys string
	if err := tx.QueryRow(ctx, "SELECT issuer, keys FROM till_lock WHERE id = 1 FOR UPDATE").Scan(&knownIssuer, &knownKeys); err != nil {
		return failed{err}
	}
	switch {
	case knownIssuer != "" && knownIssuer != issuer:
		return errOtherIssuer
	case knownIssuer != "" && knownKeys == keys:
		return nil
	}
	others, err := d.others(ctx, tx)
	if err != nil {
		return failed{err}
	}
	if others > 0 && knownIssuer != "" {
		return errOtherKeys
	}
	if _, err := tx.Exec(ctx, "UPDATE till_lock SET issuer = $1, keys = $2 WHERE id = 1", issuer, keys); err != nil {
		return failed{err}
	}
	return committed(tx.Commit(ctx))
}

// others counts the sessions of other processes.
func (d *database) others(ctx context.Context, db interface {
	QueryRow(context.Context, string, ...any) pgx.Row
}) (count int, err error) {
	err = db.QueryRow(ctx, "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE $1 || ' %' AND application_name <> $2",
		applicationName, d.applicationName()).Scan(&count)
	return count, err
}
