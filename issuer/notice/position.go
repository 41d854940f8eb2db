package notice

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/f510b0cf/till/emv/durable"
)

// Position keeps how far notices are in the journal, over the end of a process. Where
// several processes share a store they share it too.
type Position interface {
	// Take returns the number of the entry that was told last, and whether there is one.
	// Where it is not mine another process sends for now.
	Take(ctx context.Context) (number uint64, there, mine bool, err error)

	// Keep notes that entries up to a number were told. It fails where the position has
	// become another process's.
	Keep(ctx context.Context, number uint64) error
}

const fileMode = 0o600

// File is a Position in a file, of one process.
type File string

// Take reads the file.
func (f File) Take(context.Context) (number uint64, there, mine bool, err error) {
	content, err := os.ReadFile(string(f))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return 0, false, true, nil
	case err != nil:
		return 0, false, true, fmt.Errorf("read position of notices: %w", err)
	}
	if number, err = strconv.ParseUint(strings.TrimSpace(string(content)), 10, 64); err != nil {
		err = fmt.Errorf("read position of notices: %s holds no number: remove it, and notices begin with what comes", string(f))
	}
	return number, true, true, err
}

// Keep writes the file, as a whole.
func (f File) Keep(_ context.Context, number uint64) error {
	next := string(f) + ".next"
	if err := os.WriteFile(next, []byte(strconv.FormatUint(number, 10)+"\n"), fileMode); err != nil {
		return fmt.Errorf("keep position of notices: %w", err)
	}
	if err := os.Rename(next, string(f)); err != nil {
		return fmt.Errorf("keep position of notices: %w", err)
	}
	return durable.Folder(filepath.Dir(string(f)))
}
