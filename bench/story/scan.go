package story

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/f510b0cf/till/bench/canary"
)

// shownMax bounds what is told of leaks.
const shownMax = 3

func scan(ctx context.Context, w *World, args Args) (Result, error) {
	if _, _, err := args.take(0); err != nil {
		return Result{}, err
	}
	seen, err := w.look()
	if err == nil && len(seen.Found) == 0 && len(seen.Doubtful) > 0 {
		seen.Found, err = w.comeAgain(ctx, seen.Doubtful)
	}
	if err != nil {
		return Result{}, fmt.Errorf("scan: %w", err)
	}
	if n := len(seen.Found); n > 0 {
		return Result{}, fmt.Errorf("expected no secret in what was written, came %d, such as %s", n, strings.Join(seen.Found[:min(shownMax, n)], "; "))
	}
	return Result{
		Means:  fmt.Sprintf("none of %d secrets in %d files", w.secrets.Len(), seen.Files),
		Detail: map[string]any{"secrets": w.secrets.Len(), "files": seen.Files, "found": 0},
	}, nil
}

// look looks for secrets in all that was written. The timeline has no ciphertext of
// the store's: what shows there counts.
func (w *World) look() (all canary.Scan, err error) {
	for _, folder := range []string{bankFolder, cardFolder, terminalFolder, logFolder, copyFolder} {
		s, err := w.secrets.Scan(w.path(folder))
		if err != nil {
			return all, err
		}
		all.Files, all.Bytes = all.Files+s.Files, all.Bytes+s.Bytes
		all.Found, all.Doubtful = append(all.Found, s.Found...), append(all.Doubtful, s.Doubtful...)
	}
	travelled, err := w.written()
	for _, trace := range w.secrets.Traces(travelled) {
		all.Found = append(all.Found, "timeline: "+trace)
	}
	return all, err
}

// comeAgain plays the story up to now a second time, in a world of its own, and
// returns the doubtful traces that show there too. All is the same there but for the
// storage key and what is sealed under it: what a part writes down in clear comes
// again, and what ciphertext has by chance does not.
func (w *World) comeAgain(ctx context.Context, doubtful []string) (leaks []string, err error) {
	if w.foreign > 0 {
		return nil, fmt.Errorf("the story can not be played again with somebody's own card, to tell %s from chance", strings.Join(doubtful[:min(shownMax, len(doubtful))], "; "))
	}
	c := w.config
	c.Dir, c.Accept, c.Watch, c.RealTime, c.Socket = w.path(againFolder), true, false, false, nil
	if err := os.Mkdir(c.Dir, folderMode); err != nil {
		return nil, err
	}
	defer os.RemoveAll(c.Dir)
	again, err := New(c)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, again.Close()) }()
	quiet := func(Report) error { return nil }
	if err := again.Run(ctx, []Step{{Name: againFolder, Title: "The story again", Blocks: []Block{{Lines: w.played}}}}, quiet); err != nil {
		return nil, fmt.Errorf("play the story again, to tell %s from chance: %w", strings.Join(doubtful[:min(shownMax, len(doubtful))], "; "), err)
	}
	seen, err := again.look()
	return slices.DeleteFunc(doubtful, func(trace string) bool { return !slices.Contains(seen.Doubtful, trace) }), err
}

// written returns the timeline in both of its forms.
func (w *World) written() ([]byte, error) {
	var text bytes.Buffer
	if err := w.timeline.WriteText(&text); err != nil {
		return nil, err
	}
	encoded, err := json.Marshal(w.timeline)
	return append(text.Bytes(), encoded...), err
}
