package card

import (
	"errors"
	"slices"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/apdu"
	"github.com/f510b0cf/till/emv/cryptogram"
)

// authentication is what came of issuer authentication in a transaction.
type authentication struct {
	result   authenticationResult
	response cryptogram.IssuerResponse // where it was successful
}

type authenticationResult uint8

const (
	notPerformed authenticationResult = iota
	successful
	failed
)

// externalAuthenticate is EXTERNAL AUTHENTICATE: issuer authentication, once in
// a transaction, after an ARQC. That it failed is remembered at once. Data of
// another length than the row of the card has is no attempt. EMV Book 3, 6.5.4
// and 10.9.
func (s *session) externalAuthenticate(c apdu.Command) ([]byte, apdu.SW) {
	switch {
	case c.P1 != 0 || c.P2 != 0:
		return nil, apdu.SWWrongP1P2
	case s.transaction.authentication.result != notPerformed, !s.side().AIP.Has(emv.AIPIssuerAuthenticationSupported):
		return nil, apdu.SWConditionsNotSatisfied
	}
	switch s.authenticate(c.Data) {
	case notPerformed:
		return nil, apdu.SWWrongLength
	case successful:
		return nil, apdu.SWSuccess
	}
	if sw := s.raise(WriteAuthentication, issuerAuthenticationFailed); sw != apdu.SWSuccess {
		return nil, sw
	}
	return nil, apdu.SWAuthenticationFailed
}

// authenticate checks issuer authentication data (tag 91) against the ARQC. The
// result is notPerformed where its length is not that of the card's row.
func (s *session) authenticate(data []byte) authenticationResult {
	t := &s.transaction
	response, err := t.keys.VerifyIssuerAuthenticationData(t.first, data)
	switch {
	case errors.Is(err, emv.ErrMalformed):
		return notPerformed
	case err != nil:
		t.authentication.result = failed
		return failed
	}
	response.Proprietary = slices.Clone(response.Proprietary)
	t.authentication = authentication{result: successful, response: response}
	return successful
}

// approved reports whether an issuer that has authenticated itself approves:
// which response codes do is not said by EMV, and taken to be those of common use.
func (a authentication) approved(m cryptogram.ARPCMethod) bool {
	if m == cryptogram.ARPCMethod2 {
		return emv.CSU(a.response.CSU).Has(emv.CSUIssuerApproves)
	}
	code := a.response.ARC
	return slices.Contains(emv.CommonApprovals(), emv.ARC(code[0])<<8|emv.ARC(code[1]))
}
