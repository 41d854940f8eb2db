// Package authorization decides the messages of terminals: authorisation requests,
// advices and reversals, one message and one decision at a time. Each check has a
// file of its own; decision.run shows their order, and docs/host.md explains it.
//
// A message is decided on a snapshot of its card, with the hsm and outside any
// transaction; record, sealed answer and journal are then committed together, if
// the card is still as it was, or the message is decided again. The answer is
// returned once it is committed, so a sent script is known before a byte of it is
// out. A message that comes again gets the bytes of the first answer.
package authorization
