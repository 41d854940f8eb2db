package message

import "fmt"

// ActionCode is DE 39 of ISO 8583:1993, three digits: what the issuer decided.
type ActionCode uint16

// Action codes. Amex networks give 122 another meaning, see ActionSecurityViolation.
const (
	ActionApproved               ActionCode = 0
	ActionHonourWithID           ActionCode = 1
	ActionApprovedPartially      ActionCode = 2
	ActionDoNotHonour            ActionCode = 100
	ActionExpiredCard            ActionCode = 101
	ActionSuspectedFraud         ActionCode = 102
	ActionRestrictedCard         ActionCode = 104
	ActionPINTriesExceeded       ActionCode = 106
	ActionReferToIssuer          ActionCode = 107
	ActionInvalidMerchant        ActionCode = 109
	ActionInvalidAmount          ActionCode = 110
	ActionInvalidCardNumber      ActionCode = 111
	ActionPINRequired            ActionCode = 112
	ActionFunctionNotSupported   ActionCode = 115
	ActionInsufficientFunds      ActionCode = 116
	ActionIncorrectPIN           ActionCode = 117
	ActionNoCardRecord           ActionCode = 118
	ActionNotPermitted           ActionCode = 119
	ActionExceedsLimit           ActionCode = 121
	ActionSecurityViolation      ActionCode = 122 // in Amex networks: wrong card security code
	ActionExceedsFrequency       ActionCode = 123
	ActionCardNotEffective       ActionCode = 125
	ActionInvalidPINBlock        ActionCode = 126
	ActionPINLength              ActionCode = 127
	ActionPINKeySynchronisation  ActionCode = 128
	ActionCounterfeit            ActionCode = 129
	ActionPickUp                 ActionCode = 200
	ActionPickUpPINTriesExceeded ActionCode = 206
	ActionPickUpLostCard         ActionCode = 208
	ActionPickUpStolenCard       ActionCode = 209
	ActionReversalAccepted       ActionCode = 400
	ActionNetworkAccepted        ActionCode = 800
	ActionAdviceAccepted         ActionCode = 900
	ActionInvalidTransaction     ActionCode = 902
	ActionFormatError            ActionCode = 904
	ActionIssuerInoperative      ActionCode = 907
	ActionSystemMalfunction      ActionCode = 909
	ActionIssuerTimedOut         ActionCode = 911
	ActionIssuerUnavailable      ActionCode = 912
	ActionDuplicate              ActionCode = 913
	ActionMACIncorrect           ActionCode = 916
)

var actionTexts = map[ActionCode]string{
	ActionApproved:               "approved",
	ActionHonourWithID:           "honour with identification",
	ActionApprovedPartially:      "approved for partial amount",
	ActionDoNotHonour:            "do not honour",
	ActionExpiredCard:            "expired card",
	ActionSuspectedFraud:         "suspected fraud",
	ActionRestrictedCard:         "restricted card",
	ActionPINTriesExceeded:       "allowable PIN tries exceeded",
	ActionReferToIssuer:          "refer to card issuer",
	ActionInvalidMerchant:        "invalid merchant",
	ActionInvalidAmount:          "invalid amount",
	ActionInvalidCardNumber:      "invalid card number",
	ActionPINRequired:            "PIN data required",
	ActionFunctionNotSupported:   "requested function not supported",
	ActionInsufficientFunds:      "not sufficient funds",
	ActionIncorrectPIN:           "incorrect PIN",
	ActionNoCardRecord:           "no card record",
	ActionNotPermitted:           "transaction not permitted to cardholder",
	ActionExceedsLimit:           "exceeds withdrawal amount limit",
	ActionSecurityViolation:      "security violation",
	ActionExceedsFrequency:       "exceeds withdrawal frequency limit",
	ActionCardNotEffective:       "card not effective",
	ActionInvalidPINBlock:        "invalid PIN block",
	ActionPINLength:              "PIN length error",
	ActionPINKeySynchronisation:  "PIN key synchronisation error",
	ActionCounterfeit:            "suspected counterfeit card",
	ActionPickUp:                 "pick up: do not honour",
	ActionPickUpPINTriesExceeded: "pick up: allowable PIN tries exceeded",
	ActionPickUpLostCard:         "pick up: lost card",
	ActionPickUpStolenCard:       "pick up: stolen card",
	ActionReversalAccepted:       "reversal accepted",
	ActionNetworkAccepted:        "network management accepted",
	ActionAdviceAccepted:         "advice acknowledged",
	ActionInvalidTransaction:     "invalid transaction",
	ActionFormatError:            "format error",
	ActionIssuerInoperative:      "card issuer or switch inoperative",
	ActionSystemMalfunction:      "system malfunction",
	ActionIssuerTimedOut:         "card issuer timed out",
	ActionIssuerUnavailable:      "card issuer unavailable",
	ActionDuplicate:              "duplicate transmission",
	ActionMACIncorrect:           "MAC incorrect",
}

// Approves reports whether the code approves a transaction: those below 100.
func (a ActionCode) Approves() bool { return a < 100 }

// PicksUp reports whether the code declines and asks to keep the card: 200 to
// 299.
func (a ActionCode) PicksUp() bool { return a >= 200 && a < 300 }

// String returns the three digits.
func (a ActionCode) String() string { return fmt.Sprintf("%03d", uint16(a)) }

// Text says what the code means, "" where that is not known.
func (a ActionCode) Text() string { return actionTexts[a] }
