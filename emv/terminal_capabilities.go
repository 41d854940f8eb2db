package emv

// TerminalCapabilities (tag 9F33) says how the terminal reads cards (byte 1),
// which CVMs it supports (byte 2) and which security functions (byte 3). EMV
// Book 4, Annex A2.
type TerminalCapabilities [3]byte

// The bits of the terminal capabilities, those of biometrics and of elliptic
// curves from EMV 4.4. EMV Book 4, Annex A2.
const (
	TerminalManualKeyEntry   Bit[TerminalCapabilities] = 0x0180
	TerminalMagneticStripe   Bit[TerminalCapabilities] = 0x0140
	TerminalICWithContacts   Bit[TerminalCapabilities] = 0x0120
	TerminalPlaintextPIN     Bit[TerminalCapabilities] = 0x0280
	TerminalOnlinePIN        Bit[TerminalCapabilities] = 0x0240
	TerminalSignature        Bit[TerminalCapabilities] = 0x0220
	TerminalEncipheredPIN    Bit[TerminalCapabilities] = 0x0210
	TerminalNoCVM            Bit[TerminalCapabilities] = 0x0208
	TerminalOnlineBiometric  Bit[TerminalCapabilities] = 0x0204
	TerminalOfflineBiometric Bit[TerminalCapabilities] = 0x0202
	TerminalEncipheredPINECC Bit[TerminalCapabilities] = 0x0201
	TerminalSDA              Bit[TerminalCapabilities] = 0x0380
	TerminalDDA              Bit[TerminalCapabilities] = 0x0340
	TerminalCardCapture      Bit[TerminalCapabilities] = 0x0320
	TerminalCDA              Bit[TerminalCapabilities] = 0x0308
	TerminalXDA              Bit[TerminalCapabilities] = 0x0304
)

var terminalCapabilitiesLayout = layout{"terminal capabilities", []bitMeaning{
	{uint16(TerminalManualKeyEntry), "manual-key-entry", "Manual key entry"},
	{uint16(TerminalMagneticStripe), "magnetic-stripe", "Magnetic stripe"},
	{uint16(TerminalICWithContacts), "ic-with-contacts", "IC with contacts"},
	{uint16(TerminalPlaintextPIN), "plaintext-offline-pin", "Plaintext PIN for ICC verification"},
	{uint16(TerminalOnlinePIN), "online-pin", "Enciphered PIN for online verification"},
	{uint16(TerminalSignature), "signature", "Signature (paper)"},
	{uint16(TerminalEncipheredPIN), "enciphered-offline-pin", "Enciphered PIN for offline verification"},
	{uint16(TerminalNoCVM), "no-cvm", "No CVM required"},
	{uint16(TerminalOnlineBiometric), "online-biometric", "Online biometric"},
	{uint16(TerminalOfflineBiometric), "offline-biometric", "Offline biometric"},
	{uint16(TerminalEncipheredPINECC), "enciphered-offline-pin-ecc", "Enciphered PIN for offline verification (ECC)"},
	{uint16(TerminalSDA), "sda", "SDA"},
	{uint16(TerminalDDA), "dda", "DDA"},
	{uint16(TerminalCardCapture), "card-capture", "Card capture"},
	{uint16(TerminalCDA), "cda", "CDA"},
	{uint16(TerminalXDA), "xda", "XDA"},
}}

func (TerminalCapabilities) layout() layout { return terminalCapabilitiesLayout }

// Has reports whether the bit is set.
func (c TerminalCapabilities) Has(b Bit[TerminalCapabilities]) bool { return hasBit(c, b) }

// Set sets the bit.
func (c *TerminalCapabilities) Set(b Bit[TerminalCapabilities]) { setBit(c, b) }

// Bits returns the set bits that have a meaning, byte 1 bit 8 first.
func (c TerminalCapabilities) Bits() []Bit[TerminalCapabilities] { return setBits(c) }

// Names returns the machine names of Bits.
func (c TerminalCapabilities) Names() []string { return setNames(c) }

// RFU returns the set bits that are reserved for future use.
func (c TerminalCapabilities) RFU() []Bit[TerminalCapabilities] { return reservedBits(c) }

// String returns the field as hexadecimal digits.
func (c TerminalCapabilities) String() string { return upperHex(c[:]) }

// EncipheredPIN reports whether the terminal enciphers a PIN for the ICC, under
// whatever kind of key.
func (c TerminalCapabilities) EncipheredPIN() bool {
	return c.Has(TerminalEncipheredPIN) || c.Has(TerminalEncipheredPINECC)
}

// SupportsCVM reports whether the terminal can perform the method; a
// combination needs both of its parts, and failing needs nothing. Biometric
// methods are not supported, whatever the capabilities say: the walk has no way
// to perform them. EMV Book 4, 6.3.4.
func (c TerminalCapabilities) SupportsCVM(m CVM) bool {
	switch m {
	case CVMFail:
		return true
	case CVMPlaintextPIN:
		return c.Has(TerminalPlaintextPIN)
	case CVMOnlinePIN:
		return c.Has(TerminalOnlinePIN)
	case CVMPlaintextPINAndSignature:
		return c.Has(TerminalPlaintextPIN) && c.Has(TerminalSignature)
	case CVMEncipheredPIN:
		return c.EncipheredPIN()
	case CVMEncipheredPINAndSignature:
		return c.EncipheredPIN() && c.Has(TerminalSignature)
	case CVMSignature:
		return c.Has(TerminalSignature)
	case CVMNone:
		return c.Has(TerminalNoCVM)
	}
	return false
}
