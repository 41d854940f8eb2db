package hsm

import (
	"fmt"

	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/emv/secret"
)

// purposePAN is the purpose under which PANs are sealed.
const purposePAN = "PAN"

// dataContext binds what is sealed to its purpose and account.
func dataContext(purpose string, ref account.Ref) []byte {
	return append([]byte(purpose+"\x00"), ref[:]...)
}

// Seal seals something of an account.
func (s *Software) Seal(purpose string, ref account.Ref, clear []byte) ([]byte, error) {
	sealed, err := s.ring.data.seal(s.random, clear, dataContext(purpose, ref))
	if err != nil {
		return nil, fmt.Errorf("seal %s: %w", purpose, err)
	}
	return sealed, nil
}

// Unseal opens what Seal made for the same purpose and account.
func (s *Software) Unseal(purpose string, ref account.Ref, sealed []byte) (secret.Value, error) {
	v, err := s.ring.data.unseal(sealed, dataContext(purpose, ref))
	if err != nil {
		return secret.Value{}, fmt.Errorf("unseal %s: %w", purpose, err)
	}
	return v, nil
}

// SealPAN seals the PAN of an account.
func (s *Software) SealPAN(ref account.Ref, pan account.PAN) (sealed []byte, err error) {
	pan.Open(func(digits []byte) { sealed, err = s.Seal(purposePAN, ref, digits) })
	return sealed, err
}

// OpenPAN opens what SealPAN made.
func (s *Software) OpenPAN(ref account.Ref, sealed []byte) (pan account.PAN, err error) {
	digits, err := s.Unseal(purposePAN, ref, sealed)
	if err != nil {
		return account.PAN{}, err
	}
	digits.Open(func(clear []byte) { pan, err = account.ParsePAN(clear) })
	return pan, err
}
