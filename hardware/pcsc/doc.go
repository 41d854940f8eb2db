// Package pcsc reads cards in PC/SC readers: real ones, and virtual ones of package
// vpcd.
//
// It is built with the tag pcsc, which needs the library of the PC/SC daemon; without
// the tag every call returns ErrNotBuilt. docs/hardware.md has the set-up.
//
// Caveats: a command that the card does not answer can not be called off. Where its
// time is up, the session is given up, and the next one begins when the reader has
// let go of the old one. The library has one buffer for each name of a reader, so
// waits for the same reader take turns.
package pcsc
