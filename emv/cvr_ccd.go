package emv

import "fmt"

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

// CCDCVR writes the results in the layout of the Common Core Definitions. The
// script count is that of successful commands; triesLeft is the PIN try counter.
// It fails where the results hold a flag that the layout has no bit for (that
// velocity is exceeded follows from the limits), or a number of more than four bits.
func (c CVR) CCDCVR(triesLeft uint8) (CCDCVR, error) {
	first, second, err := c.acBits()
	if err != nil {
		return CCDCVR{}, fmt.Errorf("build CVR: %w", err)
	}
	if err := c.checkNibbles(triesLeft); err != nil {
		return CCDCVR{}, err
	}
	v := CCDCVR{second<<6 | first<<4, triesLeft << 4, 0, c.ScriptCount << 4}
	if rest := encodeCVRFlags(v[:], c.Flags&^CVRVelocityExceeded, ccdCVRBits); rest != 0 {
		return CCDCVR{}, fmt.Errorf("build CVR: the CCD layout has no bit for %v", rest.Names())
	}
	return v, nil
}

// checkNibbles checks the numbers that have four bits.
func (c CVR) checkNibbles(triesLeft uint8) error {
	if c.ScriptCount > scriptCountMax || triesLeft > scriptCountMax {
		return fmt.Errorf("build CVR: %d script commands and %d PIN tries, at most %d of each", c.ScriptCount, triesLeft, scriptCountMax)
	}
	return nil
}
