//go:build pkcs11 && cgo

package token

import (
	"encoding/hex"
	"errors"
	"fmt"
	"slices"

	"github.com/miekg/pkcs11"

	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/issuer/hsm"
)

// Built says whether the program can use tokens.
const Built = true

// token is a key-encryption key in a token.
type token struct {
	secret.Opaque
	config Config
}

func newToken(c Config) hsm.Token { return token{config: c} }

// AES-GCM in a token: nonce, then what is enciphered with its tag.
const (
	nonceBytes = 12
	tagBits    = 128
)

// Wrap enciphers a key under the token's, which is made where there is none.
func (t token) Wrap(clear, context []byte) (name string, wrapped []byte, err error) {
	err = t.session(pkcs11.CKF_RW_SESSION, func(s *session) error {
		key, id, err := s.keyOf(t.config.Key)
		if err != nil {
			return err
		}
		name = hex.EncodeToString(id)
		wrapped, err = s.encipher(key, clear, context)
		return err
	})
	return name, wrapped, err
}

// Unwrap opens what Wrap made.
func (t token) Unwrap(name string, wrapped, context []byte) (clear []byte, err error) {
	id, err := hex.DecodeString(name)
	if err != nil || len(id) == 0 || len(id) > idMax || len(wrapped) < nonceBytes+tagBits/8 {
		return nil, fmt.Errorf("read wrapped key: %w", secret.ErrUnseal)
	}
	err = t.session(0, func(s *session) error {
		keys, err := s.find(pkcs11.NewAttribute(pkcs11.CKA_ID, id))
		if err != nil {
			return err
		}
		if len(keys) != 1 {
			return fmt.Errorf("token %q has %d keys of this issuer, want one: %w", t.config.Label, len(keys), secret.ErrUnseal)
		}
		clear, err = s.decipher(keys[0], wrapped, context)
		return err
	})
	return clear, err
}

// encipher returns nonce and ciphertext. A token that draws the nonce itself says which.
func (s *session) encipher(key pkcs11.ObjectHandle, clear, context []byte) ([]byte, error) {
	nonce, err := s.GenerateRandom(s.handle, nonceBytes)
	if err != nil {
		return nil, err
	}
	params := pkcs11.NewGCMParams(nonce, context, tagBits)
	defer params.Free()
	if err := s.EncryptInit(s.handle, []*pkcs11.Mechanism{pkcs11.NewMechanism(pkcs11.CKM_AES_GCM, params)}, key); err != nil {
		return nil, err
	}
	enciphered, err := s.Encrypt(s.handle, clear)
	if err != nil {
		return nil, err
	}
	if own := params.IV(); len(own) == nonceBytes {
		nonce = own
	}
	return slices.Concat(nonce, enciphered), nil
}

// decipher opens what encipher made.
func (s *session) decipher(key pkcs11.ObjectHandle, wrapped, context []byte) ([]byte, error) {
	params := pkcs11.NewGCMParams(wrapped[:nonceBytes], context, tagBits)
	defer params.Free()
	if err := s.DecryptInit(s.handle, []*pkcs11.Mechanism{pkcs11.NewMechanism(pkcs11.CKM_AES_GCM, params)}, key); err != nil {
		return nil, err
	}
	clear, err := s.Decrypt(s.handle, wrapped[nonceBytes:])
	if code := pkcs11.Error(0); errors.As(err, &code) && slices.Contains(damaged, code) {
		return nil, fmt.Errorf("%w: %w", err, secret.ErrUnseal)
	}
	return clear, err
}

// damaged are the codes by which tokens say that a tag is wrong. PKCS#11 2.40 has none
// of its own for that, and SoftHSM2 says the second.
var damaged = []pkcs11.Error{pkcs11.CKR_ENCRYPTED_DATA_INVALID, pkcs11.CKR_GENERAL_ERROR, pkcs11.CKR_ENCRYPTED_DATA_LEN_RANGE, pkcs11.CKR_FUNCTION_FAILED}
