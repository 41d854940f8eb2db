// Package journal is what a terminal must not forget when it loses its power:
// the messages that it owes the host or may come to owe, the numbers that it must
// not use twice, the keys of its PIN pad, and its last receipts.
//
// It is one bbolt file, or lies in the memory of a simulation. All values are sealed under a key that lies elsewhere,
// each for its own place in the file, so that nothing is clear in it, freed pages
// included, and no value can be moved to another place. What Update returned nil
// for is on the disk.
//
// # Caveats
//
// The sizes and the number of the values, and the schema version, can be read
// without the key. An older copy of the whole file opens like the newest: who puts
// one back makes the terminal use numbers and keys again.
package journal
