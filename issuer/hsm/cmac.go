package hsm

import (
	"crypto/subtle"

	"github.com/f510b0cf/till/emv/secret"
)

// cmacBytes is the block size of AES, and the length of a MAC.
const cmacBytes = 16

// cmac returns the AES-CMAC of a message. RFC 4493, 2.4.
func cmac(key secret.Key, message []byte) (mac [cmacBytes]byte) {
	var subkey, last [cmacBytes]byte
	key.Encrypt(subkey[:], subkey[:])
	double(&subkey)
	for ; len(message) > cmacBytes; message = message[cmacBytes:] {
		subtle.XORBytes(mac[:], mac[:], message[:cmacBytes])
		key.Encrypt(mac[:], mac[:])
	}
	if n := copy(last[:], message); n < cmacBytes {
		last[n] = 0x80
		double(&subkey)
	}
	subtle.XORBytes(last[:], last[:], subkey[:])
	subtle.XORBytes(mac[:], mac[:], last[:])
	key.Encrypt(mac[:], mac[:])
	return mac
}

// double multiplies by x in the field of RFC 4493, 2.3.
func double(b *[cmacBytes]byte) {
	const reduction = 0x87
	carry := byte(0)
	for i := cmacBytes - 1; i >= 0; i-- {
		b[i], carry = b[i]<<1|carry, b[i]>>7
	}
	b[cmacBytes-1] ^= carry * reduction
}
