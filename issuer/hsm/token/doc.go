// Package token keeps the key-encryption key of an issuer in a token that speaks
// PKCS#11 2.40: an AES key that is made in the token, is not extractable, and wraps the
// key of the key file by CKM_AES_GCM.
//
// It is built with the tag pkcs11, which needs cgo; without the tag New returns
// ErrNotBuilt. The library of the token is loaded when it is used.
//
// # Caveats
//
// The token holds the key-encryption key and no other. The keys of the issuer lie in
// the memory of its process while it runs, as with a file: who has the process needs no
// token. The PIN of the token passes the library as a string that nothing wipes.
package token
