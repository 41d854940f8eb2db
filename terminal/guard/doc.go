// Package guard stands between a terminal and a card that may be somebody's own.
//
// A card that is not ours is read and taken through a transaction like any other,
// but no PIN is asked for, no VERIFY reaches it, and no issuer script does. A PIN
// may be used where its holder has said so by naming the card, though never the last
// try, and never where the card does not tell how many are left. Scripts go to cards
// whose keys were proven to be known. All of that is decided in Session.allows and
// enforced where commands leave the terminal, in the card that Session.Card returns;
// Session.Cardholder sees to it that nobody enters a PIN in vain.
//
// A card is ours where the reader holds emulated cards alone, or where its issuer
// certificate is signed by the till test CA for an account number in a test range:
// no card that anybody pays with has that. docs/checkout.md says so to users.
package guard
