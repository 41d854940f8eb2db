package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/f510b0cf/till/issuer/store"
	"github.com/f510b0cf/till/issuer/store/internal/tables"
)

// migrations are the steps from nothing to the present schema, oldest first; the
// version of a database is how many it has taken. They only go forward. Rows have
// versions of their own, as in every store.
var migrations = []func(ctx context.Context, tx pgx.Tx) error{makeTables}

// migrationLock is the advisory lock of who migrates: "till" in ASCII.
const migrationLock = 0x74696C6C

// makeTables makes the tables of version 1.
func makeTables(ctx context.Context, tx pgx.Tx) error {
	for t := range tables.Count {
		if _, err := tx.Exec(ctx, statements[t].create); err != nil {
			return err
		}
	}
	for _, statement := range []string{
		"CREATE TABLE till_lock (id int PRIMARY KEY, turn bigint NOT NULL, name text NOT NULL, issuer text NOT NULL DEFAULT '', keys text NOT NULL DEFAULT '')",
		"INSERT INTO till_lock (id, turn, name) VALUES (1, 0, md5(random()::text || clock_timestamp()::text))",
		"CREATE TABLE till_notices (id int PRIMARY KEY, number bigint, owner bytea NOT NULL, until timestamptz NOT NULL)",
		"INSERT INTO till_notices (id, owner, until) VALUES (1, '', now() - interval '1 second')",
		"CREATE TABLE till_writers (id bytea PRIMARY KEY, number bigint NOT NULL, at timestamptz NOT NULL)",
	} {
		if _, err := tx.Exec(ctx, statement); err != nil {
			return err
		}
	}
	return nil
}

// migrate brings the schema up to the present version, in one transaction: of several
// processes that start at once, one does it and the others wait.
func (d *database) migrate(ctx context.Context) error {
	tx, err := d.pool.Begin(ctx)
	if err != nil {
		return failed{err}
	}
	defer d.giveUp(tx)
	version, err := lockedVersion(ctx, tx)
	if err != nil {
		return err
	}
	if version > len(migrations) {
		return fmt.Errorf("the database has version %d, this till knows versions up to %d: use a newer till: %w", version, len(migrations), store.ErrSchema)
	}
	for _, step := range migrations[version:] {
		if err := step(ctx, tx); err != nil {
			return failed{fmt.Errorf("bring tables up to version %d: %w", len(migrations), err)}
		}
	}
	if version < len(migrations) {
		if _, err := tx.Exec(ctx, "UPDATE till_schema SET version = $1", len(migrations)); err != nil {
			return failed{err}
		}
	}
	if _, err := tx.Exec(ctx, "DELETE FROM till_writers WHERE at < now() - interval '7 days'"); err != nil { // of processes that were killed
		return failed{err}
	}
	var engine string
	var turn int64
	if err := tx.QueryRow(ctx, "SELECT name, turn, version() FROM till_lock").Scan(&d.name, &turn, &engine); err != nil {
		return failed{err}
	}
	if turn == turnMoved {
		return errMoved
	}
	d.announced = announces(engine)
	return committed(tx.Commit(ctx))
}

// lockedVersion returns the version of the schema, which nobody else changes until the
// transaction ends.
func lockedVersion(ctx context.Context, tx pgx.Tx) (version int, err error) {
	there := false
	if _, err = tx.Exec(ctx, "SELECT pg_advisory_xact_lock($1)", migrationLock); err == nil {
		err = tx.QueryRow(ctx, "SELECT to_regclass('till_schema') IS NOT NULL").Scan(&there)
	}
	switch {
	case err != nil:
	case there:
		err = tx.QueryRow(ctx, "SELECT version FROM till_schema").Scan(&version)
	default:
		_, err = tx.Exec(ctx, "CREATE TABLE till_schema (version int NOT NULL)")
		if err == nil {
			_, err = tx.Exec(ctx, "INSERT INTO till_schema (version) VALUES (0)")
		}
	}
	if err != nil {
		return 0, failed{err}
	}
	return version, nil
}
