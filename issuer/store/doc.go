// Package store says what the issuer remembers and what a store must guarantee.
// Package bolt keeps it in a file, package mem in memory; package storetest has
// the conformance test that every store runs.
//
// Everything is found by account.Ref. What must not be read in a file lies in a
// Record, an Entry or a reply sealed by issuer/hsm: the store sees no PAN, PIN,
// PIN block or key, and has no key of its own.
//
// # Caveats
//
// A function given to Update may run more than once, and it runs where other
// updates wait for it: it decides from what the transaction shows and from its
// own arguments, and does nothing slow. Work of the hsm belongs between a View and
// an Update, with Record.Revision to tell whether the answer still holds.
package store
