package secret

import "crypto/des"

// Padding is a padding method of ISO/IEC 9797-1.
type Padding uint8

const (
	// Padding1 fills with zeros up to a multiple of the block; nothing is added
	// to data that is one already. Empty data become one block.
	Padding1 Padding = 1
	// Padding2 adds 80 and then fills with zeros, always.
	Padding2 Padding = 2
)

// Pad returns data, padded by method p to a multiple of size bytes, as a new
// slice.
func (p Padding) Pad(data []byte, size int) []byte {
	n := len(data)
	if p == Padding2 {
		n++
	}
	padded := make([]byte, (max(n, 1)+size-1)/size*size)
	copy(padded, data)
	if p == Padding2 {
		padded[len(data)] = 0x80
	}
	return padded
}

// MAC returns the 8-byte message authentication code of the data by ISO/IEC
// 9797-1 MAC algorithm 3 (retail MAC): single DES in CBC mode under the left
// half of the key, and the last block once more through the right and the left
// half. The parts are one message; an empty one under Padding1 counts as one
// block of zeros. It panics where k is not a TDES key. EMV Book 2, Annex A1.2.1.
func (k Key) MAC(p Padding, parts ...[]byte) [8]byte {
	s := k.scheduled()
	if s.algorithm != TDES {
		panic("secret: retail MAC under a key that is not TDES")
	}
	room := blocks.Get().(*block)
	chain := room[:des.BlockSize]
	n := 0
	for _, part := range parts {
		for _, b := range part {
			if n == len(chain) {
				s.left.Encrypt(chain, chain)
				n = 0
			}
			chain[n] ^= b
			n++
		}
	}
	if p == Padding2 {
		if n == len(chain) {
			s.left.Encrypt(chain, chain)
			n = 0
		}
		chain[n] ^= 0x80
	}
	s.left.Encrypt(chain, chain)
	s.right.Decrypt(chain, chain)
	s.left.Encrypt(chain, chain)
	sum := [des.BlockSize]byte(chain)
	room.giveBack()
	return sum
}
