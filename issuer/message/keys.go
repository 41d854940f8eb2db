package message

import (
	"crypto/hmac"
	"crypto/sha256"
	"fmt"

	"github.com/f510b0cf/till/emv/secret"
)

// MatchKey are the elements by which a response finds its request on a link: DE
// 7, 11, 32 and 41. A STAN alone collides between terminals.
type MatchKey struct {
	Transmission         TransmissionDateTime
	STAN                 uint32
	AcquiringInstitution string
	Terminal             string
}

// MatchKey returns the key of a request, which is that of its response.
func (h *Header) MatchKey() MatchKey {
	return MatchKey{h.Transmission, h.STAN, h.AcquiringInstitution, h.Terminal}
}

// DuplicateKey are the elements that a message has in common with its repeats
// and with no other: what it is for, DE 11, 12, 32, 41 and 42. Whether one with
// the same key is a repeat, Digest tells.
type DuplicateKey struct {
	Kind                 Kind
	STAN                 uint32
	Local                LocalDateTime
	AcquiringInstitution string
	Terminal             string
	CardAcceptor         string
}

// DuplicateKeyOf returns the key of a request or an advice.
func DuplicateKeyOf(m Message) DuplicateKey {
	h := m.Head()
	return DuplicateKey{m.Kind(), h.STAN, h.Local, h.AcquiringInstitution, h.Terminal, h.CardAcceptor}
}

// digestKeyMin is the shortest key of a digest, in bytes.
const digestKeyMin = 16

// Digest returns what tells a repeat from another message with the same
// DuplicateKey: HMAC-SHA-256 of the message without the digit of a repeat,
// transmission time (DE 7) and MAC (DE 64, 128). key is a secret of at least 16
// bytes that one installation never changes: without one the digest would give
// the account number away to whoever tries all of them; it panics where the key
// is shorter. The error is that of Pack where an element is missing.
func (d *Dialect) Digest(m Message, key secret.Value) (digest [sha256.Size]byte, err error) {
	if key.Len() < digestKeyMin {
		panic(fmt.Sprintf("message: digest under a key of %d bytes, want %d", key.Len(), digestKeyMin))
	}
	b, err := d.pack(m, false, coder{skip: elements(7, 64, 128), trusting: true})
	if err != nil {
		return digest, fmt.Errorf("digest %s: %w", m.Kind(), err)
	}
	defer secret.Wipe(b)
	key.Open(func(clear []byte) {
		mac := hmac.New(sha256.New, clear)
		mac.Write(b)
		mac.Sum(digest[:0])
	})
	return digest, nil
}
