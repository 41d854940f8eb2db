package cryptogram

import (
	"crypto/subtle"
	"fmt"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/secret"
)

// Compute returns the application cryptogram over data under the key of the
// transaction: MAC algorithm 3 of ISO/IEC 9797-1 with all 8 bytes. ARQC, TC and
// AAC are the same computation. EMV Book 2, 8.1.2.
func Compute(key secret.Key, p secret.Padding, data []byte) emv.AC {
	return key.MAC(p, data)
}

// Verify compares ac with the cryptogram over data in constant time. A
// difference is emv.ErrWrongMAC.
func Verify(key secret.Key, p secret.Padding, data []byte, ac emv.AC) error {
	want := Compute(key, p, data)
	if subtle.ConstantTimeCompare(want[:], ac[:]) != 1 {
		return fmt.Errorf("verify application cryptogram: %w", emv.ErrWrongMAC)
	}
	return nil
}

// Compute returns the application cryptogram over the data elements. Its error
// wraps emv.ErrMalformed: the issuer application data has no such tail.
func (s Session) Compute(in *Input) (emv.AC, error) {
	var buffer [macInputBytesMax]byte
	data, err := s.Profile.AppendMACInput(buffer[:0], in)
	if err != nil {
		return emv.AC{}, fmt.Errorf("compute application cryptogram: %w", err)
	}
	return Compute(s.AC, s.Profile.Padding, data), nil
}

// Verify compares ac with the cryptogram over the data elements in constant
// time. A difference is emv.ErrWrongMAC, issuer application data without the
// tail of the profile emv.ErrMalformed.
func (s Session) Verify(in *Input, ac emv.AC) error {
	var buffer [macInputBytesMax]byte
	data, err := s.Profile.AppendMACInput(buffer[:0], in)
	if err != nil {
		return fmt.Errorf("verify application cryptogram: %w", err)
	}
	return Verify(s.AC, s.Profile.Padding, data, ac)
}
