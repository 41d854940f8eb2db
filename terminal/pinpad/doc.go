// Package pinpad holds the ways in which a cardholder takes part in a
// transaction: at a tty, which does not echo the PIN; by a script, for tests and
// machines; and at a reader with a PIN pad of its own.
package pinpad
