// Package random gives each component its own source of random bytes: the
// system's, or a stream that is derived from a seed and the component's name, so
// that a run can be repeated whatever the order in which components draw.
package random

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"io"
	"sync"
)

// streamLabel separates these streams from any other use of a seed.
const streamLabel = "till random stream 1"

// Source hands out random streams. The zero Source hands out the system's
// generator to everyone.
type Source struct {
	seeded bool
	seed   uint64
}

// Seeded returns a source whose streams depend on the seed and the component
// alone. Keys drawn from them are known to everyone who knows the seed: they are
// for repeatable tests.
func Seeded(seed uint64) Source { return Source{seeded: true, seed: seed} }

// Stream returns the source of a component, such as "terminal/kernel". Streams
// of one component start over at each call, so each component asks once. A
// stream may be read by several goroutines, but then who gets which bytes does
// not repeat.
func (s Source) Stream(component string) io.Reader {
	if !s.seeded {
		return rand.Reader
	}
	material := binary.BigEndian.AppendUint64([]byte(streamLabel), s.seed)
	key := sha256.Sum256(append(material, component...))
	block, err := aes.NewCipher(key[:])
	if err != nil {
		panic("random: key of fixed size: " + err.Error())
	}
	return &stream{ctr: cipher.NewCTR(block, make([]byte, aes.BlockSize))}
}

// stream is AES-256 in counter mode over zeros.
type stream struct {
	mu  sync.Mutex
	ctr cipher.Stream
}

// Read fills p.
func (s *stream) Read(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(p)
	s.ctr.XORKeyStream(p, p)
	return len(p), nil
}
