package story

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"
)

// shownMax bounds what is told of leaks.
const shownMax = 3

func scan(_ context.Context, w *World, args Args) (Result, error) {
	if _, _, err := args.take(0); err != nil {
		return Result{}, err
	}
	var found []string
	files := 0
	for _, folder := range []string{bankFolder, cardFolder, terminalFolder, logFolder} {
		s, err := w.secrets.Scan(w.path(folder))
		if err != nil {
			return Result{}, fmt.Errorf("scan: %w", err)
		}
		found, files = append(found, s.Found...), files+s.Files
	}
	travelled, err := w.written()
	if err != nil {
		return Result{}, fmt.Errorf("scan: %w", err)
	}
	for _, trace := range w.secrets.Traces(travelled) {
		found = append(found, "timeline: "+trace)
	}
	if len(found) > 0 {
		return Result{}, fmt.Errorf("expected no secret in what was written, came %d, such as %s", len(found), strings.Join(found[:min(shownMax, len(found))], "; "))
	}
	return Result{
		Means:  fmt.Sprintf("none of %d secrets in %d files", w.secrets.Len(), files),
		Detail: map[string]any{"secrets": w.secrets.Len(), "files": files, "found": 0},
	}, nil
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
