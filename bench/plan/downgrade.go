package plan

import (
	"errors"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/emv/tlv"
	"github.com/f510b0cf/till/issuer/message"
)

// tagIssuerAuthenticationData is that of the issuer's cryptogram in an answer.
const tagIssuerAuthenticationData emv.Tag = 0x91

// WithoutIssuerAuthentication takes the issuer authentication data out of an answer, as a
// network does that can not carry it. It is what the action Downgrade does.
func WithoutIssuerAuthentication(m message.Message) (err error) {
	answer, ok := m.(*message.AuthorizationResponse)
	if !ok {
		return errors.New("only the answer to a request has issuer authentication data")
	}
	var kept []byte
	answer.ICCData.Open(func(chip []byte) {
		for e, broken := range tlv.Elements(chip) {
			if broken != nil {
				err = broken
				return
			}
			if e.Tag != tagIssuerAuthenticationData {
				kept = tlv.Append(kept, e.Tag, e.Value)
			}
		}
	})
	if err == nil {
		answer.ICCData = secret.New(kept)
	}
	return err
}
