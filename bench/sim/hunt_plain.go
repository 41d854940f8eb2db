//go:build !mutants

package sim

import "context"

// Mistaken reports whether this program was built with mistakes.
const Mistaken = false

// Hunt makes one mistake after the other, those of that name or all, and tells how each
// was found. A program that was built without them returns ErrNoMistakes.
func Hunt(context.Context, Options, []string, func(Caught)) error { return ErrNoMistakes }
