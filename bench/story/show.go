package story

import (
	"bytes"
	"context"
	"fmt"
	"strings"
)

func show(ctx context.Context, w *World, args Args) (Result, error) {
	lines, err := w.shown(ctx, args)
	return Result{Lines: lines}, err
}

// shown returns the lines that `show` tells.
func (w *World) shown(ctx context.Context, args Args) ([]string, error) {
	if len(args) == 1 && args[0] == "receipt" {
		return w.receiptLines()
	}
	all := Expectations()
	for _, e := range all {
		if len(args) > 0 && args[0] == e.Name {
			came, _, err := e.came(ctx, w, args[1:])
			if err != nil {
				return nil, fmt.Errorf("%s: %w", e.Name, err)
			}
			return strings.Split(came, "; "), nil
		}
	}
	return nil, fmt.Errorf("%w: want receipt, or what `expect` knows%s", errArguments, hintExpectation(args, all))
}

// receiptLines returns the receipt of the last purchase, but for its time and
// cryptogram.
func (w *World) receiptLines() ([]string, error) {
	if w.last.receipt == nil {
		return nil, errNoPurchase
	}
	var text bytes.Buffer
	if err := w.last.receipt.WriteText(&text); err != nil {
		return nil, err
	}
	var lines []string
	for line := range strings.Lines(text.String()) {
		line = strings.TrimRight(line, " \n")
		if line != "" && !strings.HasPrefix(line, "time ") && !strings.HasPrefix(line, "cryptogram ") {
			lines = append(lines, line)
		}
	}
	return lines, nil
}

// transcript tells what a purchase came to: outcome, verification, TVR, what
// travelled, and how chip and issuer stand.
func (w *World) transcript(ctx context.Context, h *holder, means string) ([]string, error) {
	if w.last.killed {
		return w.standing(ctx, h, []string{means})
	}
	r := w.last.receipt.Result
	lines := []string{
		means,
		fmt.Sprintf("  cardholder  %s (%X)", w.last.receipt.Verification(), r.CVMResults[:]),
		strings.TrimRight(fmt.Sprintf("  TVR         %s %s", r.TVR, strings.Join(r.TVR.Names(), ", ")), " "),
	}
	_, script, err := cameScript(ctx, w, nil)
	if err != nil {
		return nil, err
	}
	if r.ARC != 0 {
		lines = append(lines, fmt.Sprintf("  ARC         %s, %s", r.ARC, script))
	}
	return w.standing(ctx, h, lines)
}

// standing adds to lines what travelled, and how chip and issuer stand.
func (w *World) standing(ctx context.Context, h *holder, lines []string) ([]string, error) {
	travelled, err := w.travelled(w.last.from, Result{})
	if err != nil {
		return nil, err
	}
	lines = append(lines, "  travelled   "+travelled)
	if h == nil {
		return lines, nil
	}
	state, err := w.state(ctx, h)
	if err != nil {
		return nil, err
	}
	return append(lines,
		"  chip        "+state.chip(),
		"  issuer      PIN "+state.Phase,
	), nil
}
