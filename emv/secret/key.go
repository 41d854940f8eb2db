package secret

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/des"
	"crypto/subtle"
	"fmt"
	"io"
	"math/bits"
	"slices"
	"sync"
)

// Algorithm is the block cipher that a Key belongs to.
type Algorithm uint8

// The block ciphers in use. TDES is the two-key form, EDE, of ISO/IEC 18033-3.
const (
	TDES Algorithm = iota + 1
	AES
)

// String returns "TDES" or "AES".
func (a Algorithm) String() string {
	switch a {
	case TDES:
		return "TDES"
	case AES:
		return "AES"
	}
	return fmt.Sprintf("Algorithm(%d)", uint8(a))
}

// tdesKeySize is the length in bytes of a two-key TDES key: left and right half.
const tdesKeySize = 16

// Key is a symmetric key together with its scheduled cipher: the key schedule
// is worked out at the first use and kept, since for DES it costs more than
// many blocks do. A Key is a cipher.Block; the zero Key has no algorithm and
// panics when it is used as a cipher.
type Key struct{ open func() *schedule }

// schedule is what the closure of a Key holds.
type schedule struct {
	algorithm Algorithm
	raw       []byte
	once      sync.Once
	// TDES: the halves; AES: left alone.
	left, right cipher.Block

	sealOnce sync.Once
	sealer   cipher.AEAD // of an AES key, once it has sealed
}

func newKey(a Algorithm, raw []byte) Key {
	s := &schedule{algorithm: a, raw: slices.Clone(raw)}
	return Key{open: func() *schedule { return s }}
}

// NewTDES returns the two-key TDES key of 16 bytes, left half first. Parity
// bits are kept as they are; DES does not look at them.
func NewTDES(raw []byte) (Key, error) {
	if len(raw) != tdesKeySize {
		return Key{}, fmt.Errorf("make TDES key: %d bytes, want %d", len(raw), tdesKeySize)
	}
	return newKey(TDES, raw), nil
}

// NewAES returns the AES key of 16, 24 or 32 bytes.
func NewAES(raw []byte) (Key, error) {
	switch len(raw) {
	case 16, 24, 32:
		return newKey(AES, raw), nil
	}
	return Key{}, fmt.Errorf("make AES key: %d bytes, want 16, 24 or 32", len(raw))
}

// GenerateTDES draws a two-key TDES key with odd parity from rand.
func GenerateTDES(rand io.Reader) (Key, error) {
	raw := make([]byte, tdesKeySize)
	defer Wipe(raw)
	if _, err := io.ReadFull(rand, raw); err != nil {
		return Key{}, fmt.Errorf("generate TDES key: %w", err)
	}
	OddParity(raw)
	return NewTDES(raw)
}

// scheduled returns the key with its cipher ready.
func (k Key) scheduled() *schedule {
	s := k.open()
	s.once.Do(s.prepare)
	return s
}

// prepare runs the key schedule. The lengths were checked when the key was
// made, so an error here is a broken invariant.
func (s *schedule) prepare() {
	var err error
	if s.algorithm == AES {
		s.left, err = aes.NewCipher(s.raw)
	} else if s.left, err = des.NewCipher(s.raw[:8]); err == nil {
		s.right, err = des.NewCipher(s.raw[8:])
	}
	if err != nil {
		panic("secret: schedule of a checked key: " + err.Error())
	}
}

// IsZero reports whether k holds no key.
func (k Key) IsZero() bool { return k.open == nil }

// Algorithm returns the block cipher of the key, 0 for the zero Key.
func (k Key) Algorithm() Algorithm {
	if k.open == nil {
		return 0
	}
	return k.open().algorithm
}

// Len returns the length of the key in bytes.
func (k Key) Len() int {
	if k.open == nil {
		return 0
	}
	return len(k.open().raw)
}

// Open calls use with a copy of the key bytes and wipes the copy when use
// returns. use must not keep the slice.
func (k Key) Open(use func(raw []byte)) {
	if k.open == nil {
		use(nil)
		return
	}
	lent := slices.Clone(k.open().raw)
	defer Wipe(lent)
	use(lent)
}

