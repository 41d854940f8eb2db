//go:build mutants

package sim

import (
	"context"
	"slices"

	"github.com/f510b0cf/till/bench/sim/mutants"
	"github.com/f510b0cf/till/bench/sim/mutants/chosen"
)

// Mistaken reports whether this program was built with mistakes.
const Mistaken = true

// Hunt makes one mistake after the other, those of that name or all, and tells how each
// was found.
func Hunt(ctx context.Context, o Options, names []string, told func(Caught)) error {
	defer chosen.Set("")
	named, err := Scenarios()
	if err != nil {
		return err
	}
	for _, m := range mutants.All() {
		if err := ctx.Err(); err != nil {
			return err
		}
		if len(names) > 0 && !slices.Contains(names, m.Name) {
			continue
		}
		chosen.Set(m.Name)
		told(hunt(ctx, o, named, m))
	}
	return nil
}
