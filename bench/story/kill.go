package story

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"

	"github.com/f510b0cf/till/bench/plan"
	"github.com/f510b0cf/till/issuer/host"
)

// hostFault is what goes wrong with the host at the next authorisation request.
type hostFault struct {
	action string // one of those below; empty is nothing
	came   bool   // the request did
	struck bool
	err    error // of keeping the disk
}

// The actions of a hostFault. What a host that is killed had on its disk at that
// instant is kept, and is what it starts with again: whatever it did later did not
// happen.
const (
	hostKilledBefore = "kill before" // it has written nothing
	hostKilledAfter  = "kill after"  // it has committed its decision, and sent nothing
	hostDiskFull     = "disk-full"   // its decision can not be written, nor anything behind it
	hostSlow         = "slow"        // it writes when the terminal waits no longer
)

func kill(_ context.Context, w *World, args Args) (Result, error) {
	if err := w.opened(); err != nil {
		return Result{}, err
	}
	switch {
	case len(args) == 2 && args[0] == "host" && (args[1] == "before" || args[1] == "after"):
		w.planHostFault("kill " + args[1])
		return Result{}, nil
	case len(args) == 2 && args[0] == "terminal":
		n, err := strconv.Atoi(args[1])
		if err != nil || n < 1 || n > journalWritesMax {
			return Result{}, fmt.Errorf("%w: want the number of the write to the journal, 1 to %d", errArguments, journalWritesMax)
		}
		w.till.die.plan(n)
		return Result{}, nil
	}
	return Result{}, fmt.Errorf("%w: want host, and before or after, or terminal, and a number", errArguments)
}

func (w *World) planHostFault(action string) {
	w.hostMu.Lock()
	defer w.hostMu.Unlock()
	w.host = hostFault{action: action}
}

// message is told what the host receives and sends, before it goes on.
func (w *World) message(e host.Event) {
	w.hostMu.Lock()
	defer w.hostMu.Unlock()
	f := &w.host
	if f.struck && f.kills() {
		return // a host that was killed does nothing
	}
	kind := plan.TypeOf(e.Message)
	is := lineFault{kind: "request"}.is(kind)
	f.came = f.came || f.action != "" && is && !e.Sent
	strikes := f.action == hostKilledBefore && is && !e.Sent || f.action == hostKilledAfter && e.Sent && lineFault{kind: "answer"}.is(kind)
	if !strikes || f.action == hostKilledBefore {
		w.timeline.Message(e)
	}
	if !strikes {
		return
	}
	f.struck, f.err = true, copyFolderFiles(w.path(killedFolder), w.path(bankFolder))
	what := "the host is killed before it has written down its decision"
	if f.action == hostKilledAfter {
		what = "the host is killed when it has written down its decision, before it answers"
	}
	w.timeline.Strike(kind, what, "killed")
	w.till.line.die()
}

// kills reports whether the host ends.
func (f hostFault) kills() bool { return f.action == hostKilledBefore || f.action == hostKilledAfter }

// revive starts a host again that was killed, or had no room on its disk.
func (w *World) revive() error {
	w.hostMu.Lock()
	f := w.host
	if !f.struck || f.action == hostSlow {
		w.host = hostFault{}
	}
	w.hostMu.Unlock()
	switch {
	case f.action == "":
		return nil
	case !f.struck:
		return fmt.Errorf("no request came at which `%s` could strike the host", f.action)
	case f.err != nil || f.action == hostSlow:
		return f.err
	}
	return w.restartIssuer(func() error {
		w.hostMu.Lock()
		defer w.hostMu.Unlock()
		w.host = hostFault{}
		if !f.kills() {
			return nil
		}
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
