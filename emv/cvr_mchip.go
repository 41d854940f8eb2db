package emv

import "fmt"

// MChipCVR is the card verification results of M/Chip 4 and M/Chip Advance.
type MChipCVR [6]byte

// mchipCVRBits are the statements of the six bytes; all but the lowest two of
// byte 6 are of M/Chip Advance alone.
var mchipCVRBits = []cvrBit{
	{0x0108, CVRDateCheckFailed},
	{0x0104, CVROfflinePINPerformed},
	{0x0102, CVREncipheredPINPerformed},
	{0x0101, CVROfflinePINSuccessful},
	{0x0280, CVRDDAPerformed},
	{0x0240, CVRCDAInFirstAC},
	{0x0220, CVRCDAInSecondAC},
	{0x0210, CVRIssuerAuthenticationPerformed},
	{0x0208, CVRCIACDefaultSkipped},
	{0x0204, CVROfflineChangePINSuccessful},
	{0x0480, CVRLastOnlineNotCompleted},
	{0x0440, CVRUnableToGoOnline},
	{0x0420, CVROfflinePINNotPerformed},
	{0x0410, CVROfflinePINFailed},
	{0x0408, CVRPINTryLimitExceeded},
	{0x0404, CVRInternational},
	{0x0402, CVRDomestic},
	{0x0401, CVRTerminalConsidersPINOK},
	{0x0580, CVRLowerCountLimitExceeded},
	{0x0540, CVRUpperCountLimitExceeded},
	{0x0520, CVRLowerAmountLimitExceeded},
	{0x0510, CVRUpperAmountLimitExceeded},
	{0x0508, CVRGoOnlineNextWasSet},
	{0x0504, CVRIssuerAuthenticationFailed},
	{0x0502, CVRScriptReceived},
	{0x0501, CVRScriptFailed},
	{0x0680, CVRLowerCount2LimitExceeded},
	{0x0640, CVRUpperCount2LimitExceeded},
	{0x0620, CVRLowerAmount2LimitExceeded},
	{0x0610, CVRUpperAmount2LimitExceeded},
	{0x0608, CVRMTALimitExceeded},
	{0x0604, CVRDaysOfflineLimitExceeded},
	{0x0602, CVRAdditionalCheckMatch},
	{0x0601, CVRAdditionalCheckNoMatch},
}

// Decode reads the results. The script count is the low half of a counter that
// may run round; only its change from one transaction to the next means
// something. An offline PIN that was performed and is not stated to be right
// counts as failed.
func (c MChipCVR) Decode() CVR {
	cvr := CVR{
		FirstAC:     firstAC(c[0]),
		SecondAC:    secondAC(c[0]),
		ScriptCount: c[2] >> 4,
		Flags:       decodeCVRFlags(c[:], mchipCVRBits),
	}
	if cvr.Has(CVROfflinePINPerformed) && !cvr.Has(CVROfflinePINSuccessful) {
		cvr.Flags |= CVROfflinePINFailed
	}
	if cvr.Flags&cvrLimits != 0 {
		cvr.Flags |= CVRVelocityExceeded
	}
	return cvr
}

// PINTryCounter returns the low half of the PIN try counter.
func (c MChipCVR) PINTryCounter() int { return int(c[2] & 0x0F) }

// MChipCVR writes the results in the M/Chip layout; triesLeft is the PIN try
// counter. It fails as CCDCVR does.
func (c CVR) MChipCVR(triesLeft uint8) (MChipCVR, error) {
	first, second, err := c.acBits()
	if err != nil {
		return MChipCVR{}, fmt.Errorf("build CVR: %w", err)
	}
	if err := c.checkNibbles(triesLeft); err != nil {
		return MChipCVR{}, err
	}
	v := MChipCVR{second<<6 | first<<4, 0, c.ScriptCount<<4 | triesLeft}
	if rest := encodeCVRFlags(v[:], c.Flags&^CVRVelocityExceeded, mchipCVRBits); rest != 0 {
		return MChipCVR{}, fmt.Errorf("build CVR: the M/Chip layout has no bit for %v", rest.Names())
	}
	return v, nil
}
