package emv

// CSU is the card status update that an issuer of a CCD application sends in
// tag 91: whether it approves, and what the card shall do. EMV Book 3, Annex
// C10.
type CSU [4]byte

// The bits of the CSU. EMV Book 3, Annex C10.
const (
	CSUProprietaryAuthenticationData Bit[CSU] = 0x0180
	CSUIssuerApproves                Bit[CSU] = 0x0280
	CSUCardBlock                     Bit[CSU] = 0x0240
	CSUApplicationBlock              Bit[CSU] = 0x0220
	CSUUpdatePINTryCounter           Bit[CSU] = 0x0210
	CSUGoOnlineOnNextTransaction     Bit[CSU] = 0x0208
	CSUCreatedByProxy                Bit[CSU] = 0x0204
)

var csuLayout = layout{"CSU", []bitMeaning{
	{uint16(CSUProprietaryAuthenticationData), "proprietary-authentication-data-included", "Proprietary Authentication Data included"},
	{bit: 0x010F}, // PIN Try Counter
	{uint16(CSUIssuerApproves), "issuer-approves", "Issuer approves online transaction"},
	{uint16(CSUCardBlock), "card-block", "Card block"},
	{uint16(CSUApplicationBlock), "application-block", "Application block"},
	{uint16(CSUUpdatePINTryCounter), "update-pin-try-counter", "Update PIN Try Counter"},
	{uint16(CSUGoOnlineOnNextTransaction), "go-online-on-next-transaction", "Set Go Online on Next Transaction"},
	{uint16(CSUCreatedByProxy), "created-by-proxy", "CSU Created by Proxy for the Issuer"},
	{bit: 0x0203}, // Update counters
	{bit: 0x04FF}, // Issuer-discretionary
}}

func (CSU) layout() layout { return csuLayout }

// Has reports whether the bit is set.
func (c CSU) Has(b Bit[CSU]) bool { return hasBit(c, b) }

// Set sets the bit.
func (c *CSU) Set(b Bit[CSU]) { setBit(c, b) }

// Bits returns the set bits that have a meaning, byte 1 bit 8 first.
func (c CSU) Bits() []Bit[CSU] { return setBits(c) }

// Names returns the machine names of Bits.
func (c CSU) Names() []string { return setNames(c) }

// RFU returns the set bits that are reserved for future use.
func (c CSU) RFU() []Bit[CSU] { return reservedBits(c) }

// String returns the field as hexadecimal digits.
func (c CSU) String() string { return upperHex(c[:]) }

// CounterUpdate is what the card shall do with its offline counters.
type CounterUpdate uint8

// The updates of offline counters. EMV Book 3, Annex C10.
const (
	CountersUnchanged CounterUpdate = iota
	CountersToUpperLimits
	CountersToZero
	CountersAddTransaction
)

// PINTryCounter returns the value, 0 to 15, that the card's PIN try counter
// takes where CSUUpdatePINTryCounter is set.
func (c CSU) PINTryCounter() int { return int(c[0] & 0x0F) }

// CounterUpdate returns what the card shall do with its offline counters.
func (c CSU) CounterUpdate() CounterUpdate { return CounterUpdate(c[1] & 0x03) }
