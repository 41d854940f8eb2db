package store

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
)

// Key names a request within its account, so that the same one is known when it
// comes again.
type Key [16]byte

// ReplyMax bounds a sealed reply, in bytes.
const ReplyMax = 4096

// NewKey returns the key of the fields by which a message is matched: the first
// 16 bytes of SHA-256 over the fields, each behind its length.
func NewKey(fields ...string) (k Key) {
	h := sha256.New()
	for _, f := range fields {
		var n [4]byte
		binary.BigEndian.PutUint32(n[:], uint32(len(f)))
		h.Write(n[:])
		h.Write([]byte(f))
	}
	copy(k[:], h.Sum(nil))
	return k
}

// String returns lower-case hexadecimal digits.
func (k Key) String() string { return hex.EncodeToString(k[:]) }
