package emv

// TVR is the terminal verification results (tag 95): what the terminal found
// on its way. EMV Book 3, Annex C5.
type TVR [5]byte

// The bits of the TVR. EMV 4.4 calls the third of byte 3 "Online CVM captured",
// since it holds for online biometrics too; the name here is that of older
// versions. Bits 4 and 1 of byte 5 are for the contactless kernels to define.
// EMV Book 3, Annex C5.
const (
	TVROfflineDataAuthenticationNotPerformed Bit[TVR] = 0x0180
	TVRSDAFailed                             Bit[TVR] = 0x0140
	TVRICCDataMissing                        Bit[TVR] = 0x0120
	TVRCardOnTerminalExceptionFile           Bit[TVR] = 0x0110
	TVRDDAFailed                             Bit[TVR] = 0x0108
	TVRCDAFailed                             Bit[TVR] = 0x0104
	TVRSDASelected                           Bit[TVR] = 0x0102
	TVRXDASelected                           Bit[TVR] = 0x0101
	TVRApplicationVersionsDiffer             Bit[TVR] = 0x0280
	TVRExpiredApplication                    Bit[TVR] = 0x0240
	TVRApplicationNotYetEffective            Bit[TVR] = 0x0220
	TVRRequestedServiceNotAllowed            Bit[TVR] = 0x0210
	TVRNewCard                               Bit[TVR] = 0x0208
	TVRBiometricSuccessful                   Bit[TVR] = 0x0202
	TVRBiometricFormatNotSupported           Bit[TVR] = 0x0201
	TVRCardholderVerificationNotSuccessful   Bit[TVR] = 0x0380
	TVRUnrecognisedCVM                       Bit[TVR] = 0x0340
	TVRPINTryLimitExceeded                   Bit[TVR] = 0x0320
	TVRPINPadNotWorking                      Bit[TVR] = 0x0310
	TVRPINNotEntered                         Bit[TVR] = 0x0308
	TVROnlinePINEntered                      Bit[TVR] = 0x0304
	TVRBiometricDeviceNotWorking             Bit[TVR] = 0x0302
	TVRBiometricBypassed                     Bit[TVR] = 0x0301
	TVRFloorLimitExceeded                    Bit[TVR] = 0x0480
	TVRLowerConsecutiveOfflineLimitExceeded  Bit[TVR] = 0x0440
	TVRUpperConsecutiveOfflineLimitExceeded  Bit[TVR] = 0x0420
	TVRSelectedRandomly                      Bit[TVR] = 0x0410
	TVRMerchantForcedOnline                  Bit[TVR] = 0x0408
	TVRBiometricTryLimitExceeded             Bit[TVR] = 0x0404
	TVRBiometricTypeNotSupported             Bit[TVR] = 0x0402
	TVRXDAFailed                             Bit[TVR] = 0x0401
	TVRDefaultTDOLUsed                       Bit[TVR] = 0x0580
	TVRIssuerAuthenticationFailed            Bit[TVR] = 0x0540
	TVRScriptFailedBeforeFinalGenerateAC     Bit[TVR] = 0x0520
	TVRScriptFailedAfterFinalGenerateAC      Bit[TVR] = 0x0510
	TVRReservedForContactlessBit4            Bit[TVR] = 0x0508
	TVRCAECCKeyMissing                       Bit[TVR] = 0x0504
	TVRECCKeyRecoveryFailed                  Bit[TVR] = 0x0502
	TVRReservedForContactlessBit1            Bit[TVR] = 0x0501
)

