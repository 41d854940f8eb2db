package hsm

import (
	"fmt"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/dukpt"
	"github.com/f510b0cf/till/emv/pin"
	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/issuer/pinlife"
)

// PINKey says under which key a PIN block is enciphered, and so in which format
// it is.
type PINKey uint8

// The keys of PIN blocks.
const (
	ZoneKey   PINKey = iota + 1 // format 0 under the TDES key of the zone
	TDESDUKPT                   // format 0 under the PIN key of a TDES DUKPT transaction
	AESDUKPT                    // format 4 under the AES-128 PIN key of an AES DUKPT transaction
)

var pinKeyNames = [...]string{"no key", "zone key", "TDES DUKPT", "AES DUKPT"}

// String returns the name of the key.
func (k PINKey) String() string {
	if int(k) < len(pinKeyNames) {
		return pinKeyNames[k]
	}
	return pinKeyNames[0]
}

// PINBlock is an enciphered PIN block as it came in a message. It prints nothing:
// an enciphered block is not for logs either.
type PINBlock struct {
	secret.Opaque
	Key   PINKey
	KSN   []byte // 10 bytes for TDES DUKPT, 12 for AES DUKPT
	Zone  uint8  // number of the zone key; 0 is the oldest that is not retired
	Block []byte // 8 bytes, 16 for AES DUKPT
}

// ComparePIN returns the generations whose PIN is the one in a PIN block.
func (s *Software) ComparePIN(c Card, b PINBlock, live []SealedPIN) ([]pinlife.Generation, error) {
	p, err := s.decipher(c, b)
	if err != nil {
		return nil, fmt.Errorf("open PIN block: %w", err)
	}
	equals, err := s.equal(c, p, live)
	if err != nil {
		return nil, fmt.Errorf("compare PIN: %w", err)
	}
	return equals, nil
}

// decipher returns the PIN of a block.
func (s *Software) decipher(c Card, b PINBlock) (pin.PIN, error) {
	switch b.Key {
	case ZoneKey:
		key, err := s.zoneKey(b.Zone)
		if err != nil {
			return pin.PIN{}, err
		}
		return s.decipherFormat0(c, key, b)
	case TDESDUKPT:
		return s.decipherTDES(c, b)
	case AESDUKPT:
		return s.decipherAES(c, b)
	}
	return pin.PIN{}, fmt.Errorf("PIN key %d: %w", b.Key, ErrNoKey)
}

// decipherTDES finds the transaction's key first. ANSI X9.24-1:2009, Annex A.
func (s *Software) decipherTDES(c Card, b PINBlock) (pin.PIN, error) {
	ksn, err := dukpt.ParseTDESKSN(b.KSN)
	if err != nil {
		return pin.PIN{}, err
	}
	host, err := s.hostTDES(ksn)
	if err != nil {
		return pin.PIN{}, err
	}
	key, err := host.TransactionKey(ksn)
	if err != nil {
		return pin.PIN{}, err
	}
	return s.decipherFormat0(c, key.PIN(), b)
}

// decipherFormat0 opens a block of format 0 of ISO 9564-1.
func (s *Software) decipherFormat0(c Card, key secret.Key, b PINBlock) (pin.PIN, error) {
	var enciphered [8]byte
	switch {
	case key.IsZero():
		return pin.PIN{}, fmt.Errorf("%v: %w", b.Key, ErrNoKey)
	case len(b.Block) != len(enciphered):
		return pin.PIN{}, fmt.Errorf("block has not %d bytes: %w", len(enciphered), emv.ErrMalformed)
	}
	copy(enciphered[:], b.Block)
	return pin.Decode(pin.Format0, pin.DecipherBlock(key, enciphered), c.PAN)
}

// decipherAES opens a block of format 4 of ISO 9564-1. ANSI X9.24-3:2017, 6.
func (s *Software) decipherAES(c Card, b PINBlock) (pin.PIN, error) {
	var enciphered [16]byte
	if len(b.Block) != len(enciphered) {
		return pin.PIN{}, fmt.Errorf("block has not %d bytes: %w", len(enciphered), emv.ErrMalformed)
	}
	copy(enciphered[:], b.Block)
	ksn, err := dukpt.ParseAESKSN(b.KSN)
	if err != nil {
		return pin.PIN{}, err
	}
	host, err := s.hostAES(ksn[:])
	if err != nil {
		return pin.PIN{}, err
	}
	transaction, err := host.TransactionKey(ksn)
	if err != nil {
		return pin.PIN{}, err
	}
	key, err := transaction.WorkingKey(dukpt.PINEncryption, dukpt.AES128)
	if err != nil {
		return pin.PIN{}, err
	}
	return pin.Decipher4(key, enciphered, c.PAN)
}
