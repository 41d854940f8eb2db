package script

import (
	"crypto/des"
	"crypto/subtle"
	"fmt"

	"github.com/f510b0cf/till/emv/secret"
)

// blockSize is the length in bytes of a PIN block, and of a TDES block.
const blockSize = des.BlockSize

// Frame is what stands around a PIN block when it is enciphered, and in which
// mode it is. EMV Book 2, 9.3 and Annex A1.1.
type Frame uint8

// The frames.
const (
	FrameBlock  Frame = iota + 1 // the block alone; CBC
	FramePadded                  // the block and 80 00..00; CBC
	FrameVisa                    // the length 08, the block and 80 00..00; ECB
)

// frameNames say what the frames are made of, in the order of the constants.
var frameNames = [...]string{"", "block, CBC", "block and 80 00..00, CBC", "08, block and 80 00..00, ECB"}

// String says what the frame is made of, and the mode.
func (f Frame) String() string {
	if f != 0 && int(f) < len(frameNames) {
		return frameNames[f]
	}
	return fmt.Sprintf("Frame(%d)", uint8(f))
}

// lengthByte reports whether a length stands before the block.
func (f Frame) lengthByte() bool { return f == FrameVisa }

// chained reports whether the mode is CBC, with an initial vector of zeros.
func (f Frame) chained() bool { return f != FrameVisa }

// size returns the length of the frame in bytes.
func (f Frame) size() int {
	if f == FrameBlock {
		return blockSize
	}
	return 2 * blockSize
}

// wrap returns the frame with the block in it.
func (f Frame) wrap(block []byte) []byte {
	framed := make([]byte, 0, f.size())
	if f.lengthByte() {
		framed = append(framed, byte(len(block)))
	}
	framed = append(framed, block...)
	if len(framed) < f.size() {
		framed = append(framed, 0x80)
	}
	return framed[:f.size()]
}

// unwrap returns the block in the frame; ok is false where anything around it is
// not as wrap has it.
func (f Frame) unwrap(framed []byte) (block [blockSize]byte, ok bool) {
	if f.lengthByte() {
		copy(block[:], framed[1:])
	} else {
		copy(block[:], framed)
	}
	want := f.wrap(block[:])
	defer secret.Wipe(want)
	return block, subtle.ConstantTimeCompare(want, framed) == 1
}

// encipher returns the framed block enciphered.
func (f Frame) encipher(key secret.Key, block []byte) []byte {
	b := f.wrap(block)
	for i := 0; i < len(b); i += blockSize {
		if f.chained() && i > 0 {
			subtle.XORBytes(b[i:i+blockSize], b[i:i+blockSize], b[i-blockSize:i])
		}
		key.Encrypt(b[i:i+blockSize], b[i:i+blockSize])
	}
	return b
}

// decipher returns the block of an enciphered frame of size bytes; ok is false
// where the frame is not right.
func (f Frame) decipher(key secret.Key, enciphered []byte) (block [blockSize]byte, ok bool) {
	clear := make([]byte, len(enciphered))
	defer secret.Wipe(clear)
	for i := 0; i < len(clear); i += blockSize {
		key.Decrypt(clear[i:i+blockSize], enciphered[i:i+blockSize])
		if f.chained() && i > 0 {
			subtle.XORBytes(clear[i:i+blockSize], clear[i:i+blockSize], enciphered[i-blockSize:i])
		}
	}
	return f.unwrap(clear)
}
