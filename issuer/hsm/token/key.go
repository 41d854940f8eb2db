//go:build pkcs11 && cgo

package token

import (
	"bytes"
	"fmt"

	"github.com/miekg/pkcs11"
)

const (
	keyBytes = 32 // AES-256
	idBytes  = 16 // of a key that is made
	idMax    = 255
	foundMax = 8 // keys that are looked at
)

// keyOf returns the AES key with a label, and its id. It is made where there is none.
func (s *session) keyOf(label string) (key pkcs11.ObjectHandle, id []byte, err error) {
	keys, err := s.find(pkcs11.NewAttribute(pkcs11.CKA_LABEL, label))
	if err != nil {
		return 0, nil, err
	}
	if len(keys) > 1 {
		return 0, nil, fmt.Errorf("token has %d AES keys with the label %q: name another by --pkcs11-key", len(keys), label)
	}
	if len(keys) == 0 {
		return s.generate(label)
	}
	id, err = s.check(keys[0], label)
	return keys[0], id, err
}

// find returns the AES keys with an attribute.
func (s *session) find(by *pkcs11.Attribute) (keys []pkcs11.ObjectHandle, err error) {
	template := []*pkcs11.Attribute{
		pkcs11.NewAttribute(pkcs11.CKA_CLASS, pkcs11.CKO_SECRET_KEY),
		pkcs11.NewAttribute(pkcs11.CKA_KEY_TYPE, pkcs11.CKK_AES), by,
	}
	if err := s.FindObjectsInit(s.handle, template); err != nil {
		return nil, fmt.Errorf("look for key: %w", err)
	}
	keys, _, err = s.FindObjects(s.handle, foundMax)
	if end := s.FindObjectsFinal(s.handle); err == nil {
		err = end
	}
	if err != nil {
		return nil, fmt.Errorf("look for key: %w", err)
	}
	return keys, nil
}

// generate makes a key that does not leave the token.
func (s *session) generate(label string) (key pkcs11.ObjectHandle, id []byte, err error) {
	if id, err = s.GenerateRandom(s.handle, idBytes); err != nil {
		return 0, nil, fmt.Errorf("draw id: %w", err)
	}
	key, err = s.GenerateKey(s.handle, []*pkcs11.Mechanism{pkcs11.NewMechanism(pkcs11.CKM_AES_KEY_GEN, nil)}, []*pkcs11.Attribute{
		pkcs11.NewAttribute(pkcs11.CKA_CLASS, pkcs11.CKO_SECRET_KEY),
		pkcs11.NewAttribute(pkcs11.CKA_KEY_TYPE, pkcs11.CKK_AES),
		pkcs11.NewAttribute(pkcs11.CKA_VALUE_LEN, keyBytes),
		pkcs11.NewAttribute(pkcs11.CKA_LABEL, label),
		pkcs11.NewAttribute(pkcs11.CKA_ID, id),
		pkcs11.NewAttribute(pkcs11.CKA_TOKEN, true),
		pkcs11.NewAttribute(pkcs11.CKA_PRIVATE, true),
		pkcs11.NewAttribute(pkcs11.CKA_SENSITIVE, true),
		pkcs11.NewAttribute(pkcs11.CKA_EXTRACTABLE, false),
		pkcs11.NewAttribute(pkcs11.CKA_MODIFIABLE, false),
		pkcs11.NewAttribute(pkcs11.CKA_ENCRYPT, true),
		pkcs11.NewAttribute(pkcs11.CKA_DECRYPT, true),
		pkcs11.NewAttribute(pkcs11.CKA_WRAP, false),
		pkcs11.NewAttribute(pkcs11.CKA_UNWRAP, false),
		pkcs11.NewAttribute(pkcs11.CKA_SIGN, false),
		pkcs11.NewAttribute(pkcs11.CKA_VERIFY, false),
	})
	if err != nil {
		return 0, nil, fmt.Errorf("make key in token: %w", err)
	}
	return key, id, nil
}

// check refuses a key that was not made in the token to stay there, and returns its id.
func (s *session) check(key pkcs11.ObjectHandle, label string) ([]byte, error) {
	attributes, err := s.GetAttributeValue(s.handle, key, []*pkcs11.Attribute{
		pkcs11.NewAttribute(pkcs11.CKA_ID, nil),
		pkcs11.NewAttribute(pkcs11.CKA_ALWAYS_SENSITIVE, nil),
		pkcs11.NewAttribute(pkcs11.CKA_NEVER_EXTRACTABLE, nil),
		pkcs11.NewAttribute(pkcs11.CKA_VALUE_LEN, nil),
	})
	if err != nil {
		return nil, fmt.Errorf("look at key %q: %w", label, err)
	}
	id, sensitive, kept := attributes[0].Value, attributes[1].Value, attributes[2].Value
	if len(id) == 0 || len(id) > idMax || !yes(sensitive) || !yes(kept) || !bytes.Equal(attributes[3].Value, pkcs11.NewAttribute(pkcs11.CKA_VALUE_LEN, keyBytes).Value) {
		return nil, fmt.Errorf("key %q of the token is not of 256 bits, was outside of it or may leave it, or has no id: name another by --pkcs11-key", label)
	}
	return id, nil
}

// yes reads a CK_BBOOL.
func yes(value []byte) bool { return len(value) == 1 && value[0] == 1 }
