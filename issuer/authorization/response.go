package authorization

import (
	"encoding/binary"
	"fmt"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/cryptogram"
	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/emv/tlv"
	"github.com/f510b0cf/till/issuer/message"
)

// The data objects of an answer, beside the script templates.
const (
	tagIssuerAuthenticationData  emv.Tag = 0x91
	tagAuthorisationResponseCode emv.Tag = 0x8A
)

// response makes the answer.
func (d *decision) response() (*message.AuthorizationResponse, error) {
	icc, err := d.iccData()
	if err != nil {
		return nil, err
	}
	m := &message.AuthorizationResponse{
		Header:         d.request.Header.Reply(),
		PAN:            d.request.PAN,
		ProcessingCode: d.request.ProcessingCode,
		Amount:         d.request.Amount,
		Currency:       d.request.Currency,
		ActionCode:     rows[d.reason].action,
		Amounts:        d.balances(),
		ICCData:        icc,
	}
	if d.reason == approved {
		m.ApprovalCode = d.approvalCode()
	}
	return m, nil
}

// approvalCodes is how many approval codes there are: six digits (DE 38).
const approvalCodes = 1_000_000

// approvalCode returns the approval code of a request. It comes from the key of the
// request, so that to decide again gives the same.
func (d *decision) approvalCode() string {
	return fmt.Sprintf("%06d", binary.BigEndian.Uint64(d.key[:])%approvalCodes)
}

// iccData returns the chip data of the answer. Every answer to a right ARQC has an
// ARPC, declined or not, so that the chip can authenticate the issuer and forget
// the evidence that was read. EMV Book 2, 8.2; Book 3, 10.9.
func (d *decision) iccData() (secret.Value, error) {
	if !d.fromChip() {
		return secret.Value{}, nil
	}
	arc := rows[d.reason].action.ResponseCode().Bytes()
	b := tlv.Append(nil, tagAuthorisationResponseCode, arc[:])
	if !d.arqcValid {
		return secret.New(b), nil
	}
	r := cryptogram.IssuerResponse{ARC: arc}
	if d.reason == approved {
		r.CSU = approvingCSU()
	}
	value, err := d.config.Module.AnswerARPC(d.card, d.input(), d.arqc(), r)
	if err != nil {
		return secret.Value{}, err
	}
	return secret.New(append(tlv.Append(b, tagIssuerAuthenticationData, value), d.template...)), nil
}

// approvingCSU is the card status update of cards whose ARPC covers one: it approves
// and leaves the card's counters alone. EMV Book 3, Annex C10.
func approvingCSU() (csu emv.CSU) {
	csu.Set(emv.CSUIssuerApproves)
	return csu
}
