// Package issuertest is both ends of the line for tests of the issuer: an issuer's
// store and keys with cards in them, and chips with their terminals as far as
// messages show them. The chip keeps the record that docs/pin-lifecycle.md, section
// 4, describes; its cryptograms are real. It is no card: hardware/card is one.
package issuertest
