package message

import (
	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/emv/secret"
)

// AuthorizationRequest asks the issuer to approve a transaction (1100, 1101).
type AuthorizationRequest struct {
	Header
	Transaction
	ApprovalCodeLength uint8          // DE 27
	Track2             account.Track2 // DE 35
	CardNotPresent     CardNotPresent // DE 48
	// PINBlock is an enciphered PIN block: 8 bytes, in iso93-aes 16 (DE 52). Its
	// key serial number is SecurityControl.
	PINBlock secret.Value
}

// Kind returns KindAuthorizationRequest.
func (*AuthorizationRequest) Kind() Kind { return KindAuthorizationRequest }

func (m *AuthorizationRequest) code(c *coder) {
	m.Header.code(c)
	m.Transaction.code(c)
	numericCode(c, 27, &m.ApprovalCodeLength)
	track2(c, 35, &m.Track2)
	cardNotPresent(c, 48, &m.CardNotPresent)
	secretBytes(c, 52, &m.PINBlock)
}

// AuthorizationResponse answers an authorization request (1110).
type AuthorizationResponse struct {
	secret.Opaque
	Header
	PAN            account.PAN        // DE 2
	ProcessingCode ProcessingCode     // DE 3; zero may be absence
	Amount         uint64             // DE 4, in the smallest unit of Currency; zero may be absence
	ApprovalCode   string             // DE 38, up to 6 letters and digits
	ActionCode     ActionCode         // DE 39
	Currency       uint16             // DE 49, ISO 4217 numeric
	Amounts        []AdditionalAmount // DE 54: balances
	ICCData        secret.Value       // DE 55: tags 91, 71, 72 and 8A, as for Transaction
}

// Kind returns KindAuthorizationResponse.
func (*AuthorizationResponse) Kind() Kind { return KindAuthorizationResponse }

func (m *AuthorizationResponse) code(c *coder) {
	m.Header.code(c)
	pan(c, 2, &m.PAN)
	number(c, 3, &m.ProcessingCode)
	number(c, 4, &m.Amount)
	text(c, 38, &m.ApprovalCode)
	c.edition().actionCode(c, &m.ActionCode)
	numericCode(c, 49, &m.Currency)
	additionalAmounts(c, 54, &m.Amounts)
	iccData(c, 55, &m.ICCData)
}