var tvrLayout = layout{"TVR", []bitMeaning{
	{uint16(TVROfflineDataAuthenticationNotPerformed), "oda-not-performed", "Offline data authentication was not performed"},
	{uint16(TVRSDAFailed), "sda-failed", "SDA failed"},
	{uint16(TVRICCDataMissing), "icc-data-missing", "ICC data missing"},
	{uint16(TVRCardOnTerminalExceptionFile), "card-on-exception-file", "Card appears on terminal exception file"},
	{uint16(TVRDDAFailed), "dda-failed", "DDA failed"},
	{uint16(TVRCDAFailed), "cda-failed", "CDA failed"},
	{uint16(TVRSDASelected), "sda-selected", "SDA selected"},
	{uint16(TVRXDASelected), "xda-selected", "XDA selected"},
	{uint16(TVRApplicationVersionsDiffer), "application-versions-differ", "ICC and terminal have different application versions"},
	{uint16(TVRExpiredApplication), "expired-application", "Expired application"},
	{uint16(TVRApplicationNotYetEffective), "application-not-yet-effective", "Application not yet effective"},
	{uint16(TVRRequestedServiceNotAllowed), "requested-service-not-allowed", "Requested service not allowed for card product"},
	{uint16(TVRNewCard), "new-card", "New card"},
	{uint16(TVRBiometricSuccessful), "biometric-successful", "Biometric performed and successful"},
	{uint16(TVRBiometricFormatNotSupported), "biometric-format-not-supported", "Biometric template format not supported"},
	{uint16(TVRCardholderVerificationNotSuccessful), "cardholder-verification-not-successful", "Cardholder verification was not successful"},
	{uint16(TVRUnrecognisedCVM), "unrecognised-cvm", "Unrecognised CVM"},
	{uint16(TVRPINTryLimitExceeded), "pin-try-limit-exceeded", "PIN Try Limit exceeded"},
	{uint16(TVRPINPadNotWorking), "pin-required-pin-pad-not-working", "PIN entry required and PIN pad not present or not working"},
	{uint16(TVRPINNotEntered), "pin-required-not-entered", "PIN entry required, PIN pad present, but PIN was not entered"},
	{uint16(TVROnlinePINEntered), "online-pin-entered", "Online PIN entered"},
	{uint16(TVRBiometricDeviceNotWorking), "biometric-device-not-working", "Biometric required but Biometric capture device not working"},
	{uint16(TVRBiometricBypassed), "biometric-bypassed", "Biometric required, Biometric capture device present, but Biometric Subtype entry was bypassed"},
	{uint16(TVRFloorLimitExceeded), "floor-limit-exceeded", "Transaction exceeds floor limit"},
	{uint16(TVRLowerConsecutiveOfflineLimitExceeded), "lower-consecutive-offline-limit-exceeded", "Lower consecutive offline limit exceeded"},
	{uint16(TVRUpperConsecutiveOfflineLimitExceeded), "upper-consecutive-offline-limit-exceeded", "Upper consecutive offline limit exceeded"},
	{uint16(TVRSelectedRandomly), "selected-randomly", "Transaction selected randomly for online processing"},
	{uint16(TVRMerchantForcedOnline), "merchant-forced-online", "Merchant forced transaction online"},
	{uint16(TVRBiometricTryLimitExceeded), "biometric-try-limit-exceeded", "Biometric Try Limit exceeded"},
	{uint16(TVRBiometricTypeNotSupported), "biometric-type-not-supported", "A selected Biometric Type not supported"},
	{uint16(TVRXDAFailed), "xda-failed", "XDA signature verification failed"},
	{uint16(TVRDefaultTDOLUsed), "default-tdol-used", "Default TDOL used"},
	{uint16(TVRIssuerAuthenticationFailed), "issuer-authentication-failed", "Issuer authentication failed"},
	{uint16(TVRScriptFailedBeforeFinalGenerateAC), "script-failed-before-final-gac", "Script processing failed before final GENERATE AC"},
	{uint16(TVRScriptFailedAfterFinalGenerateAC), "script-failed-after-final-gac", "Script processing failed after final GENERATE AC"},
	{uint16(TVRReservedForContactlessBit4), "reserved-for-contactless-bit-4", "Reserved for use by the EMV Contactless Specifications (bit 4)"},
	{uint16(TVRCAECCKeyMissing), "ca-ecc-key-missing", "CA ECC key missing"},
	{uint16(TVRECCKeyRecoveryFailed), "ecc-key-recovery-failed", "ECC key recovery failed"},
	{uint16(TVRReservedForContactlessBit1), "reserved-for-contactless-bit-1", "Reserved for use by the EMV Contactless Specifications (bit 1)"},
}}

func (TVR) layout() layout { return tvrLayout }

// Has reports whether the bit is set.
func (t TVR) Has(b Bit[TVR]) bool { return hasBit(t, b) }

// Set sets the bit.
func (t *TVR) Set(b Bit[TVR]) { setBit(t, b) }

// Bits returns the set bits that have a meaning, byte 1 bit 8 first.
func (t TVR) Bits() []Bit[TVR] { return setBits(t) }

// Names returns the machine names of Bits.
func (t TVR) Names() []string { return setNames(t) }

// RFU returns the set bits that are reserved for future use.
func (t TVR) RFU() []Bit[TVR] { return reservedBits(t) }

// String returns the field as hexadecimal digits.
func (t TVR) String() string { return upperHex(t[:]) }

// Union returns the bits that are set in either.
func (t TVR) Union(o TVR) TVR {
	for i := range t {
		t[i] |= o[i]
	}
	return t
}
