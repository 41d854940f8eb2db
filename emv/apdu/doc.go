// Package apdu holds the words that a terminal and a card exchange: command and
// response APDUs of ISO/IEC 7816-4 in their short form, status words, the
// commands of EMV Book 3, section 6.5, and the procedure by which a card hands
// over its answer in parts (61xx) or asks for another length (6Cxx).
//
// # Caveats
//
// The data of VERIFY is a clear or an enciphered PIN block in a plain byte
// slice, since that is what travels to the card. Whoever builds or parses such a
// command wipes its data and its encoding after use; Sensitive tells which
// commands these are. Command.Format keeps the data out of most of what is
// printed, by accident or in a log, but not out of everything: keep a command
// that is Sensitive out of structs that are printed, and of test assertions.
package apdu
