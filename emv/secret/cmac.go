package secret

import (
	"crypto/aes"
	"crypto/subtle"
)

// CMAC returns the AES-CMAC of a message. It panics where k is not an AES key. RFC
// 4493, 2.4.
func (k Key) CMAC(message []byte) (mac [aes.BlockSize]byte) {
	if k.Algorithm() != AES {
		panic("secret: CMAC under a key that is not AES")
	}
	var subkey, last [aes.BlockSize]byte
	k.Encrypt(subkey[:], subkey[:])
	double(&subkey)
	for ; len(message) > aes.BlockSize; message = message[aes.BlockSize:] {
		subtle.XORBytes(mac[:], mac[:], message[:aes.BlockSize])
		k.Encrypt(mac[:], mac[:])
	}
	if n := copy(last[:], message); n < aes.BlockSize {
		last[n] = 0x80
		double(&subkey)
	}
	subtle.XORBytes(last[:], last[:], subkey[:])
	subtle.XORBytes(mac[:], mac[:], last[:])
	k.Encrypt(mac[:], mac[:])
	return mac
}

// double multiplies by x in the field of RFC 4493, 2.3.
func double(b *[aes.BlockSize]byte) {
	const reduction = 0x87
	carry := byte(0)
	for i := aes.BlockSize - 1; i >= 0; i-- {
		b[i], carry = b[i]<<1|carry, b[i]>>7
	}
	b[aes.BlockSize-1] ^= carry * reduction
}
