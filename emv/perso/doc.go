// Package perso personalises cards: it makes a card image from a card profile, a
// text file, with the keys, the certificates, the records and the directories
// that the profile asks for, and checks images against the rules of EMV.
//
// Cards are signed by a test certification authority whose private keys anyone
// can derive from this package: a terminal that trusts it is a test terminal.
// The same profile, seed and date give the same card to the byte.
package perso
