package checkout

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/f510b0cf/till/cmd/till/internal/cli"
	"github.com/f510b0cf/till/hardware/trace"
)

// traceFile is a file that appears under its name as a whole or not at all. The
// zero traceFile writes nothing.
type traceFile struct {
	path      string
	temporary *os.File
}

// createTrace makes sure that a trace can be written before anything is done
// with a card. Without a path there is none.
func createTrace(path string) (*traceFile, error) {
	if path == "" {
		return &traceFile{}, nil
	}
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return nil, fmt.Errorf("write trace %s: it is a folder: name a file", path)
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".till-trace-*")
	if err != nil {
		return nil, traceError(path, err)
	}
	return &traceFile{path: path, temporary: f}, nil
}

// write writes the recording and gives the file its name.
func (t *traceFile) write(r trace.Recording) error {
	if t.temporary == nil {
		return nil
	}
	w := bufio.NewWriter(t.temporary)
	err := format(t.path, r, w)
	if err = errors.Join(err, w.Flush(), t.temporary.Close()); err == nil {
		err = os.Rename(t.temporary.Name(), t.path)
	}
	if err != nil {
		return cli.Failed{Err: traceError(t.path, err)}
	}
	return nil
}

// traceError names the file that was asked for in place of the temporary one.
func traceError(path string, err error) error {
	if inner := (*fs.PathError)(nil); errors.As(err, &inner) {
		err = inner.Err
	}
	if inner := (*os.LinkError)(nil); errors.As(err, &inner) {
		err = inner.Err
	}
	return fmt.Errorf("write trace %s: %w: name a file in a folder that is there and can be written to", path, err)
}

// discard removes what is not finished.
func (t *traceFile) discard() {
	if t.temporary != nil {
		_ = t.temporary.Close()
		_ = os.Remove(t.temporary.Name()) // not there any more where it was written
	}
}

// format writes the recording in the format that the name of the file asks for.
func format(path string, r trace.Recording, w io.Writer) error {
	if !strings.HasSuffix(path, ".json") {
		return r.WriteText(w)
	}
	return json.NewEncoder(w).Encode(r)
}
