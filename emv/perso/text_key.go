package perso

import (
	"cmp"
	"errors"
	"fmt"

	"github.com/f510b0cf/till/emv/oda"
)

// exponentBytes returns a public exponent as the data objects have it.
func exponentBytes(e int) ([]byte, error) {
	switch oda.Exponent(e) {
	case oda.Exponent3:
		return []byte{0x03}, nil
	case oda.Exponent65537:
		return []byte{0x01, 0x00, 0x01}, nil
	}
	return nil, errors.New("exponent: want 3 or 65537")
}

// key returns the key of the text, the zero key where there is none.
func (t *rsaText) key(field string, exponent int) (oda.PrivateKey, error) {
	if t == nil {
		return oda.PrivateKey{}, nil
	}
	e, err := exponentBytes(cmp.Or(t.Exponent, exponent))
	if err != nil {
		return oda.PrivateKey{}, fmt.Errorf("oda: %s: %w", field, err)
	}
	key, err := oda.NewPrivateKey(t.P, t.Q, e)
	if err != nil {
		return oda.PrivateKey{}, fmt.Errorf("oda: %s: want p and q, two primes whose product has whole bytes: %w", field, err)
	}
	return key, nil
}

// givenKeys are the keys of a profile, zero where it gives none.
func (t authentication) givenKeys() (k signers, err error) {
	for _, given := range [...]struct {
		field    string
		text     *rsaText
		exponent int
		into     *oda.PrivateKey
	}{
		{"ca_key", t.CAKey, int(oda.Exponent3), &k.ca}, {"issuer_key", t.IssuerKey, t.Exponent, &k.issuer},
		{"icc_key", t.ICCKey, t.Exponent, &k.icc}, {"pin_key", t.PINKey, t.Exponent, &k.pin},
	} {
		if *given.into, err = given.text.key(given.field, given.exponent); err != nil {
			return signers{}, err
		}
	}
	if t.CAKey != nil && t.CAIndex == 0 {
		return signers{}, errors.New("oda: ca_key: give its ca_index too")
	}
	return k, nil
}
