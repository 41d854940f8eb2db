// Package card is an emulated chip card: it runs from a personalised image,
// answers commands as EMV Book 3 has them, and keeps what a chip keeps through a
// loss of power at any instant.
//
// What a card remembers (ATC, PIN, PIN try counter, the evidence of issuer
// scripts) is one small state. A change of it is one record of a journal over a
// Medium, so it happens as a whole or not at all, and it is on the medium before
// the card answers. What belongs to one insertion alone is the session that
// PowerOn starts. docs/card.md says which bit of the CVR is set and cleared when.
//
// Schemes differ by the rows of emv/cryptogram and emv/script that an image
// names and by its data, never by code.
//
// # Caveats
//
// The journal is only ever appended to. A transaction with a PIN and a script
// adds about 500 bytes, so a card that reaches the end of its ATC has some 30 MB;
// at 64 MiB it takes no more changes and answers 6581. Earlier PINs stay in it,
// sealed like the present one, until the memory is erased as a whole.
//
// Nothing in the memory itself shows that it was put back to an older copy. The
// issuer sees that by the ATC.
//
// There is no card risk management of its own (velocity, offline amounts), and
// APPLICATION BLOCK, APPLICATION UNBLOCK, CARD BLOCK, PUT DATA and UPDATE RECORD
// answer 6D00. Issuer application data is written in the Visa layout alone.
package card
