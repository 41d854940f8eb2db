package emv

// AIP is the application interchange profile (tag 82): which functions the
// card supports. EMV Book 3, Annex C1.
type AIP [2]byte

// The bits of the AIP. Byte 1 bit 2 and byte 2 belong to the contactless
// kernels (EMV Contactless Book C-2, Annex A); the others are those of EMV Book
// 3, Annex C1.
const (
	AIPXDASupported                            Bit[AIP] = 0x0180
	AIPSDASupported                            Bit[AIP] = 0x0140
	AIPDDASupported                            Bit[AIP] = 0x0120
	AIPCardholderVerificationSupported         Bit[AIP] = 0x0110
	AIPTerminalRiskManagement                  Bit[AIP] = 0x0108
	AIPIssuerAuthenticationSupported           Bit[AIP] = 0x0104
	AIPOnDeviceCardholderVerificationSupported Bit[AIP] = 0x0102
	AIPCDASupported                            Bit[AIP] = 0x0101
	AIPContactlessEMVMode                      Bit[AIP] = 0x0280
	AIPRelayResistanceSupported                Bit[AIP] = 0x0201
)

var aipLayout = layout{"AIP", []bitMeaning{
	{uint16(AIPXDASupported), "xda-supported", "XDA supported"},
	{uint16(AIPSDASupported), "sda-supported", "SDA supported"},
	{uint16(AIPDDASupported), "dda-supported", "DDA supported"},
	{uint16(AIPCardholderVerificationSupported), "cardholder-verification-supported", "Cardholder verification is supported"},
	{uint16(AIPTerminalRiskManagement), "terminal-risk-management-required", "Terminal risk management is to be performed"},
	{uint16(AIPIssuerAuthenticationSupported), "issuer-authentication-supported", "Issuer authentication is supported"},
	{uint16(AIPOnDeviceCardholderVerificationSupported), "on-device-cardholder-verification-supported", "On device cardholder verification is supported"},
	{uint16(AIPCDASupported), "cda-supported", "CDA supported"},
	{uint16(AIPContactlessEMVMode), "contactless-emv-mode-supported", "EMV mode is supported"},
	{uint16(AIPRelayResistanceSupported), "relay-resistance-supported", "Relay resistance protocol is supported"},
}}

func (AIP) layout() layout { return aipLayout }

// Has reports whether the bit is set.
func (a AIP) Has(b Bit[AIP]) bool { return hasBit(a, b) }

// Set sets the bit.
func (a *AIP) Set(b Bit[AIP]) { setBit(a, b) }

// Bits returns the set bits that have a meaning, byte 1 bit 8 first.
func (a AIP) Bits() []Bit[AIP] { return setBits(a) }

// Names returns the machine names of Bits.
func (a AIP) Names() []string { return setNames(a) }

// RFU returns the set bits that are reserved for future use.
func (a AIP) RFU() []Bit[AIP] { return reservedBits(a) }

// String returns the field as hexadecimal digits.
func (a AIP) String() string { return upperHex(a[:]) }
