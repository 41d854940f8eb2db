package member

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strings"

	"golang.org/x/crypto/argon2"
)

// Hash is a password hash with the parameters that it was made with, so that those
// of new ones can change. It prints nothing of itself; Encode writes it for
// storage. The zero Hash has no password.
type Hash struct {
	memory    uint32 // KiB
	passes    uint32
	lanes     uint8
	salt, sum []byte
}

// The bounds of parameters that are read, so that a damaged hash does not take
// all the memory there is.
const (
	memoryMaxKiB = 1 << 20
	passesMax    = 1 << 10
	lanesMax     = 64
	partMax      = 64 // bytes of salt and sum
	saltMin      = 8
	sumMin       = 16
)

var errHash = errors.New("not a hash of argon2id, or one out of bounds")

// IsZero reports whether h is no hash.
func (h Hash) IsZero() bool { return len(h.sum) == 0 }

// Encode returns the hash in the string form of the PHC format,
// "$argon2id$v=19$m=19456,t=2,p=1$salt$sum", and nothing for the zero Hash.
func (h Hash) Encode() string {
	if h.IsZero() {
		return ""
	}
	b64 := base64.RawStdEncoding
	return fmt.Sprintf(hashForm+"%s$%s", argon2.Version, h.memory, h.passes, h.lanes, b64.EncodeToString(h.salt), b64.EncodeToString(h.sum))
}

// hashForm is the head of the PHC form.
const hashForm = "$argon2id$v=%d$m=%d,t=%d,p=%d$"

// ParseHash reads what Encode wrote.
func ParseHash(s string) (h Hash, err error) {
	if s == "" {
		return Hash{}, nil
	}
	var version int
	parts := strings.Split(s, "$")
	if len(parts) != 6 {
		return Hash{}, fmt.Errorf("read password hash: %w", errHash)
	}
	_, formErr := fmt.Sscanf(s, hashForm, &version, &h.memory, &h.passes, &h.lanes)
	var saltErr, sumErr error
	h.salt, saltErr = base64.RawStdEncoding.Strict().DecodeString(parts[4])
	h.sum, sumErr = base64.RawStdEncoding.Strict().DecodeString(parts[5])
	if errors.Join(formErr, saltErr, sumErr) != nil || version != argon2.Version || !h.bounded() || h.Encode() != s {
		return Hash{}, fmt.Errorf("read password hash: %w", errHash)
	}
	return h, nil
}

// bounded reports whether the parameters are such as argon2 takes and the machine
// can bear. RFC 9106, 3.1: memory is at least 8 KiB for each lane.
func (h Hash) bounded() bool {
	return h.lanes >= 1 && h.lanes <= lanesMax &&
		h.passes >= 1 && h.passes <= passesMax &&
		h.memory >= 8*uint32(h.lanes) && h.memory <= memoryMaxKiB &&
		len(h.salt) >= saltMin && len(h.salt) <= partMax &&
		len(h.sum) >= sumMin && len(h.sum) <= partMax
}

const redactedHash = "[password hash]"

// Format prints "[password hash]" for every verb of package fmt.
func (h Hash) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redactedHash) }

// MarshalText returns "[password hash]".
func (h Hash) MarshalText() ([]byte, error) { return []byte(redactedHash), nil }

// GobEncode refuses: Encode is for storage.
func (h Hash) GobEncode() ([]byte, error) { return nil, errors.New("password hash is not for gob") }
