package oda

import (
	"crypto/sha1"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/account"
)

// Hash is a result of SHA-1. EMV Book 2, B3.1.
type Hash [sha1.Size]byte

// RID is the registered application provider identifier: the first five bytes
// of an AID. EMV Book 1, 12.2.1.
type RID [5]byte

// String returns the RID as upper-case hexadecimal digits.
func (r RID) String() string { return strings.ToUpper(hex.EncodeToString(r[:])) }

// CAPublicKey is a certification authority public key: the root that a terminal
// trusts for the cards of one RID. A card names it by its index (tag 8F).
type CAPublicKey struct {
	RID    RID
	Index  byte
	Key    PublicKey
	Expiry account.Expiry // last month of use; zero where there is none
}

// CheckSum returns the check sum that is published with the key: SHA-1 over
// RID, index, modulus and exponent. EMV Book 2, 11.2.2 (from memory).
func (k CAPublicKey) CheckSum() Hash {
	h := sha1.New()
	h.Write(k.RID[:])
	h.Write([]byte{k.Index})
	h.Write(k.Key.Modulus())
	h.Write(k.Key.Exponent())
	return Hash(h.Sum(nil))
}

// Verify compares the check sum with the published one; a difference is
// emv.ErrBadHash.
func (k CAPublicKey) Verify(published Hash) error {
	if k.CheckSum() != published {
		return fmt.Errorf("verify CA public key %s %02X: check sum differs: %w", k.RID, k.Index, emv.ErrBadHash)
	}
	return nil
}

// Expired reports whether the key has an expiration date and it lies before d.
func (k CAPublicKey) Expired(d emv.Date) bool {
	return k.Expiry != account.Expiry{} && endsBefore(k.Expiry, d)
}

// CAPublicKeys is a set of keys, found by RID and index. The zero value is
// empty.
type CAPublicKeys struct {
	keys map[caPublicKeyName]CAPublicKey
}

// caPublicKeyName is what a card knows of its root.
type caPublicKeyName struct {
	rid   RID
	index byte
}

// NewCAPublicKeys returns the set of the keys. Two of the same RID and index are
// an error.
func NewCAPublicKeys(keys ...CAPublicKey) (CAPublicKeys, error) {
	set := CAPublicKeys{keys: make(map[caPublicKeyName]CAPublicKey, len(keys))}
	for _, k := range keys {
		name := caPublicKeyName{k.RID, k.Index}
		if _, ok := set.keys[name]; ok {
			return CAPublicKeys{}, fmt.Errorf("collect CA public keys: %s %02X is there twice", k.RID, k.Index)
		}
		set.keys[name] = k
	}
	return set, nil
}

// Lookup finds a key by RID and index.
func (s CAPublicKeys) Lookup(rid RID, index byte) (CAPublicKey, bool) {
	k, ok := s.keys[caPublicKeyName{rid, index}]
	return k, ok
}

// Len returns the number of keys.
func (s CAPublicKeys) Len() int { return len(s.keys) }
