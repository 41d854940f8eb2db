package sim

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/f510b0cf/till/bench/canary"
	"github.com/f510b0cf/till/emv/random"
)

// nothingInClear is I12. It looks at what outlives a run, where Config.Scan asks for
// that.
func nothingInClear(w *world, s step) error {
	if s.end == nil || !w.config.Scan {
		return nil
	}
	secrets, err := w.secrets()
	if err != nil {
		return err
	}
	var written bytes.Buffer
	if err := w.dump(&written); err != nil {
		return err
	}
	if found := secrets.Traces(written.Bytes()); len(found) > 0 {
		return fmt.Errorf("found in clear: %s", strings.Join(found, ", "))
	}
	return nil
}

// secrets are those of a run. The digits of a PIN alone come up by chance in what is
// sealed: its blocks are looked for.
func (w *world) secrets() (*canary.Set, error) {
	secrets := &canary.Set{}
	if err := secrets.AddIssuerKeys(random.Seeded(templateSeed)); err != nil {
		return nil, err
	}
	secrets.AddKey("storage key", w.template.storage)
	w.template.pan.Open(func(digits []byte) { secrets.Add("account number", digits) })
	var pins canary.Set
	for g, p := range w.holder.pins {
		if err := pins.AddPIN(fmt.Sprintf("PIN %d", g), p, w.template.pan); err != nil {
			return nil, err
		}
	}
	pins.Each(func(name string, clear []byte) {
		if len(clear) > pinDigits {
			secrets.Add(name, clear)
		}
	})
	for n, t := range w.template.terminals {
		secrets.AddKey(fmt.Sprintf("initial key of terminal %d", n+1), t.initial)
	}
	return secrets, nil
}

// pinDigits is the length of the PINs that holders choose.
const pinDigits = 4

// dump writes all that outlives a run: what the terminals, the card and the issuer have
// written down, and the trace.
func (w *world) dump(to io.Writer) error {
	for _, t := range w.tills {
		if _, err := t.memory.WriteTo(to); err != nil {
			return err
		}
	}
	size, err := w.chip.memory.Size()
	if err != nil {
		return err
	}
	if _, err := io.Copy(to, io.NewSectionReader(w.chip.memory, 0, size)); err != nil {
		return err
	}
	ctx := context.Background()
	for c, err := range w.store.Cards(ctx) {
		if err != nil {
			return err
		}
		fmt.Fprintf(to, "%s %s\n", c.Record.PAN, c.Record.LastFour)
		for _, p := range c.Record.PINs {
			fmt.Fprintf(to, "%s\n", p.Sealed)
		}
		for _, s := range c.Record.Sent {
			fmt.Fprintf(to, "%s\n", s.Sealed)
		}
	}
	for r, err := range w.store.Replies(ctx) {
		if err != nil {
			return err
		}
		fmt.Fprintf(to, "%s\n", r.Sealed)
	}
	for e, err := range w.store.Journal(ctx, 0) {
		if err != nil {
			return err
		}
		fmt.Fprintf(to, "%s %s %s\n", e.Kind, e.Actor, e.Detail)
	}
	_, err = io.WriteString(to, strings.Join(w.trace, "\n"))
	return err
}
