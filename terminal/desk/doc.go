// Package desk takes payments at a terminal one after the other, for those who can not
// stand beside it: each is known by a key of who asks for it, can be followed event by
// event and called off until the card has been asked for its cryptogram, and stands in
// the terminal's journal, so that a terminal that dies knows after its restart how the
// payment ended.
//
// # Caveats
//
// A key is remembered as long as its payment is kept, which is for the newest
// journal.PaymentsMax payments. The events of a payment live in memory: after a restart
// there is its end alone.
package desk
