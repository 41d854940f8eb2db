package oda

import (
	"fmt"

	"github.com/f510b0cf/till/emv"
)

// dynamicNumberBytesMin and dynamicNumberBytesMax bound the length of the ICC
// dynamic number in bytes. EMV Book 2, 6.5.1.
const (
	dynamicNumberBytesMin = 2
	dynamicNumberBytesMax = 8
)

// SignedDynamicData is what is recovered from the signed dynamic application
// data (tag 9F4B) of DDA or CDA. EMV Book 2, 6.5 and 6.6.
type SignedDynamicData struct {
	HashAlgorithm byte // 01 is SHA-1
	Length        int  // of the ICC dynamic data, in bytes
	HashResult    Hash

	field  []byte // ICC dynamic data and its padding
	digest digest
}

// RecoverSignedDynamicData recovers tag 9F4B with the card's key and checks its
// length, trailer, header and format; their failures are emv.ErrBadLength,
// ErrBadTrailer, ErrBadHeader and ErrBadFormat.
func RecoverSignedDynamicData(icc PublicKey, signature []byte) (SignedDynamicData, error) {
	m, err := recoverMessage(icc, signature, formatDynamicData)
	if err != nil {
		return SignedDynamicData{}, fmt.Errorf("recover signed dynamic data: %w", err)
	}
	return SignedDynamicData{
		HashAlgorithm: m.body[1],
		Length:        int(m.body[2]),
		HashResult:    m.hash,
		field:         m.body[3:],
		digest:        m.digest(),
	}, nil
}

// ICCDynamicData returns the data that the card signed. Where the length does
// not fit the signature it is emv.ErrMalformed.
func (s SignedDynamicData) ICCDynamicData() ([]byte, error) {
	if s.Length > len(s.field) {
		return nil, fmt.Errorf("read ICC dynamic data: %d bytes, at most %d: %w", s.Length, len(s.field), emv.ErrMalformed)
	}
	return s.field[:s.Length], nil
}

// ICCDynamicNumber returns the ICC dynamic number (tag 9F4C), 2 to 8 bytes, and
// what follows it in the ICC dynamic data. EMV Book 2, 6.5.1.
func (s SignedDynamicData) ICCDynamicNumber() (number, following []byte, err error) {
	data, err := s.ICCDynamicData()
	if err != nil {
		return nil, nil, err
	}
	if len(data) == 0 || int(data[0]) > len(data)-1 || data[0] < dynamicNumberBytesMin || data[0] > dynamicNumberBytesMax {
		return nil, nil, fmt.Errorf("read ICC dynamic number: length is not %d to %d bytes: %w",
			dynamicNumberBytesMin, dynamicNumberBytesMax, emv.ErrMalformed)
	}
	end := 1 + int(data[0])
	return data[1:end], data[end:], nil
}

// HashMatches reports whether the signature covers the terminal dynamic data:
// the DDOL data of DDA or the unpredictable number of CDA.
func (s SignedDynamicData) HashMatches(terminalData []byte) bool {
	return s.digest(terminalData) == s.HashResult
}

// verifyHash checks that the signature covers the terminal dynamic data.
func (s SignedDynamicData) verifyHash(terminalData []byte) error {
	return verifyHash(s.HashAlgorithm, s.digest(terminalData), s.HashResult)
}

// VerifyDDA recovers the signed dynamic application data that INTERNAL
// AUTHENTICATE returned, checks that it covers ddolData, and returns the ICC
// dynamic number. EMV Book 2, 6.5.2.
func VerifyDDA(icc PublicKey, signature, ddolData []byte) (dynamicNumber []byte, err error) {
	s, err := RecoverSignedDynamicData(icc, signature)
	if err != nil {
		return nil, err
	}
	if err := s.verifyHash(ddolData); err != nil {
		return nil, fmt.Errorf("verify DDA: %w", err)
	}
	if dynamicNumber, _, err = s.ICCDynamicNumber(); err != nil {
		return nil, fmt.Errorf("verify DDA: %w", err)
	}
	return dynamicNumber, nil
}
