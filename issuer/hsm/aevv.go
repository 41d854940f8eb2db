package hsm

import (
	"crypto/subtle"
	"encoding/hex"
	"fmt"
	"io"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/emv/secret"
)

// AEVVBytes is the length of a verification value of a cardholder's authentication.
const AEVVBytes = 20

// AEVV is such a value. Its form and its code are those of a Visa CAVV of usage 3,
// version 0, made with the CVV algorithm, as public test suites show it; that of Amex is
// not public, and this is a substitute. In packed decimal digits: authentication result
// (1 byte), second factor (1), key (1), three digits of code (2), the last four digits
// of the tracking number (2), that number (8), version (1), and zeros (4).
type AEVV [AEVVBytes]byte

// Authentication is the result of a cardholder's authentication, one digit, as a
// verification value tells it.
type Authentication uint8

// The results that an issuer vouches for.
const (
	Authenticated Authentication = 0
	Attempted     Authentication = 7
)

// Where the parts of a value lie, and what those are that do not vary.
const (
	aevvResultAt = 0
	aevvFactorAt = 1
	aevvKeyAt    = 2
	aevvCodeAt   = 3
	aevvLastAt   = 5
	aevvNumberAt = 7
	aevvEndAt    = 15
	aevvKey      = 0x01
)

// Result returns the authentication result.
func (v AEVV) Result() Authentication { return Authentication(v[aevvResultAt]) }

// MakeAEVV makes a value with a tracking number that is drawn. The error wraps ErrNoKey
// where there is no key for it.
func (s *Software) MakeAEVV(c Card, a Authentication) (v AEVV, err error) {
	key, err := s.aevvKey()
	if err != nil {
		return v, fmt.Errorf("make verification value: %w", err)
	}
	if _, err := io.ReadFull(s.random, v[aevvNumberAt:aevvEndAt]); err != nil {
		return AEVV{}, fmt.Errorf("make verification value: %w", err)
	}
	for i, b := range v[aevvNumberAt:aevvEndAt] {
		v[aevvNumberAt+i] = b%100/10<<4 | b%10 // not even, which nothing rests on
	}
	copy(v[aevvLastAt:], v[aevvEndAt-2:aevvEndAt])
	v[aevvResultAt], v[aevvKeyAt] = byte(a), aevvKey
	code := aevvCode(key, c.PAN, v)
	copy(v[aevvCodeAt:], code[:])
	return v, nil
}

// CheckAEVV checks a value of a card. The error wraps emv.ErrMalformed where it has not
// the form, emv.ErrWrongMAC where its code is another, ErrNoKey.
func (s *Software) CheckAEVV(c Card, value []byte) error {
	key, err := s.aevvKey()
	if err != nil {
		return fmt.Errorf("check verification value: %w", err)
	}
	if len(value) != AEVVBytes || !wellFormed(AEVV(value)) {
		return fmt.Errorf("check verification value: %w", emv.ErrMalformed)
	}
	code := aevvCode(key, c.PAN, AEVV(value))
	if subtle.ConstantTimeCompare(code[:], value[aevvCodeAt:aevvLastAt]) != 1 {
		return fmt.Errorf("check verification value: %w", emv.ErrWrongMAC)
	}
	return nil
}

// wellFormed reports whether a value has the form, but for its code.
func wellFormed(v AEVV) bool {
	return emv.Decimal([]byte(hex.EncodeToString(v[:]))) && v[aevvResultAt] < 10 && v[aevvKeyAt] == aevvKey &&
		v[aevvCodeAt] < 10 && [2]byte(v[aevvLastAt:]) == [2]byte(v[aevvEndAt-2:]) && [5]byte(v[aevvEndAt:]) == [5]byte{}
}

// aevvKey derives the key of verification values from that of identification digits: its
// CMAC over a name, with odd parity.
func (s *Software) aevvKey() (secret.Key, error) {
	if s.ring.cid.IsZero() {
		return secret.Key{}, ErrNoKey
	}
	raw := s.ring.cid.CMAC([]byte("till AEVV key 1"))
	defer secret.Wipe(raw[:])
	secret.OddParity(raw[:])
	return secret.NewTDES(raw[:])
}

// Digits of what the code is over: those of the account number on the right, and all.
const (
	aevvPANDigits   = 16
	aevvInputDigits = 32
)

// aevvCode returns the three digits of a value, packed: the CVV algorithm over account
// number, the last four digits of the tracking number, authentication result and second
// factor.
func aevvCode(key secret.Key, pan account.PAN, v AEVV) [2]byte {
	digits := make([]byte, 0, aevvInputDigits)
	defer func() { secret.Wipe(digits[:cap(digits)]) }()
	pan.Open(func(clear []byte) {
		for range aevvPANDigits - len(clear) {
			digits = append(digits, '0')
		}
		digits = append(digits, clear[max(0, len(clear)-aevvPANDigits):]...)
	})
	digits = fmt.Appendf(digits, "%X%X%02X", v[aevvLastAt:aevvNumberAt], v[aevvResultAt]&0x0F, v[aevvFactorAt])
	for len(digits) < aevvInputDigits {
		digits = append(digits, '0')
	}
	var blocks [aevvInputDigits / 2]byte
	defer secret.Wipe(blocks[:])
	_, _ = hex.Decode(blocks[:], digits) // digits they are
	sum := key.MAC(secret.Padding1, blocks[:])
	return threeDigits(sum)
}

// threeDigits takes three decimal digits of a cryptogram from the left; where there are
// fewer, the letters A to F less 10 follow.
func threeDigits(sum [8]byte) [2]byte {
	var decimal, letters []byte
	for _, b := range sum {
		for _, n := range []byte{b >> 4, b & 0x0F} {
			if n < 10 {
				decimal = append(decimal, n)
			} else {
				letters = append(letters, n-10)
			}
		}
	}
	d := append(decimal, letters...)
	return [2]byte{d[0], d[1]<<4 | d[2]}
}
