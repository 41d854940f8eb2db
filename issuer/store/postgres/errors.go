package postgres

import (
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// failed is an error of the database, in distinction from one of whoever uses it.
type failed struct{ err error }

func (f failed) Error() string { return f.err.Error() }
func (f failed) Unwrap() error { return f.err }

// errDoubt says that a commit was sent and its outcome is not known.
var errDoubt = errors.New("outcome of the commit is not known")

// The SQLSTATEs that are told apart.
const (
	serializationFailure = "40001"
	deadlockDetected     = "40P01"
	completionUnknown    = "40003"
	lockNotAvailable     = "55P03"
	readOnlyTransaction  = "25006" // of a server that is a standby now
	idleInTransaction    = "25P03"
	tooManyConnections   = "53300"
	cannotConnectNow     = "57P03"
	adminShutdown        = "57P01"
	crashShutdown        = "57P02"
	connectionClass      = "08"
)

// passing reports an error of the database after which the same may succeed: a
// transaction that others overtook, a server that goes or that has become a standby, a
// connection that broke.
func passing(err error) bool {
	var f failed
	if !errors.As(err, &f) {
		return false
	}
	var p *pgconn.PgError
	if !errors.As(err, &p) {
		return true // the connection
	}
	switch p.Code {
	case serializationFailure, deadlockDetected, completionUnknown, lockNotAvailable, readOnlyTransaction,
		idleInTransaction, tooManyConnections, cannotConnectNow, adminShutdown, crashShutdown:
		return true
	}
	return p.Code[:min(2, len(p.Code))] == connectionClass
}

// overtaken reports an error after which the connection is as good as before.
func overtaken(err error) bool {
	var p *pgconn.PgError
	return errors.As(err, &p) && (p.Code == serializationFailure || p.Code == deadlockDetected || p.Code == lockNotAvailable)
}

// committed returns what the error of a commit says: nil, that nothing was written, or
// errDoubt.
func committed(err error) error {
	var p *pgconn.PgError
	switch {
	case err == nil:
		return nil
	case errors.Is(err, pgx.ErrTxCommitRollback):
		return failed{err}
	case errors.As(err, &p) && p.SeverityUnlocalized == "ERROR" && p.Code != completionUnknown:
		return failed{err}
	}
	return failed{fmt.Errorf("%w: %w", errDoubt, err)}
}
