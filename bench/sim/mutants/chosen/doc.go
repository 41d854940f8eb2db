// Package chosen says which seeded mistake is made. The sources that bench/sim/mutants
// alters ask it, and it is there under the build tag mutants alone: a program that is
// built without has neither the mistakes nor a switch for them.
package chosen
