package hsm

import (
	"encoding/binary"
	"fmt"

	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/emv/pin"
	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/issuer/pinlife"
)

// pinContext binds a sealed PIN to its account and generation.
func pinContext(ref account.Ref, g pinlife.Generation) []byte {
	context := append([]byte("PIN"), ref[:]...)
	return binary.BigEndian.AppendUint32(context, uint32(g))
}

// SealPIN seals a PIN as a generation of a card. All PINs are sealed at the same
// length, that of the longest, so that the length does not show.
func (s *Software) SealPIN(c Card, g pinlife.Generation, p pin.PIN) (SealedPIN, error) {
	var block [1 + pin.DigitsMax]byte
	defer secret.Wipe(block[:])
	p.Open(func(digits []byte) { block[0] = byte(copy(block[1:], digits)) })
	if p.IsZero() {
		return SealedPIN{}, fmt.Errorf("seal PIN: %w", ErrPINForm)
	}
	sealed, err := s.ring.pin.seal(s.random, block[:], pinContext(s.ref(c), g))
	if err != nil {
		return SealedPIN{}, fmt.Errorf("seal PIN: %w", err)
	}
	return SealedPIN{Generation: g, Sealed: sealed}, nil
}

// openPIN opens what SealPIN made for the same card.
func (s *Software) openPIN(c Card, sealed SealedPIN) (p pin.PIN, err error) {
	block, err := s.ring.pin.unseal(sealed.Sealed, pinContext(s.ref(c), sealed.Generation))
	if err != nil {
		return pin.PIN{}, fmt.Errorf("open PIN: %w", err)
	}
	block.Open(func(clear []byte) {
		if len(clear) != 1+pin.DigitsMax || int(clear[0]) > pin.DigitsMax {
			err = fmt.Errorf("open PIN: %w", secret.ErrUnseal)
			return
		}
		p, err = pin.Parse(clear[1 : 1+clear[0]])
	})
	return p, err
}

// equal returns the generations among live whose PIN is p. It opens and compares
// each of them, whatever it finds.
func (s *Software) equal(c Card, p pin.PIN, live []SealedPIN) ([]pinlife.Generation, error) {
	var equals []pinlife.Generation
	for _, sealed := range live {
		known, err := s.openPIN(c, sealed)
		if err != nil {
			return nil, err
		}
		if known.Equal(p) {
			equals = append(equals, sealed.Generation)
		}
	}
	return equals, nil
}
