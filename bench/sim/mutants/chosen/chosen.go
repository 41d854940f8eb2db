//go:build mutants

package chosen

import "sync/atomic"

var name atomic.Pointer[string]

// Set makes the mistake of that name from now on, and no other; empty is none.
func Set(mistake string) { name.Store(&mistake) }

// Is reports whether the mistake of that name is made.
func Is(mistake string) bool {
	n := name.Load()
	return n != nil && *n == mistake
}
