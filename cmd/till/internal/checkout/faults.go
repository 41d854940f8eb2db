package checkout

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/f510b0cf/till/cmd/till/internal/cli"
	"github.com/f510b0cf/till/hardware/fault"
)

// faultFlag is one thing that is to go wrong between terminal and card.
type faultFlag struct{ fault.Fault }

// UnmarshalText reads a line of a plan. What may be a PIN or a key that was typed
// in the wrong place is not repeated.
func (f *faultFlag) UnmarshalText(text []byte) error {
	one, err := fault.Parse(string(text))
	switch {
	case err == nil:
		f.Fault = one
		return nil
	case slices.ContainsFunc(strings.Fields(string(text)), func(word string) bool { return !cli.Speakable(word) }):
		return cli.Complaint("want a fault such as \"pull before GENERATE_AC 2\": docs/faults.md has them all")
	}
	return cli.Complaint(err.Error() + ": want one such as \"pull before GENERATE_AC 2\"")
}

// injector returns what carries the faults out.
func (c *Point) injector() (*fault.Injector, error) {
	var plan fault.Plan
	for _, f := range c.Faults {
		plan = append(plan, f.Fault)
	}
	i, err := fault.New(fault.Config{Plan: plan})
	if err != nil {
		return nil, fmt.Errorf("--fault: %w", err)
	}
	return i, nil
}

// tellUnfired says which faults never struck: who meant to see one of them has
// not.
func tellUnfired(i *fault.Injector, w io.Writer) {
	for _, f := range i.Unfired() {
		fmt.Fprintf(w, "till: the fault %q did not strike: its command did not come\n", f)
	}
}
