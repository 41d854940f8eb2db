// Package card is an emulated chip card: it runs from a personalised image,
// answers commands as EMV Book 3 has them, and keeps what a chip keeps through a
// loss of power at any instant.
//
// What a card remembers (ATC, PIN, PIN try counter, offline counters, the evidence
// of issuer scripts, what scripts have written, the transaction log) is one small
// state. A change of it is one record of a journal over a Medium, so it happens as
// a whole or not at all, and it is on the medium before the card answers. What
// belongs to one insertion alone is the session that PowerOn starts. docs/card.md
// says which bit of the CVR is set and cleared when, and how the card decides.
//
// Schemes differ by the rows of emv/cryptogram and emv/script that an image
// names and by its data, never by code. Package cardtest makes a card from a
// profile in one call.
//
// # Caveats
//
// The journal is appended to, and replaced by its image and its latest state when
// it would get longer than 256 KiB. Until then earlier PINs stay in it, sealed like
// the present one.
//
// Nothing in the memory itself shows that it was put back to an older copy. The
// issuer sees that by the ATC.
package card
