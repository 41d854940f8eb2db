package hsm

import (
	"encoding/binary"
	"fmt"

	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/emv/secret"
)

// How many card identification digits there can be.
const (
	CIDDigitsMin = 3
	CIDDigitsMax = 5
)

// CID returns the test card identification digits of a card. How networks make
// theirs is not public. Ours, a substitute, are the first four bytes of AES-CMAC
// (RFC 4493) under a key of its own over PAN, "=", expiry as YYMM, "=" and the number
// of digits, read as a big-endian number, modulo a power of ten: as many digits, with
// zeros on the left.
func (s *Software) CID(c Card, expiry account.Expiry, digits int) (secret.Value, error) {
	switch {
	case s.ring.cid.IsZero():
		return secret.Value{}, fmt.Errorf("make identification digits: %w", ErrNoKey)
	case digits < CIDDigitsMin || digits > CIDDigitsMax:
		return secret.Value{}, fmt.Errorf("make identification digits: %d of them, want %d to %d", digits, CIDDigitsMin, CIDDigitsMax)
	}
	var input []byte
	defer func() { secret.Wipe(input) }()
	c.PAN.Open(func(pan []byte) { input = fmt.Appendf(nil, "%s=%s=%d", pan, expiry, digits) })
	mac := s.ring.cid.CMAC(input)
	number, modulus := uint64(binary.BigEndian.Uint32(mac[:])), uint64(1)
	for range digits {
		modulus *= 10
	}
	clear := fmt.Appendf(nil, "%0*d", digits, number%modulus)
	defer secret.Wipe(clear)
	return secret.New(clear), nil
}
