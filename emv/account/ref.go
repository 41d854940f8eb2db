package account

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"sync"

	"github.com/f510b0cf/till/emv/secret"
)

// Ref stands for an account where its PAN must not appear: in maps, logs and
// stores. It is a keyed hash, so that nobody without the key finds the PAN by
// trying all of them. It may be printed.
type Ref [16]byte

// refLabel separates this use of the key from any other.
const refLabel = "till account reference 1"

// refKeyBytesMin is the length, in bytes, of the shortest key of references.
const refKeyBytesMin = 16

// NewRef returns the reference of a PAN and its sequence number under key, as Refs
// does.
func NewRef(key secret.Value, pan PAN, n SequenceNumber) Ref { return NewRefs(key).Ref(pan, n) }

// Refs makes references under one key: who makes many works the key out once. It is
// safe for concurrent use.
type Refs struct {
	secret.Opaque
	macs *sync.Pool // of keyed hashes that are not in use
}

// NewRefs returns what makes references under key, a secret of at least 16 bytes that
// one installation never changes. It panics where the key is shorter, since a
// reference without a key gives the PAN away.
func NewRefs(key secret.Value) Refs {
	if key.Len() < refKeyBytesMin {
		panic(fmt.Sprintf("account: reference under a key of %d bytes, want at least %d", key.Len(), refKeyBytesMin))
	}
	return Refs{macs: &sync.Pool{New: func() any {
		var mac hash.Hash
		key.Open(func(k []byte) { mac = hmac.New(sha256.New, k) })
		return mac
	}}}
}

// Ref returns the reference of a PAN and its sequence number: the first 16 bytes of
// HMAC-SHA-256 over a label, the digits, "/" and the sequence number as one BCD byte.
func (r Refs) Ref(pan PAN, n SequenceNumber) Ref {
	mac, _ := r.macs.Get().(hash.Hash) // nothing else is in the pool
	defer r.macs.Put(mac)
	mac.Reset()
	var content [len(refLabel) + panDigitsMax + 2]byte
	defer secret.Wipe(content[:])
	b := append(content[:0], refLabel...)
	pan.Open(func(digits []byte) { b = append(b, digits...) })
	mac.Write(append(b, '/', n.BCD()))
	var sum [sha256.Size]byte
	return Ref(mac.Sum(sum[:0])[:len(Ref{})])
}

// String returns the reference as lower-case hexadecimal digits.
func (r Ref) String() string { return hex.EncodeToString(r[:]) }

// MarshalText returns what String does.
func (r Ref) MarshalText() ([]byte, error) { return []byte(r.String()), nil }
