// Package cryptogram computes and checks the cryptograms by which card and
// issuer know each other: the application cryptogram (ARQC, TC, AAC) and the
// answer to it (ARPC), with the derivation of their keys. EMV Book 2, 8 and
// Annex A1.
//
// What differs between schemes and cryptogram versions is a row of one table,
// see Profile; the code is the same for all.
//
// We know of no published cryptogram of American Express with its key, so the row
// amex-style is our own choice and claims no conformance.
package cryptogram
