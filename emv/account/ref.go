package account

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"

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

// NewRef returns the reference of a PAN and its sequence number under key, a
// secret of at least 16 bytes that one installation never changes: the first
// 16 bytes of HMAC-SHA-256 over a label, the digits, "/" and the sequence number
// as one BCD byte. It panics where the key is shorter, since a reference without
// a key gives the PAN away.
func NewRef(key secret.Value, pan PAN, n SequenceNumber) (r Ref) {
	if key.Len() < refKeyBytesMin {
		panic(fmt.Sprintf("account: reference under a key of %d bytes, want at least %d", key.Len(), refKeyBytesMin))
	}
	key.Open(func(k []byte) {
		mac := hmac.New(sha256.New, k)
		mac.Write([]byte(refLabel))
		pan.Open(func(digits []byte) { mac.Write(digits) })
		mac.Write([]byte{'/', n.BCD()})
		copy(r[:], mac.Sum(nil))
	})
	return r
}

// String returns the reference as lower-case hexadecimal digits.
func (r Ref) String() string { return hex.EncodeToString(r[:]) }

// MarshalText returns what String does.
func (r Ref) MarshalText() ([]byte, error) { return []byte(r.String()), nil }
