package secret

import (
	"crypto/cipher"
	"crypto/des"
	"crypto/subtle"
)

// oneWayMask is combined with a key before the left half of its successor is
// made. ANSI X9.24-1:2009, A.2.
var oneWayMask = [tdesKeySize]byte{0xC0, 0xC0, 0xC0, 0xC0, 8: 0xC0, 9: 0xC0, 10: 0xC0, 11: 0xC0}

// OneWayVariant returns k combined by exclusive or with C0C0C0C000000000 in both
// halves, under which DUKPT makes the left half of a successor and the right half
// of an initial key. ANSI X9.24-1:2009, A.2 and A.6.
func (k Key) OneWayVariant() Key { return k.Xor(oneWayMask[:]) }

// OneWay returns the TDES key that follows k by the non-reversible key
// generation process of DUKPT: the right half comes from register and k, the
// left half from register and k combined with C0C0C0C000000000 in both halves.
// Parity is left alone. ANSI X9.24-1:2009, A.2; ANSI X9.24-3:2017, C.3.6.
func (k Key) OneWay(register [8]byte) Key {
	s := k.open()
	if s.algorithm != TDES {
		panic("secret: one-way step of a key that is not TDES")
	}
	var key, next [tdesKeySize]byte
	defer Wipe(key[:])
	defer Wipe(next[:])
	copy(key[:], s.raw)
	oneWayHalf(next[8:], &key, register)
	subtle.XORBytes(key[:], key[:], oneWayMask[:])
	oneWayHalf(next[:8], &key, register)
	return newKey(TDES, next[:])
}

// oneWayHalf enciphers the register, masked by the right half of the key before
// and after, under the left half by single DES.
func oneWayHalf(dst []byte, key *[tdesKeySize]byte, register [8]byte) {
	left, right := key[:8], key[8:]
	subtle.XORBytes(dst, register[:], right)
	mustDES(left).Encrypt(dst, dst)
	subtle.XORBytes(dst, dst, right)
}

// EncipheredBySelf returns the TDES key whose halves are the halves of k
// enciphered under k, parity left alone. DUKPT makes its data keys so. ANSI
// X9.24-1:2009, A.4.1.
func (k Key) EncipheredBySelf() (enciphered Key) {
	k.Open(func(raw []byte) {
		k.Encrypt(raw[:8], raw[:8])
		k.Encrypt(raw[8:], raw[8:])
		enciphered = newKey(TDES, raw)
	})
	return enciphered
}

// mustDES schedules a DES key of eight bytes.
func mustDES(key []byte) cipher.Block {
	block, err := des.NewCipher(key)
	if err != nil {
		panic("secret: schedule of a checked key: " + err.Error())
	}
	return block
}
