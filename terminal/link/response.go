package link

import (
	"fmt"
	"slices"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/tlv"
	"github.com/f510b0cf/till/issuer/message"
	"github.com/f510b0cf/till/terminal/kernel"
)

// The data objects of an answer. EMV Book 3, Annex A.
const (
	tagScriptBefore             emv.Tag = 0x71
	tagScriptAfter              emv.Tag = 0x72
	tagARC                      emv.Tag = 0x8A
	tagIssuerAuthenticationData emv.Tag = 0x91
)

// arpcBytes is the length of an ARPC of method 1. EMV Book 2, 8.2.1.
const arpcBytes = 8

// onlineResponse is what the card is given of an answer. The response code is the
// one in tag 8A, else that of the action code. A purchase that is approved in part
// does not stand: the card is told to decline it.
func (l *Link) onlineResponse(m *message.AuthorizationResponse) (*kernel.OnlineResponse, error) {
	r := &kernel.OnlineResponse{ARC: responseCode(m.ActionCode), Booked: m.ActionCode.Approves(), Balances: balances(m.Amounts)}
	var err error
	m.ICCData.Open(func(data []byte) { err = readChipData(r, data) })
	if err != nil {
		return nil, fmt.Errorf("read chip data of answer: %w", err)
	}
	if l.config.BareARPC && len(r.IssuerAuthenticationData) == arpcBytes {
		arc := r.ARC.Bytes()
		r.IssuerAuthenticationData = append(r.IssuerAuthenticationData, arc[:]...)
	}
	if m.ActionCode == message.ActionApprovedPartially { // behind the ARPC, which covers the issuer's code
		r.ARC = message.ActionDoNotHonour.ResponseCode()
	}
	return r, nil
}

// balanceKinds are the additional amounts that are balances.
var balanceKinds = map[message.AmountType]kernel.BalanceKind{
	message.LedgerBalance:    kernel.LedgerBalance,
	message.AvailableBalance: kernel.AvailableBalance,
}

// balances returns those of the additional amounts (DE 54) that are.
func balances(amounts []message.AdditionalAmount) (found []kernel.Balance) {
	for _, a := range amounts {
		if kind, ok := balanceKinds[a.AmountType]; ok {
			found = append(found, kernel.Balance{Kind: kind, AccountType: a.AccountType, Currency: a.Currency, Amount: a.Amount})
		}
	}
	return found
}

// readChipData takes what the card is given out of DE 55.
func readChipData(r *kernel.OnlineResponse, data []byte) error {
	for e, err := range tlv.Elements(data) {
		if err != nil {
			return err
		}
		switch e.Tag {
		case tagARC:
			if r.ARC, err = emv.ParseARC(e.Value); err != nil {
				return err
			}
		case tagIssuerAuthenticationData:
			r.IssuerAuthenticationData = slices.Clone(e.Value)
		case tagScriptBefore, tagScriptAfter:
			r.Scripts = append(r.Scripts, slices.Clone(e.Raw))
		}
	}
	return nil
}

// responseCode returns the authorisation response code of an action code, for a
// host that sends no tag 8A. All that approves is 00: by others, terminals do not all
// approve.
func responseCode(a message.ActionCode) emv.ARC {
	if a.Approves() {
		return message.ActionApproved.ResponseCode()
	}
	return a.ResponseCode()
}
