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

// keyContentBytes is room for the fields of most keys.
const keyContentBytes = 192

// NewKey returns the key of the fields by which a message is matched: the first
// 16 bytes of SHA-256 over the fields, each behind its length.
func NewKey(fields ...string) (k Key) {
	content := make([]byte, 0, keyContentBytes)
	for _, f := range fields {
		content = append(binary.BigEndian.AppendUint32(content, uint32(len(f))), f...)
	}
	hash := sha256.Sum256(content)
	return Key(hash[:len(k)])
}

// String returns lower-case hexadecimal digits.
func (k Key) String() string { return hex.EncodeToString(k[:]) }