// Equal reports whether k and o are the same key of the same algorithm. TDES
// keys that differ in parity bits alone are the same key.
func (k Key) Equal(o Key) bool {
	if k.Algorithm() != o.Algorithm() || k.Len() != o.Len() {
		return false
	}
	if k.open == nil {
		return true
	}
	a, b := slices.Clone(k.open().raw), slices.Clone(o.open().raw)
	defer Wipe(a)
	defer Wipe(b)
	if k.Algorithm() == TDES {
		OddParity(a)
		OddParity(b)
	}
	return subtle.ConstantTimeCompare(a, b) == 1
}

// CheckValue returns the key check value: the first three bytes of a block of
// zeros enciphered under the key. (For AES keys ANSI X9.24-1 has another one,
// made with CMAC; it is not used here.)
func (k Key) CheckValue() [3]byte {
	block := make([]byte, k.BlockSize())
	k.Encrypt(block, block)
	return [3]byte(block)
}

// BlockSize returns 8 for TDES and 16 for AES.
func (k Key) BlockSize() int {
	if k.Algorithm() == AES {
		return aes.BlockSize
	}
	return des.BlockSize
}

// block is room for one block of any cipher. The compiler lets what goes to a cipher lie
// on the heap, since a cipher is an interface; blocks that are used again spare that.
type block [aes.BlockSize]byte

var blocks = sync.Pool{New: func() any { return new(block) }}

// giveBack wipes the room and gives it back.
func (b *block) giveBack() {
	Wipe(b[:])
	blocks.Put(b)
}

// Encrypt enciphers one block from src into dst; they may be the same slice.
func (k Key) Encrypt(dst, src []byte) {
	s := k.scheduled()
	room := blocks.Get().(*block)
	b := room[:s.left.BlockSize()]
	copy(b, src[:len(b)])
	s.left.Encrypt(b, b)
	if s.algorithm == TDES {
		s.right.Decrypt(b, b)
		s.left.Encrypt(b, b)
	}
	copy(dst[:len(b)], b)
	room.giveBack()
}

// Decrypt deciphers one block from src into dst; they may be the same slice.
func (k Key) Decrypt(dst, src []byte) {
	s := k.scheduled()
	room := blocks.Get().(*block)
	b := room[:s.left.BlockSize()]
	copy(b, src[:len(b)])
	s.left.Decrypt(b, b)
	if s.algorithm == TDES {
		s.right.Encrypt(b, b)
		s.left.Decrypt(b, b)
	}
	copy(dst[:len(b)], b)
	room.giveBack()
}

// Xor returns the key whose bytes are those of k combined with mask by
// exclusive or. mask is as long as the key.
func (k Key) Xor(mask []byte) Key {
	if len(mask) != k.Len() {
		panic(fmt.Sprintf("secret: mask of %d bytes for a key of %d", len(mask), k.Len()))
	}
	var masked Key
	k.Open(func(raw []byte) {
		subtle.XORBytes(raw, raw, mask)
		masked = newKey(k.Algorithm(), raw)
	})
	return masked
}

// Derive returns the TDES key whose halves are the blocks left and right
// enciphered under k, with odd parity. It is the step that the derivations of
// EMV Book 2, Annex A1.3 (session keys) and A1.4 (ICC master keys) share.
func (k Key) Derive(left, right [8]byte) Key {
	raw := make([]byte, tdesKeySize)
	defer Wipe(raw)
	k.Encrypt(raw[:8], left[:])
	k.Encrypt(raw[8:], right[:])
	OddParity(raw)
	return newKey(TDES, raw)
}

// OddParity sets the lowest bit of each byte so that the byte has an odd number
// of ones, as DES keys are usually written.
func OddParity(b []byte) {
	for i, c := range b {
		b[i] = c&^1 | byte(bits.OnesCount8(c>>1)&1^1)
	}
}

// Format prints the algorithm and "[secret]" for every verb of package fmt.
func (k Key) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, k.label()) }

// MarshalText returns what Format prints; it serves encoding/json and others.
func (k Key) MarshalText() ([]byte, error) { return []byte(k.label()), nil }

// GobEncode refuses: a key leaves the program sealed or not at all.
func (k Key) GobEncode() ([]byte, error) { return nil, errNotEncodable }

func (k Key) label() string {
	if k.open == nil {
		return "no key"
	}
	return fmt.Sprintf("%s-%d %s", k.Algorithm(), 8*k.Len(), redacted)
}
