// Package message turns the messages between terminal and issuer into bytes and
// back: ISO 8583 with typed structs. It is the one package that both ends share.
//
// A Dialect says how messages look: which data elements there are, how each lies
// in the bytes and which a message of each kind must or may have. It is a table;
// what an element means lies in the structs. docs/messages.md has the tables.
//
// Unpack is strict. An element that the kind of message does not have, one that
// is missing, a wrong length, a digit that is none, a date that does not exist
// and bytes left over are errors. Each names the data element, holds no data and
// wraps emv.ErrMalformed.
//
// # Caveats
//
// A packed message holds account number and track 2 in clear, as it travels; its
// bytes do not belong in a log. Describe masks what must not be shown.
package message
