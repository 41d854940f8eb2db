package emv

import "fmt"

// CVM is a cardholder verification method: bits 6-1 of a CVM code. EMV Book 3,
// Annex C3.
type CVM byte

// The methods of EMV Book 3, Annex C3. 06 to 0F are biometrics, 10 to 1D are
// RFU, 20 to 2F belong to payment systems and 30 to 3E to issuers.
const (
	CVMFail                      CVM = 0x00
	CVMPlaintextPIN              CVM = 0x01 // the ICC verifies it
	CVMOnlinePIN                 CVM = 0x02 // enciphered, the issuer verifies it
	CVMPlaintextPINAndSignature  CVM = 0x03
	CVMEncipheredPIN             CVM = 0x04 // the ICC verifies it
	CVMEncipheredPINAndSignature CVM = 0x05
	CVMSignature                 CVM = 0x1E
	CVMNone                      CVM = 0x1F // no CVM required
	// CVMNotPerformed appears in CVM results alone. EMV Book 4, Annex A4.
	CVMNotPerformed CVM = 0x3F
)

// The range of the biometric methods.
const (
	cvmBiometricFirst CVM = 0x06
	cvmBiometricLast  CVM = 0x0F
)

// cvmTexts are the words of EMV Book 3, Annex C3 for the methods that have any.
var cvmTexts = map[CVM]string{
	CVMFail:                      "Fail CVM processing",
	CVMPlaintextPIN:              "Plaintext PIN verification performed by ICC",
	CVMOnlinePIN:                 "Enciphered PIN verified online",
	CVMPlaintextPINAndSignature:  "Plaintext PIN verification performed by ICC and signature (paper)",
	CVMEncipheredPIN:             "Enciphered PIN verification performed by ICC",
	CVMEncipheredPINAndSignature: "Enciphered PIN verification performed by ICC and signature (paper)",
	0x06:                         "Facial biometric verified offline (by ICC)",
	0x07:                         "Facial biometric verified online",
	0x08:                         "Finger biometric verified offline (by ICC)",
	0x09:                         "Finger biometric verified online",
	0x0A:                         "Palm biometric verified offline (by ICC)",
	0x0B:                         "Palm biometric verified online",
	0x0C:                         "Iris biometric verified offline (by ICC)",
	0x0D:                         "Iris biometric verified online",
	0x0E:                         "Voice biometric verified offline (by ICC)",
	0x0F:                         "Voice biometric verified online",
	CVMSignature:                 "Signature (paper)",
	CVMNone:                      "No CVM required",
	CVMNotPerformed:              "No CVM performed",
}

// Recognised reports whether EMV Book 3, Annex C3 defines the method, so that a
// terminal has to understand it even where it does not support it. Biometric
// methods are among them since EMV 4.4, which has a bit of the TVR for those
// that are not supported; older terminals do not recognise them. EMV Book 4,
// 6.3.4.
func (m CVM) Recognised() bool {
	_, ok := cvmTexts[m]
	return ok && m != CVMNotPerformed
}

// String returns the method in the words of the Books, or its code.
func (m CVM) String() string {
	if text, ok := cvmTexts[m]; ok {
		return text
	}
	return fmt.Sprintf("CVM %02X", byte(m))
}

// biometric reports whether m verifies a feature of the body, by the ICC or
// online.
func (m CVM) biometric() bool { return m >= cvmBiometricFirst && m <= cvmBiometricLast }

// offlinePIN returns the PIN method within m that the ICC verifies.
func (m CVM) offlinePIN() (CVM, bool) {
	switch m {
	case CVMPlaintextPIN, CVMPlaintextPINAndSignature:
		return CVMPlaintextPIN, true
	case CVMEncipheredPIN, CVMEncipheredPINAndSignature:
		return CVMEncipheredPIN, true
	}
	return 0, false
}

// CVMCode is byte 1 of a CV rule: a method, and what to do where it is
// unsuccessful. Bit 8 is RFU and not looked at. EMV Book 3, Annex C3.
type CVMCode byte

// cvmNext is bit 7 of a CVM code.
const cvmNext CVMCode = 0x40

// NewCVMCode returns the code of a method.
func NewCVMCode(m CVM, nextIfUnsuccessful bool) CVMCode {
	if nextIfUnsuccessful {
		return CVMCode(m) | cvmNext
	}
	return CVMCode(m)
}

// Method returns the method.
func (c CVMCode) Method() CVM { return CVM(c & 0x3F) }

// NextIfUnsuccessful reports whether the next rule applies where this CVM is
// unsuccessful; otherwise cardholder verification has failed.
func (c CVMCode) NextIfUnsuccessful() bool { return c&cvmNext != 0 }

// CVMCondition is byte 2 of a CV rule: when the rule applies. EMV Book 3, Annex
// C3.
type CVMCondition byte

// The conditions of EMV Book 3, Annex C3.
const (
	CVMAlways CVMCondition = iota
	CVMUnattendedCash
	CVMNotCashNorCashback
	CVMSupported
	CVMManualCash
	CVMCashback
	CVMUnderX
	CVMOverX
	CVMUnderY
	CVMOverY
)

// String returns the condition in the words of the Books, or its code.
func (c CVMCondition) String() string {
	texts := [...]string{
		"Always",
		"If unattended cash",
		"If not unattended cash and not manual cash and not purchase with cashback",
		"If terminal supports the CVM",
		"If manual cash",
		"If purchase with cashback",
		"If transaction is in the application currency and is under X value",
		"If transaction is in the application currency and is over X value",
		"If transaction is in the application currency and is under Y value",
		"If transaction is in the application currency and is over Y value",
	}
	if int(c) < len(texts) {
		return texts[c]
	}
	return fmt.Sprintf("condition %02X", byte(c))
}
