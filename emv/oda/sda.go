package oda

import "fmt"

// SignedStaticData is what is recovered from the signed static application data
// (tag 93). EMV Book 2, 5.4.
type SignedStaticData struct {
	HashAlgorithm byte    // 01 is SHA-1
	DAC           [2]byte // data authentication code, tag 9F45
	HashResult    Hash

	digest digest
}

// RecoverSignedStaticData recovers tag 93 with the issuer's key and checks its
// length, trailer, header and format; their failures are emv.ErrBadLength,
// ErrBadTrailer, ErrBadHeader and ErrBadFormat.
func RecoverSignedStaticData(issuer PublicKey, signature []byte) (SignedStaticData, error) {
	m, err := recoverMessage(issuer, signature, formatStaticData)
	if err != nil {
		return SignedStaticData{}, fmt.Errorf("recover signed static data: %w", err)
	}
	return SignedStaticData{
		HashAlgorithm: m.body[1],
		DAC:           [2]byte(m.body[2:4]),
		HashResult:    m.hash,
		digest:        m.digest(),
	}, nil
}

// HashMatches reports whether the signature covers that static data.
func (s SignedStaticData) HashMatches(staticData []byte) bool {
	return s.digest(staticData) == s.HashResult
}

// Verify checks that the signature covers the static data of AppendRecord and
// AppendTagList; a difference is emv.ErrBadHash.
func (s SignedStaticData) Verify(staticData []byte) error {
	if err := verifyHash(s.HashAlgorithm, s.digest(staticData), s.HashResult); err != nil {
		return fmt.Errorf("verify signed static data: %w", err)
	}
	return nil
}
