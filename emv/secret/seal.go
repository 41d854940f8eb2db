package secret

import (
	"crypto/cipher"
	"errors"
	"fmt"
	"io"
	"slices"
)

// sealVersion is the first byte of every sealed string: AES-GCM, nonce of 12
// bytes, tag of 16.
const sealVersion = 1

// gcmNonceSize and gcmTagSize are the sizes, in bytes, of the version above.
const (
	gcmNonceSize = 12
	gcmTagSize   = 16
)

// SealOverhead is the number of bytes by which a sealed string is longer than
// its content: version, nonce and authentication tag.
const SealOverhead = 1 + gcmNonceSize + gcmTagSize

// ErrUnseal says that a sealed string is damaged, was sealed under another key
// or for another context.
var ErrUnseal = errors.New("sealed data is damaged, or belongs to another key or place")

// Seal enciphers and authenticates clear under the AES key k: version ‖ nonce ‖
// ciphertext and tag. context is authenticated too but not stored; Unseal wants
// the same. The nonce is drawn from rand, so one key may seal about 2^32 times.
func (k Key) Seal(rand io.Reader, clear, context []byte) ([]byte, error) {
	aead, err := k.aead()
	if err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	sealed := make([]byte, 1+gcmNonceSize, SealOverhead+len(clear))
	sealed[0] = sealVersion
	nonce := sealed[1:]
	if _, err := io.ReadFull(rand, nonce); err != nil {
		return nil, fmt.Errorf("seal: draw nonce: %w", err)
	}
	return aead.Seal(sealed, nonce, clear, versioned(context)), nil
}

// SealValue seals the bytes of a secret.
func (k Key) SealValue(rand io.Reader, v Value, context []byte) (sealed []byte, err error) {
	v.Open(func(clear []byte) { sealed, err = k.Seal(rand, clear, context) })
	return sealed, err
}

// Unseal opens what Seal made with the same key and context. Its error wraps
// ErrUnseal and says nothing about the content.
func (k Key) Unseal(sealed, context []byte) (Value, error) {
	aead, err := k.aead()
	if err != nil {
		return Value{}, fmt.Errorf("unseal: %w", err)
	}
	if len(sealed) < SealOverhead || sealed[0] != sealVersion {
		return Value{}, fmt.Errorf("unseal: not a sealed string of version %d: %w", sealVersion, ErrUnseal)
	}
	nonce, body := sealed[1:1+gcmNonceSize], sealed[1+gcmNonceSize:]
	clear, err := aead.Open(nil, nonce, body, versioned(context))
	if err != nil {
		return Value{}, fmt.Errorf("unseal: %w", ErrUnseal)
	}
	defer Wipe(clear)
	return New(clear), nil
}

// versioned binds the version byte into the authenticated context.
func versioned(context []byte) []byte {
	return slices.Concat([]byte{sealVersion}, context)
}

// aead returns AES-GCM under k.
func (k Key) aead() (cipher.AEAD, error) {
	if k.Algorithm() != AES {
		return nil, errors.New("key is not an AES key")
	}
	s := k.scheduled()
	s.sealOnce.Do(func() {
		var err error
		if s.sealer, err = cipher.NewGCM(s.left); err != nil {
			panic("secret: AES-GCM of a checked key: " + err.Error())
		}
	})
	return s.sealer, nil
}
