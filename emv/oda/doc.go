// Package oda is offline data authentication by RSA: the recovery and the
// verification of certificates and signed data as a terminal does it (SDA, DDA,
// CDA), their making for our own cards, PIN encipherment, certification
// authority public keys, and the generation of EMV keys. EMV Book 2, 5 (SDA), 6
// (DDA and CDA), 7 (PIN encipherment), Annex A2.1 and B2.1 (signature scheme and
// RSA).
//
// The hash is SHA-1 and the signature scheme recovers its message: EMV has them
// so. They are of no use for anything else.
//
// A failed check wraps the emv.Failure that names its class; a data object that
// the card did not give is a MissingError.
//
// # Caveats
//
// Private operations are not blinded and math/big does not run in constant time:
// keep the keys to test cards. Numbers derived from a private key lie on the
// heap until the garbage collector takes them.
package oda
