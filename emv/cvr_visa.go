package emv

import "fmt"

// VisaCVR is the card verification results of the Visa layout (formats 0, 1 and
// 3), without the length byte 03 before them. The Amex-style profile uses them
// too. Publications count the length byte as byte 1.
type VisaCVR [3]byte

// visaCVRBits are the statements of the three bytes. VIS 1.4; the last from
// newer versions of VIS.
var visaCVRBits = []cvrBit{
	{0x0108, CVRIssuerAuthenticationFailed},
	{0x0104, CVROfflinePINPerformed},
	{0x0102, CVROfflinePINFailed},
	{0x0101, CVRUnableToGoOnline},
	{0x0280, CVRLastOnlineNotCompleted},
	{0x0240, CVRPINTryLimitExceeded},
	{0x0220, CVRVelocityExceeded},
	{0x0210, CVRNewCard},
	{0x0208, CVRIssuerAuthenticationFailedLastOnline},
	{0x0204, CVRIssuerAuthenticationNotPerformedAfterOnline},
	{0x0202, CVRApplicationBlockedByPINTries},
	{0x0201, CVRSDAFailedLastTransaction},
	{0x0308, CVRScriptFailed},
	{0x0304, CVRDDAFailedLastTransaction},
	{0x0302, CVRDDAPerformed},
	{0x0301, CVRPINExpectedNotReceived},
}

// scriptCountMax is the highest count of script commands that a CVR can hold.
const scriptCountMax = 15

// Decode reads the results. The script count is that of the commands with secure
// messaging processed on the last transaction.
func (c VisaCVR) Decode() CVR {
	return CVR{
		FirstAC:     firstAC(c[0]),
		SecondAC:    secondAC(c[0]),
		ScriptCount: c[2] >> 4,
		Flags:       decodeCVRFlags(c[:], visaCVRBits),
	}
}

// VisaCVR writes the results in the Visa layout. It fails where they hold a flag
// that the layout has no bit for, a count above 15 or a type of cryptogram that
// has no code.
func (c CVR) VisaCVR() (VisaCVR, error) {
	first, second, err := c.acBits()
	if err != nil {
		return VisaCVR{}, fmt.Errorf("build CVR: %w", err)
	}
	if c.ScriptCount > scriptCountMax {
		return VisaCVR{}, fmt.Errorf("build CVR: %d script commands, at most %d", c.ScriptCount, scriptCountMax)
	}
	v := VisaCVR{second<<6 | first<<4, 0, c.ScriptCount << 4}
	if rest := encodeCVRFlags(v[:], c.Flags, visaCVRBits); rest != 0 {
		return VisaCVR{}, fmt.Errorf("build CVR: the Visa layout has no bit for %v", rest.Names())
	}
	return v, nil
}

// acBits returns the two-bit codes of the types of the cryptograms.
func (c CVR) acBits() (first, second byte, err error) {
	second = byte(c.SecondAC)
	if c.SecondAC == ACTypeNotRequested {
		second = byte(ACTypeARQC)
	}
	if c.FirstAC > ACTypeRFU || second > byte(ACTypeRFU) || c.SecondAC == ACTypeARQC {
		return 0, 0, fmt.Errorf("no code for first AC %v with second AC %v", c.FirstAC, c.SecondAC)
	}
	return byte(c.FirstAC), second, nil
}

// VisaFormat2CVR is the five bytes of card verification results of the Visa
// formats 2 and 4. Their bytes 2 to 4 are those of VisaCVR, but for the offline
// PIN; byte 1 says how the consumer's device verified the cardholder and byte 5
// what state the device is in. From public sources that are not Visa's own.
type VisaFormat2CVR [5]byte

// visaFormat2CVRBits are the statements that formats 2 and 4 have in place of
// those of offline PIN.
var visaFormat2CVRBits = []cvrBit{
	{0x0204, CVRDeviceCVMPerformed},
	{0x0502, CVRDeviceCVMPerformed},
}

// Decode reads the results.
func (c VisaFormat2CVR) Decode() CVR {
	cvr := VisaCVR(c[1:4]).Decode()
	cvr.Flags &^= CVROfflinePINPerformed | CVROfflinePINFailed
	cvr.Flags |= decodeCVRFlags(c[:], visaFormat2CVRBits)
	return cvr
}

// VisaFormat2CVR writes the results in the Visa layout of formats 2 and 4, with
// nothing said about a consumer's device. It fails as VisaCVR does, and where the
// results speak of an offline PIN.
func (c CVR) VisaFormat2CVR() (VisaFormat2CVR, error) {
	if f := c.Flags & (CVROfflinePINPerformed | CVROfflinePINFailed); f != 0 {
		return VisaFormat2CVR{}, fmt.Errorf("build CVR: format 2 of the Visa layout has no bit for %v", f.Names())
	}
	inside, err := c.VisaCVR()
	if err != nil {
		return VisaFormat2CVR{}, err
	}
	var v VisaFormat2CVR
	copy(v[1:], inside[:])
	return v, nil
}
