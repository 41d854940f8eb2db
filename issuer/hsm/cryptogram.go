package hsm

import (
	"fmt"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/cryptogram"
)

// VerifyARQC checks the application cryptogram of a card. EMV Book 2, 8.1.
func (s *Software) VerifyARQC(c Card, in *cryptogram.Input, ac emv.AC) error {
	session, err := s.session(c, in)
	if err != nil {
		return fmt.Errorf("verify application cryptogram: %w", err)
	}
	return session.Verify(in, ac)
}

// AnswerARPC returns the value of tag 91. EMV Book 2, 8.2.
func (s *Software) AnswerARPC(c Card, in *cryptogram.Input, arqc emv.AC, r cryptogram.IssuerResponse) ([]byte, error) {
	session, err := s.session(c, in)
	if err != nil {
		return nil, fmt.Errorf("answer ARQC: %w", err)
	}
	return session.AppendIssuerAuthenticationData(nil, arqc, r)
}

// session derives the keys of a transaction by the card's row.
func (s *Software) session(c Card, in *cryptogram.Input) (cryptogram.Session, error) {
	profile, ok := cryptogram.ProfileByName(c.Cryptogram)
	if !ok {
		return cryptogram.Session{}, ErrNoRow
	}
	keys, err := s.keysOf(c)
	if err != nil {
		return cryptogram.Session{}, err
	}
	return profile.Session(keys.AC, in.ATC, in.UnpredictableNumber), nil
}
