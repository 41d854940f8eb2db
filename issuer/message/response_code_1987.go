package message

import "github.com/f510b0cf/till/emv"

// The codes that stand for those that have none of their own.
const (
	responseCodeApproved    = "00"
	responseCodeDoNotHonour = "05"
	responseCodePickUp      = "04"
)

// responseCodes1987 are DE 39 of ISO 8583:1987 for action codes, from memory. 70 and
// 76 to 89 are not of the standard, which leaves 76 to 89 to private use. Where two
// share a code, the first is read.
var responseCodes1987 = []struct {
	action ActionCode
	code   string
}{
	{ActionApproved, responseCodeApproved},
	{ActionHonourWithID, "08"},
	{ActionApprovedPartially, "10"},
	{ActionDoNotHonour, responseCodeDoNotHonour},
	{ActionExpiredCard, "54"},
	{ActionSuspectedFraud, "59"},
	{ActionRestrictedCard, "62"},
	{ActionPINTriesExceeded, "75"},
	{ActionReferToIssuer, "01"},
	{ActionInvalidMerchant, "03"},
	{ActionInvalidAmount, "13"},
	{ActionInvalidCardNumber, "14"},
	{ActionPINRequired, "70"},
	{ActionFunctionNotSupported, "40"},
	{ActionInsufficientFunds, "51"},
	{ActionIncorrectPIN, "55"},
	{ActionNoCardRecord, "56"},
	{ActionNotPermitted, "57"},
	{ActionExceedsLimit, "61"},
	{ActionSecurityViolation, "63"},
	{ActionExceedsFrequency, "65"},
	{ActionCardNotEffective, "78"},
	{ActionInvalidPINBlock, "81"},
	{ActionPINLength, "82"},
	{ActionPINKeySynchronisation, "83"},
	{ActionPickUp, responseCodePickUp},
	{ActionPickUpPINTriesExceeded, "38"},
	{ActionPickUpLostCard, "41"},
	{ActionPickUpStolenCard, "43"},
	{ActionInvalidTransaction, "12"},
	{ActionFormatError, "30"},
	{ActionIssuerUnavailable, "91"},
	{ActionIssuerInoperative, "91"},
	{ActionSystemMalfunction, "96"},
	{ActionIssuerTimedOut, "68"},
	{ActionDuplicate, "94"},
	{ActionMACIncorrect, "84"},
}

// accepted1987 are the action codes that 00 stands for in answers that do not
// approve a payment.
var accepted1987 = map[Kind]ActionCode{
	KindAdviceResponse:            ActionAdviceAccepted,
	KindReversalResponse:          ActionReversalAccepted,
	KindNetworkManagementResponse: ActionNetworkAccepted,
}

// responseCode1987 is DE 39, two letters or digits.
func responseCode1987(c *coder, v *ActionCode) {
	transfer(c, 39, v, codec[ActionCode]{
		isZero: isZero[ActionCode], zeroCounts: true,
		append: func(dst []byte, v ActionCode, _ *element) []byte {
			return append(dst, codeOfAction1987(v, c.layout.kind)...)
		},
		parse: func(value []byte, _ *element) (ActionCode, error) {
			return actionOf1987(string(value), c.layout.kind), nil
		},
	})
}

func codeOfAction1987(a ActionCode, k Kind) string {
	if accepted, ok := accepted1987[k]; ok && a == accepted {
		return responseCodeApproved
	}
	arc := a.ResponseCode().Bytes()
	return string(arc[:])
}

// ResponseCode returns the two characters of ISO 8583:1987 that stand for the code:
// DE 39 of that edition, and the authorisation response code (tag 8A) that a card is
// given. A code that has none of its own is 00, 04 or 05, as it approves, picks up or
// declines.
func (a ActionCode) ResponseCode() emv.ARC {
	code := a.commonCode()
	for _, row := range responseCodes1987 {
		if row.action == a {
			code = row.code
			break
		}
	}
	return emv.ARC(code[0])<<8 | emv.ARC(code[1])
}

func (a ActionCode) commonCode() string {
	switch {
	case a.Approves():
		return responseCodeApproved
	case a.PicksUp():
		return responseCodePickUp
	}
	return responseCodeDoNotHonour
}

// actionOf1987 returns the action code of a response code. One that is not known
// approves nothing.
func actionOf1987(code string, k Kind) ActionCode {
	if accepted, ok := accepted1987[k]; ok && code == responseCodeApproved {
		return accepted
	}
	for _, row := range responseCodes1987 {
		if row.code == code {
			return row.action
		}
	}
	return ActionDoNotHonour
}

// reversalReasons1987 are DE 39 of a reversal: why it is sent. Where a code has
// several reasons, the first is read. ISO 8583:1987, from memory.
var reversalReasons1987 = []struct {
	reason ReasonCode
	code   string
}{
	{CustomerCancellation, "17"},
	{TerminalCannotComplete, "22"},
	{SuspectedMalfunction, "22"},
	{OriginalAmountIncorrect, "64"},
	{TimeoutWaitingForResponse, "68"},
	{ResponseTooLate, "68"},
	{CannotDeliverToTerminal, "21"},
	{InvalidResponse, "20"},
}

// reversalReason1987 is DE 39 of a reversal.
func reversalReason1987(c *coder, v *ReasonCode) {
	transfer(c, 39, v, codec[ReasonCode]{
		isZero: isZero[ReasonCode],
		append: func(dst []byte, v ReasonCode, _ *element) []byte {
			for _, row := range reversalReasons1987 {
				if row.reason == v {
					return append(dst, row.code...)
				}
			}
			return append(dst, "22"...)
		},
		parse: func(value []byte, _ *element) (ReasonCode, error) {
			return reversalReasonOf1987(string(value)), nil
		},
	})
}

// reversalReasonOf1987 returns the reason; a code that is not known, such as that of
// the answer, is a malfunction.
func reversalReasonOf1987(code string) ReasonCode {
	for _, row := range reversalReasons1987 {
		if row.code == code {
			return row.reason
		}
	}
	return SuspectedMalfunction
}
