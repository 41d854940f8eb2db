package oda

import (
	"crypto/subtle"
	"fmt"
	"io"
	"math/big"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/pin"
	"github.com/f510b0cf/till/emv/secret"
)

// Challenge is the unpredictable number that the card gives by GET CHALLENGE,
// fresh for each VERIFY.
type Challenge [8]byte

// The layout of the data that an offline PIN is enciphered in: header, PIN
// block, challenge, and random bytes to the length of the modulus. EMV Book 2,
// 7.2.
const (
	pinHeader         = 0x7F
	pinBlockStart     = 1
	pinChallengeStart = pinBlockStart + 8
	pinRandomStart    = pinChallengeStart + len(Challenge{})
)

// EncipherPIN returns the data of VERIFY for a format 2 PIN block, as long as
// the modulus. random gives the padding, which keeps equal PINs from looking
// alike. EMV Book 2, 7.2.
func EncipherPIN(key PublicKey, block pin.Block, challenge Challenge, random io.Reader) ([]byte, error) {
	if key.IsZero() || block.IsZero() {
		return nil, fmt.Errorf("encipher PIN: key or PIN block missing: %w", emv.ErrMalformed)
	}
	data := make([]byte, key.Size())
	defer secret.Wipe(data)
	data[0] = pinHeader
	block.Open(func(clear []byte) { copy(data[pinBlockStart:], clear) })
	copy(data[pinChallengeStart:], challenge[:])
	if _, err := io.ReadFull(random, data[pinRandomStart:]); err != nil {
		return nil, fmt.Errorf("encipher PIN: draw padding: %w", err)
	}
	clear := new(big.Int).SetBytes(data)
	if clear.Cmp(key.n) >= 0 {
		return nil, fmt.Errorf("encipher PIN: modulus begins with a byte below %X: %w", pinHeader, emv.ErrMalformed)
	}
	return key.power(clear).FillBytes(make([]byte, len(data))), nil
}

// DecipherPIN returns the PIN block in the data of VERIFY; pin.Decode tells
// whether it is one of format 2. Data of the wrong length is emv.ErrBadLength, a
// header that is not 7F emv.ErrBadHeader, and another challenge
// emv.ErrBadPINBlock. EMV Book 2, 7.2.
func DecipherPIN(key PrivateKey, enciphered []byte, challenge Challenge) (pin.Block, error) {
	data, err := key.power(enciphered)
	if err != nil {
		return pin.Block{}, fmt.Errorf("decipher PIN: %w", err)
	}
	defer secret.Wipe(data)
	if data[0] != pinHeader {
		return pin.Block{}, fmt.Errorf("decipher PIN: header is not %X: %w", pinHeader, emv.ErrBadHeader)
	}
	if subtle.ConstantTimeCompare(data[pinChallengeStart:pinRandomStart], challenge[:]) != 1 {
		return pin.Block{}, fmt.Errorf("decipher PIN: challenge differs: %w", emv.ErrBadPINBlock)
	}
	return pin.ParseBlock(data[pinBlockStart:pinChallengeStart])
}
