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
	r := &kernel.OnlineResponse{ARC: responseCode(m.ActionCode), Booked: m.ActionCode.Approves()}
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
		r.ARC = arcDoNotHonour
	}
	return r, nil
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

// arc returns the code of two characters.
func arc(text string) emv.ARC { return emv.ARC(text[0])<<8 | emv.ARC(text[1]) }

// The codes that stand for most action codes: those of ISO 8583:1987, DE 39, from
// memory.
var (
	arcApproved    = arc("00")
	arcDoNotHonour = arc("05")
	arcPickUp      = arc("04")
)

// responseCodes are the codes of action codes that have one of their own.
var responseCodes = map[message.ActionCode]emv.ARC{
	message.ActionExpiredCard:            arc("54"),
	message.ActionSuspectedFraud:         arc("59"),
	message.ActionRestrictedCard:         arc("62"),
	message.ActionPINTriesExceeded:       arc("75"),
	message.ActionReferToIssuer:          arc("01"),
	message.ActionInvalidMerchant:        arc("03"),
	message.ActionInvalidAmount:          arc("13"),
	message.ActionInvalidCardNumber:      arc("14"),
	message.ActionPINRequired:            arc("55"),
	message.ActionFunctionNotSupported:   arc("40"),
	message.ActionInsufficientFunds:      arc("51"),
	message.ActionIncorrectPIN:           arc("55"),
	message.ActionNotPermitted:           arc("57"),
	message.ActionExceedsLimit:           arc("61"),
	message.ActionSecurityViolation:      arc("63"),
	message.ActionPickUpPINTriesExceeded: arc("38"),
	message.ActionPickUpLostCard:         arc("41"),
	message.ActionPickUpStolenCard:       arc("43"),
	message.ActionInvalidTransaction:     arc("12"),
	message.ActionFormatError:            arc("30"),
	message.ActionIssuerInoperative:      arc("91"),
	message.ActionIssuerTimedOut:         arc("91"),
	message.ActionIssuerUnavailable:      arc("91"),
	message.ActionSystemMalfunction:      arc("96"),
	message.ActionDuplicate:              arc("94"),
}

// responseCode returns the authorisation response code of an action code, for a
// host that sends no tag 8A.
func responseCode(a message.ActionCode) emv.ARC {
	switch code, ok := responseCodes[a]; {
	case ok:
		return code
	case a.Approves():
		return arcApproved
	case a.PicksUp():
		return arcPickUp
	}
	return arcDoNotHonour
}
