package image

import "github.com/f510b0cf/till/emv"

// Risk is the card risk management of an application. EMV Book 3, 10.8 leaves
// it to the issuer.
//
// The limits are data objects of the application, named here by their tags (0:
// no such limit), so that GET DATA shows them and PUT DATA changes them. A limit
// of transactions is one byte, a limit of amounts 6 bytes in format n.
type Risk struct {
	LowerCount, UpperCount   emv.Tag // of offline approvals since the issuer was last heard
	LowerAmount, UpperAmount emv.Tag // of the sum of their amounts in Currency
	Currency                 [2]byte // as tag 5F2A has it
	Country                  [2]byte // of the issuer, as tag 9F1A has it: terminals there are domestic

	// What follows from what the card states in its CVR, of Conditions: Denial asks
	// for an AAC, Online for an ARQC in place of a TC, Default for an AAC where the
	// transaction can not go online.
	Denial, Online, Default emv.CVRFlags

	AuthenticationMandatory bool // AAC after an answer without issuer authentication
	AuthenticationAdvisory  bool // a TC is given although issuer authentication has failed
	OfflineOnly             bool // never an ARQC
}

// Conditions are the statements of a CVR that card risk management can act on.
const Conditions = emv.CVRLastOnlineNotCompleted | emv.CVRPINTryLimitExceeded | emv.CVRNewCard |
	emv.CVRIssuerAuthenticationFailedLastOnline | emv.CVRScriptFailed |
	emv.CVRSDAFailedLastTransaction | emv.CVRDDAFailedLastTransaction |
	emv.CVROfflinePINFailed | emv.CVROfflinePINNotPerformed | emv.CVRTerminalConsidersPINOK |
	emv.CVRLowerCountLimitExceeded | emv.CVRUpperCountLimitExceeded |
	emv.CVRLowerAmountLimitExceeded | emv.CVRUpperAmountLimitExceeded | emv.CVRGoOnlineNextWasSet |
	emv.CVRInternational | emv.CVRDomestic

// Limits returns the tags of the limits that are there.
func (r Risk) Limits() []emv.Tag {
	var tags []emv.Tag
	for _, tag := range [...]emv.Tag{r.LowerCount, r.UpperCount, r.LowerAmount, r.UpperAmount} {
		if tag != 0 {
			tags = append(tags, tag)
		}
	}
	return tags
}
