package emv

// CCDCVR is the card verification results of an application that follows the
// Common Core Definitions. EMV Book 3, Annex C9.3. Byte 5 is RFU.
type CCDCVR [5]byte

// ccdCVRBits are the statements of the first four bytes; bits 4-1 of byte 3 are
// the issuer's own.
var ccdCVRBits = []cvrBit{
	{0x0108, CVRCDAPerformed},
	{0x0104, CVRDDAPerformed},
	{0x0102, CVRIssuerAuthenticationNotPerformed},
	{0x0101, CVRIssuerAuthenticationFailed},
	{0x0208, CVROfflinePINPerformed},
	{0x0204, CVROfflinePINFailed},
	{0x0202, CVRPINTryLimitExceeded},
	{0x0201, CVRLastOnlineNotCompleted},
	{0x0380, CVRLowerCountLimitExceeded},
	{0x0340, CVRUpperCountLimitExceeded},
	{0x0320, CVRLowerAmountLimitExceeded},
	{0x0310, CVRUpperAmountLimitExceeded},
	{0x0408, CVRScriptFailed},
	{0x0404, CVRODAFailedLastTransaction},
	{0x0402, CVRGoOnlineNextWasSet},
	{0x0401, CVRUnableToGoOnline},
}

// Decode reads the results. The script count is that of the commands with secure
// messaging that were successful.
func (c CCDCVR) Decode() CVR {
	cvr := CVR{
		FirstAC:     firstAC(c[0]),
		SecondAC:    secondAC(c[0]),
		ScriptCount: c[3] >> 4,
		Flags:       decodeCVRFlags(c[:], ccdCVRBits),
	}
	if cvr.Flags&cvrLimits != 0 {
		cvr.Flags |= CVRVelocityExceeded
	}
	return cvr
}

// PINTryCounter returns the low half of the PIN try counter.
func (c CCDCVR) PINTryCounter() int { return int(c[1] >> 4) }
