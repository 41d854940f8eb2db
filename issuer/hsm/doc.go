// Package hsm is the issuer's security module: the only part of the issuer that
// holds keys and sees clear PINs. Others hand it sealed values and messages, and
// get verdicts, cryptograms, script templates and sealed values back.
//
// Software keeps its keys in a file that is sealed under a key-encryption key: one in
// another file, one made of a passphrase, or one in a token (package token). Nothing in its methods hands out a key that a hardware module
// would not hand out too, but for Personalise and the initial keys of terminals,
// which are what a personalisation bureau gets.
//
// # Caveats
//
// Clear PINs and keys lie on the heap of the process while they are used; SECURITY.md
// says what is protected and what is not.
package hsm
