package story

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/f510b0cf/till/issuer"
	"github.com/f510b0cf/till/issuer/hsm"
	"github.com/f510b0cf/till/issuer/message"
	"github.com/f510b0cf/till/issuer/pinlife"
)

// defaultTerminal is the terminal profile of stories that name none.
const defaultTerminal = "demo"

// openOptions reads the options of `open` and returns the terminal profile.
func (w *World) openOptions(args Args) (terminal string, err error) {
	_, options, err := args.take(0, "online-pin", "template", "require-old-pin", "deliver-on-decline", "attempts", "current-pin", "terminal", "dialect", "care")
	if err != nil {
		return "", err
	}
	terminal, w.policy = defaultTerminal, pinlife.DefaultPolicy()
	for name, value := range options {
		switch name {
		case "terminal":
			terminal = value
		case "dialect":
			if w.dialect, err = message.Named(value); err == nil {
				w.timeline.Read(w.dialect)
			}
		case "care":
			w.care, err = strconv.ParseBool(value)
		default:
			err = setPolicy(&w.policy, name, value)
		}
		if err != nil {
			return "", fmt.Errorf("%s: %w", name, err)
		}
	}
	return terminal, w.policy.Validate()
}

// setPolicy sets a switch of the issuer's.
func setPolicy(p *pinlife.Policy, name, value string) (err error) {
	yes := func(to *bool) error {
		*to, err = strconv.ParseBool(value)
		if err != nil {
			return errors.New("want true or false")
		}
		return nil
	}
	switch name {
	case "online-pin":
		switch value {
		case pinlife.OnCommit.String():
			p.OnlinePINEffective = pinlife.OnCommit
		case pinlife.Immediate.String():
			p.OnlinePINEffective = pinlife.Immediate
		default:
			return errors.New("want on_commit or immediate")
		}
	case "template":
		switch value {
		case "71":
			p.ScriptTemplate = pinlife.Template71
		case "72":
			p.ScriptTemplate = pinlife.Template72
		default:
			return errors.New("want 71 or 72")
		}
	case "attempts":
		n, err := strconv.ParseUint(value, 10, 8)
		p.AttemptsMax = uint8(n)
		if err != nil {
			return errors.New("want a number from 1 to 255")
		}
	case "require-old-pin":
		return yes(&p.RequireOldPIN)
	case "deliver-on-decline":
		return yes(&p.DeliverOnDecline)
	case "current-pin":
		return yes(&p.CurrentPIN)
	}
	return nil
}

func setLine(ctx context.Context, w *World, args Args) (Result, error) {
	if err := w.opened(); err != nil {
		return Result{}, err
	}
	if len(args) != 1 || args[0] != "down" && args[0] != "up" {
		return Result{}, fmt.Errorf("%w: want down or up", errArguments)
	}
	w.timeline.Fault("the line is " + args[0])
	if args[0] == "down" {
		w.till.line.set(true)
		return Result{}, nil
	}
	w.till.line.mend()
	w.till.line.set(false)
	return Result{}, w.calm(ctx)
}

func restart(ctx context.Context, w *World, args Args) (Result, error) {
	if err := w.opened(); err != nil {
		return Result{}, err
	}
	switch {
	case len(args) == 1 && args[0] == "host":
		return Result{}, w.restartIssuer(func() error { return nil })
	case len(args) == 1 && args[0] == "terminal":
		if err := w.till.stop(); err != nil {
			return Result{}, err
		}
		return Result{}, w.startTill(w.till)
	}
	return Result{}, fmt.Errorf("%w: want host or terminal", errArguments)
}

// keyKinds are the kinds of keys that rotate while cards and terminals have the old ones.
func keyKinds() []string {
	var names []string
	for _, k := range []hsm.KeyKind{hsm.StorageKeys, hsm.PINKeys, hsm.DataKeys, hsm.MasterKeys, hsm.BaseTDES, hsm.BaseAES} {
		names = append(names, string(k))
	}
	return names
}

func rotateKeys(_ context.Context, w *World, args Args) (Result, error) {
	if err := w.opened(); err != nil {
		return Result{}, err
	}
	if len(args) != 1 || !slices.Contains(keyKinds(), args[0]) {
		return Result{}, fmt.Errorf("%w: want one of %s", errArguments, strings.Join(keyKinds(), ", "))
	}
	return Result{}, w.restartIssuer(func() error {
		_, err := issuer.RotateKeys(w.path(bankFolder), hsm.KEK{File: w.path(keyFile)}, hsm.KeyKind(args[0]), nil)
		return err
	})
}

func changeTerminal(_ context.Context, w *World, args Args) (Result, error) {
	if err := w.opened(); err != nil {
		return Result{}, err
	}
	words, _, err := args.take(1)
	if err != nil {
		return Result{}, err
	}
	return Result{}, w.useTill(words[0])
}

// advanceMax bounds how far one line moves the clock on.
const advanceMax = 10 * 365 * 24 * time.Hour

func advance(_ context.Context, w *World, args Args) (Result, error) {
	words, _, err := args.take(1)
	if err != nil {
		return Result{}, err
	}
	d, err := time.ParseDuration(words[0])
	if err != nil || d < 0 || d > advanceMax {
		return Result{}, fmt.Errorf("%w: want a duration up to ten years, such as 90s, 36h or 720h", errArguments)
	}
	w.clock.Advance(d)
	return Result{}, nil
}

// backupFile is the name of the issuer's backup.
const backupFile = "issuer.backup"

// copied reads whose copy is meant, "" is the host's, and returns where it lies.
func (w *World) copied(args Args) (h *holder, path string, err error) {
	switch {
	case len(args) == 1 && args[0] == "host":
		return nil, w.path(copyFolder, backupFile), w.opened()
	case len(args) == 2 && args[0] == "card":
		if h, err = w.person(args[1]); err != nil {
			return nil, "", err
		}
		return h, w.path(copyFolder, h.handout.CardFile), nil
	}
	return nil, "", fmt.Errorf("%w: want host, or card with a name", errArguments)
}

func backup(ctx context.Context, w *World, args Args) (Result, error) {
	h, path, err := w.copied(args)
	if err != nil {
		return Result{}, err
	}
	if h != nil {
		return Result{}, copyFile(path, w.path(cardFolder, h.handout.CardFile))
	}
	return Result{}, w.restartIssuer(func() error {
		_, err := issuer.SaveBackup(path, func(to io.Writer) error { return issuer.Backup(ctx, w.path(bankFolder), to) })
		return err
	})
}

func restore(ctx context.Context, w *World, args Args) (Result, error) {
	h, path, err := w.copied(args)
	if err != nil {
		return Result{}, err
	}
	if h != nil {
		return Result{}, copyFile(w.path(cardFolder, h.handout.CardFile), path)
	}
	err = w.restartIssuer(func() error {
		if err := os.RemoveAll(w.path(bankFolder)); err != nil {
			return err
		}
		_, err := issuer.Restore(ctx, issuer.Restoration{Data: w.path(bankFolder), KEK: hsm.KEK{File: w.path(keyFile)}, From: path, Now: w.clock})
		return err
	})
	for _, name := range w.names() { // sessions have ended
		if err == nil {
			err = w.logIn(ctx, w.people[name])
		}
	}
	return Result{}, err
}
