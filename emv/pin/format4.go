package pin

import (
	"crypto/aes"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/emv/secret"
)

// panDigits4 is the number of PAN digits to which the length nibble of a format
// 4 PAN field is relative. A shorter PAN gets zeros on the left up to it.
const panDigits4 = 12

// errNotAES says that a format 4 block can not be made under a key.
var errNotAES = errors.New("the key of a format 4 block is an AES key")

// PINField4 returns the 16 bytes of a format 4 PIN field: control nibble 4,
// length, digits, filler A, and 8 bytes from random. ISO 9564-1.
func PINField4(p PIN, random io.Reader) (secret.Value, error) {
	field, err := pinField4(p, random)
	defer secret.Wipe(field[:])
	if err != nil {
		return secret.Value{}, fmt.Errorf("make PIN field: %w", err)
	}
	return secret.New(field[:]), nil
}

func pinField4(p PIN, random io.Reader) (field [aes.BlockSize]byte, err error) {
	head, err := Format4.lay(p, nil) // the filler of format 4 is not random
	defer secret.Wipe(head[:])
	if err != nil {
		return field, err
	}
	if _, err := io.ReadFull(random, field[blockSize:]); err != nil {
		return field, fmt.Errorf("draw random bytes: %w", err)
	}
	copy(field[:], head[:])
	return field, nil
}

// PANField4 returns the 16 bytes of a format 4 PAN field: the number of PAN
// digits above 12, the digits, and zeros. ISO 9564-1.
func PANField4(pan account.PAN) (secret.Value, error) {
	field, err := panField4(pan)
	defer secret.Wipe(field[:])
	if err != nil {
		return secret.Value{}, fmt.Errorf("make PAN field: %w", err)
	}
	return secret.New(field[:]), nil
}

func panField4(pan account.PAN) (field [aes.BlockSize]byte, err error) {
	if pan.IsZero() {
		return field, errors.New("the format needs a PAN")
	}
	pan.Open(func(digits []byte) {
		zeros := max(0, panDigits4-len(digits))
		field[0] = byte(len(digits)+zeros-panDigits4) << 4
		for i, d := range digits {
			emv.XorNibble(field[:], 1+zeros+i, d-'0')
		}
	})
	return field, nil
}

// Encipher4 returns the format 4 PIN block of a PIN and PAN: the PIN field
// enciphered under the AES key, combined with the PAN field and enciphered
// again. random gives the 8 random bytes of the PIN field. ISO 9564-1.
func Encipher4(key secret.Key, p PIN, pan account.PAN, random io.Reader) (block [aes.BlockSize]byte, err error) {
	if key.Algorithm() != secret.AES {
		return block, fmt.Errorf("encipher PIN block: %w", errNotAES)
	}
	panField, err := panField4(pan)
	defer secret.Wipe(panField[:])
	if err != nil {
		return block, fmt.Errorf("encipher PIN block: %w", err)
	}
	field, err := pinField4(p, random)
	defer secret.Wipe(field[:])
	if err != nil {
		return block, fmt.Errorf("encipher PIN block: %w", err)
	}
	key.Encrypt(block[:], field[:])
	subtle.XORBytes(block[:], block[:], panField[:])
	key.Encrypt(block[:], block[:])
	return block, nil
}

// Decipher4 returns the PIN of a format 4 block. It is as strict as Decode: the
// error wraps emv.ErrBadPINBlock where key, PAN or block is not the right one.
func Decipher4(key secret.Key, block [aes.BlockSize]byte, pan account.PAN) (PIN, error) {
	if key.Algorithm() != secret.AES {
		return PIN{}, fmt.Errorf("decipher PIN block: %w", errNotAES)
	}
	panField, err := panField4(pan)
	defer secret.Wipe(panField[:])
	if err != nil {
		return PIN{}, fmt.Errorf("decipher PIN block: %w", err)
	}
	defer secret.Wipe(block[:])
	key.Decrypt(block[:], block[:])
	subtle.XORBytes(block[:], block[:], panField[:])
	key.Decrypt(block[:], block[:])
	p, err := Format4.read([blockSize]byte(block[:]))
	if err != nil {
		return PIN{}, fmt.Errorf("decipher PIN block: %w", err)
	}
	return p, nil
}
