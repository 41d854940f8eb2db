package story

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/f510b0cf/till/issuer/host"
)

// killing is the end of the host at the next authorisation request. What it had on its
// disk at that instant is kept, and is what it starts with again: whatever it did
// later did not happen.
type killing struct {
	planned bool
	after   bool // it has committed its decision, and sent nothing
	struck  bool
	err     error // of keeping the disk
}

func kill(_ context.Context, w *World, args Args) (Result, error) {
	if err := w.opened(); err != nil {
		return Result{}, err
	}
	if len(args) != 2 || args[0] != "host" || args[1] != "before" && args[1] != "after" {
		return Result{}, fmt.Errorf("%w: want host, and before or after", errArguments)
	}
	w.killMu.Lock()
	defer w.killMu.Unlock()
	w.kill = killing{planned: true, after: args[1] == "after"}
	return Result{}, nil
}

// message is told what the host receives and sends, before it goes on.
func (w *World) message(e host.Event) {
	w.killMu.Lock()
	defer w.killMu.Unlock()
	if w.kill.struck {
		return // a host that was killed does nothing
	}
	kind := "1100"
	if w.kill.after {
		kind = "1110"
	}
	strikes := w.kill.planned && e.Sent == w.kill.after && messageType(e.Message) == kind
	if !strikes || !w.kill.after {
		w.timeline.Message(e)
	}
	if !strikes {
		return
	}
	w.kill.struck = true
	w.kill.err = copyFolderFiles(w.path(killedFolder), w.path(bankFolder))
	what := "the host is killed before it has written down its decision"
	if w.kill.after {
		what = "the host is killed when it has written down its decision, before it answers"
	}
	w.timeline.Strike(kind, what, "killed")
	w.till.line.die()
}

// revive starts a host again that was killed.
func (w *World) revive() error {
	w.killMu.Lock()
	k := w.kill
	if !k.struck {
		w.kill = killing{}
	}
	w.killMu.Unlock()
	switch {
	case !k.planned:
		return nil
	case !k.struck:
		return errors.New("no request came at which the host could be killed")
	case k.err != nil:
		return k.err
	}
	return w.restartIssuer(func() error {
		w.killMu.Lock()
		defer w.killMu.Unlock()
		w.kill = killing{}
		return replaceFolder(w.path(bankFolder), w.path(killedFolder))
	})
}

// replaceFolder puts a folder in the place of another.
func replaceFolder(place, with string) error {
	if err := os.RemoveAll(place); err != nil {
		return err
	}
	return os.Rename(with, place)
}

// copyFolderFiles copies the files of a folder to one that is not there yet.
func copyFolderFiles(to, from string) error {
	if err := os.RemoveAll(to); err != nil {
		return err
	}
	return filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		switch {
		case d.IsDir():
			return os.Mkdir(filepath.Join(to, name), folderMode)
		case d.Type().IsRegular():
			return copyFile(filepath.Join(to, name), path)
		}
		return nil // a socket
	})
}

const fileMode = 0o600

// copyFile copies a file over another.
func copyFile(to, from string) (err error) {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, fileMode)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}
