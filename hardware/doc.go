// Package hardware is the floor of cards and readers: what passes APDUs between
// a terminal and a chip, real or emulated.
package hardware
