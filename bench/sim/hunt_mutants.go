//go:build mutants

package sim

import (
	"context"

	"github.com/f510b0cf/till/bench/sim/mutants"
	"github.com/f510b0cf/till/bench/sim/mutants/chosen"
)

// Mistaken reports whether this program was built with mistakes.
const Mistaken = true

// Hunt makes one mistake after the other and tells how each was found.
func Hunt(ctx context.Context, o Options, told func(Caught)) error {
	defer chosen.Set("")
	for _, m := range mutants.All() {
		if err := ctx.Err(); err != nil {
			return err
		}
		chosen.Set(m.Name)
		told(hunt(ctx, o, m))
	}
	return nil
}
