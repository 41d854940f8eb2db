package emv

// TSI is the transaction status information (tag 9B): which functions the
// terminal performed. EMV Book 3, Annex C6.
type TSI [2]byte

// The bits of the TSI; byte 2 is RFU. EMV Book 3, Annex C6.
const (
	TSIOfflineDataAuthenticationPerformed Bit[TSI] = 0x0180
	TSICardholderVerificationPerformed    Bit[TSI] = 0x0140
	TSICardRiskManagementPerformed        Bit[TSI] = 0x0120
	TSIIssuerAuthenticationPerformed      Bit[TSI] = 0x0110
	TSITerminalRiskManagementPerformed    Bit[TSI] = 0x0108
	TSIScriptProcessingPerformed          Bit[TSI] = 0x0104
)

var tsiLayout = layout{"TSI", []bitMeaning{
	{uint16(TSIOfflineDataAuthenticationPerformed), "oda-performed", "Offline data authentication was performed"},
	{uint16(TSICardholderVerificationPerformed), "cvm-performed", "Cardholder verification was performed"},
	{uint16(TSICardRiskManagementPerformed), "card-risk-management-performed", "Card risk management was performed"},
	{uint16(TSIIssuerAuthenticationPerformed), "issuer-authentication-performed", "Issuer authentication was performed"},
	{uint16(TSITerminalRiskManagementPerformed), "terminal-risk-management-performed", "Terminal risk management was performed"},
	{uint16(TSIScriptProcessingPerformed), "script-processing-performed", "Script processing was performed"},
}}

func (TSI) layout() layout { return tsiLayout }

// Has reports whether the bit is set.
func (t TSI) Has(b Bit[TSI]) bool { return hasBit(t, b) }

// Set sets the bit.
func (t *TSI) Set(b Bit[TSI]) { setBit(t, b) }

// Bits returns the set bits that have a meaning, byte 1 bit 8 first.
func (t TSI) Bits() []Bit[TSI] { return setBits(t) }

// Names returns the machine names of Bits.
func (t TSI) Names() []string { return setNames(t) }

// RFU returns the set bits that are reserved for future use.
func (t TSI) RFU() []Bit[TSI] { return reservedBits(t) }

// String returns the field as hexadecimal digits.
func (t TSI) String() string { return upperHex(t[:]) }
