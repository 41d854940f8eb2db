package issuer

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/f510b0cf/till/emv/durable"
	"github.com/f510b0cf/till/issuer/hsm"
	"github.com/f510b0cf/till/issuer/notice"
	"github.com/f510b0cf/till/issuer/store/bolt"
	"github.com/f510b0cf/till/issuer/store/postgres"
	"github.com/f510b0cf/till/issuer/store/transfer"
)

// Migration says whose store goes where.
type Migration struct {
	Data string  // data directory of an issuer that does not run
	KEK  hsm.KEK // what its keys are sealed under
	To   string  // connection string of an empty database; empty is the file of the directory
	// Progress is told how many rows were copied so far; nil is nobody.
	Progress func(rows int)
}

// movedFile is what the file of a store is called when it lies in a database.
const movedFile = storeFile + ".moved"

// Migrate takes the store of a data directory from its file to a database, from there
// into a file, or from one database to another: all that it holds, row by row, sessions
// too. It is checked as Check does before, and read back and compared behind that; then
// the directory changes over. What breaks off before leaves it as it was. The old store
// is kept and not used any more. The error wraps store.ErrInUse where an issuer runs, and
// store.ErrExists where the new place is not empty. What is wrong with the data is in the
// report, and then nothing is moved.
func Migrate(ctx context.Context, m Migration) (rows int, r Report, err error) {
	r = Report{Findings: []string{}}
	if err := there(m.Data, ""); err != nil {
		return 0, r, err
	}
	module, err := openModule(m.Data, m.KEK)
	if err != nil {
		return 0, r, err
	}
	url, err := storeURL(m.Data, "")
	if err != nil {
		return 0, r, err
	}
	switch {
	case url == m.To && url == "":
		return 0, r, fmt.Errorf("move store: it lies in %s already", filepath.Join(m.Data, storeFile))
	case url == m.To:
		return 0, r, errors.New("move store: it lies in that database already")
	case url == "":
		rows, err = m.fromFile(ctx, module, &r)
	default:
		rows, err = m.fromDatabase(ctx, module, url, &r)
	}
	return rows, r, err
}

// fromFile takes a store from its file to a database.
func (m Migration) fromFile(ctx context.Context, module *hsm.Software, r *Report) (rows int, err error) {
	moved := filepath.Join(m.Data, movedFile)
	if exists(moved) {
		return 0, fmt.Errorf("move store: %w: %s of an earlier move: put it elsewhere, or remove it", fs.ErrExist, moved)
	}
	from, err := inspect(ctx, m.Data) // nobody else can write meanwhile
	if err != nil {
		return 0, inUse(m.Data, err)
	}
	defer func() { err = errors.Join(err, from.Close()) }()
	if rows, err = m.move(ctx, module, from, positionOf(nil, m.Data), r); err != nil || len(r.Findings) > 0 {
		return rows, err
	}
	return rows, errors.Join(os.Rename(filepath.Join(m.Data, storeFile), moved), durable.Folder(m.Data))
}

// fromDatabase takes a store from a database to another one, or into a file.
func (m Migration) fromDatabase(ctx context.Context, module *hsm.Software, url string, r *Report) (rows int, err error) {
	from, err := postgres.Open(ctx, postgres.Config{URL: url})
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, from.Close()) }()
	if err := from.Alone(ctx); err != nil {
		return 0, err
	}
	copied, err := inspectCopy(ctx, from)
	if err != nil {
		return 0, fmt.Errorf("copy store: %w", err)
	}
	defer func() { err = errors.Join(err, copied.Close()) }()
	if rows, err = m.move(ctx, module, copied, from.Notices(), r); err != nil || len(r.Findings) > 0 {
		return rows, err
	}
	return rows, from.Retire(ctx)
}

// move checks a store, takes it to its new place, and has the directory use that.
func (m Migration) move(ctx context.Context, module *hsm.Software, from *inspected, position notice.Position, r *Report) (rows int, err error) {
	r.whole(ctx, from, module)
	if ctx.Err() != nil || len(r.Findings) > 0 {
		return 0, ctx.Err()
	}
	if m.To == "" {
		return m.toFile(ctx, from, position)
	}
	if err := postgres.CheckURL(m.To); err != nil {
		return 0, err
	}
	to, err := postgres.Open(ctx, postgres.Config{URL: m.To})
	if err != nil {
		return 0, err
	}
	if rows, err = transfer.Copy(ctx, from, to, m.Progress); err == nil {
		err = keepPosition(ctx, position, to.Notices())
	}
	if err := errors.Join(err, to.Close()); err != nil {
		return rows, fmt.Errorf("move store: %w", err)
	}
	return rows, keepURL(m.Data, m.To)
}

// toFile copies a store into the file of the directory, and has that use it.
func (m Migration) toFile(ctx context.Context, from transfer.Content, position notice.Position) (rows int, err error) {
	path := filepath.Join(m.Data, storeFile)
	if exists(path) {
		return 0, fmt.Errorf("move store: %w: %s: put it elsewhere, or remove it", fs.ErrExist, path)
	}
	draft := path + ".draft"
	if err := os.Remove(draft); err != nil && !errors.Is(err, fs.ErrNotExist) { // of a move that broke off
		return 0, err
	}
	to, err := bolt.Open(draft)
	if err != nil {
		return 0, err
	}
	rows, err = transfer.Copy(ctx, from, to, m.Progress)
	if err := errors.Join(err, to.Close()); err != nil {
		return rows, fmt.Errorf("move store: %w", err)
	}
	if err := keepPosition(ctx, position, positionOf(nil, m.Data)); err != nil {
		return rows, err
	}
	return rows, errors.Join(os.Rename(draft, path), os.Remove(filepath.Join(m.Data, urlFile)), durable.Folder(m.Data))
}

// keepPosition takes the position of notices to its new place, where there is one.
func keepPosition(ctx context.Context, from, to notice.Position) error {
	number, there, mine, err := from.Take(ctx)
	switch {
	case err != nil || !there:
		return err
	case !mine:
		return errors.New("a process that was killed may still send notices: try again in two minutes")
	}
	if _, _, _, err := to.Take(ctx); err != nil {
		return err
	}
	return to.Keep(ctx, number)
}
