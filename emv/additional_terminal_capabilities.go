package emv

// AdditionalTerminalCapabilities (tag 9F40) says which transaction types the
// terminal offers (bytes 1 and 2), which keys it has (byte 3), and what it can
// print and display (bytes 4 and 5). EMV Book 4, Annex A3.
type AdditionalTerminalCapabilities [5]byte

// The bits of the additional terminal capabilities. EMV Book 4, Annex A3.
const (
	AdditionalCash              Bit[AdditionalTerminalCapabilities] = 0x0180
	AdditionalGoods             Bit[AdditionalTerminalCapabilities] = 0x0140
	AdditionalServices          Bit[AdditionalTerminalCapabilities] = 0x0120
	AdditionalCashback          Bit[AdditionalTerminalCapabilities] = 0x0110
	AdditionalInquiry           Bit[AdditionalTerminalCapabilities] = 0x0108
	AdditionalTransfer          Bit[AdditionalTerminalCapabilities] = 0x0104
	AdditionalPayment           Bit[AdditionalTerminalCapabilities] = 0x0102
	AdditionalAdministrative    Bit[AdditionalTerminalCapabilities] = 0x0101
	AdditionalCashDeposit       Bit[AdditionalTerminalCapabilities] = 0x0280
	AdditionalNumericKeys       Bit[AdditionalTerminalCapabilities] = 0x0380
	AdditionalAlphabeticKeys    Bit[AdditionalTerminalCapabilities] = 0x0340
	AdditionalCommandKeys       Bit[AdditionalTerminalCapabilities] = 0x0320
	AdditionalFunctionKeys      Bit[AdditionalTerminalCapabilities] = 0x0310
	AdditionalPrintAttendant    Bit[AdditionalTerminalCapabilities] = 0x0480
	AdditionalPrintCardholder   Bit[AdditionalTerminalCapabilities] = 0x0440
	AdditionalDisplayAttendant  Bit[AdditionalTerminalCapabilities] = 0x0420
	AdditionalDisplayCardholder Bit[AdditionalTerminalCapabilities] = 0x0410
	AdditionalCodeTable10       Bit[AdditionalTerminalCapabilities] = 0x0402
	AdditionalCodeTable9        Bit[AdditionalTerminalCapabilities] = 0x0401
	AdditionalCodeTable8        Bit[AdditionalTerminalCapabilities] = 0x0580
	AdditionalCodeTable7        Bit[AdditionalTerminalCapabilities] = 0x0540
	AdditionalCodeTable6        Bit[AdditionalTerminalCapabilities] = 0x0520
	AdditionalCodeTable5        Bit[AdditionalTerminalCapabilities] = 0x0510
	AdditionalCodeTable4        Bit[AdditionalTerminalCapabilities] = 0x0508
	AdditionalCodeTable3        Bit[AdditionalTerminalCapabilities] = 0x0504
	AdditionalCodeTable2        Bit[AdditionalTerminalCapabilities] = 0x0502
	AdditionalCodeTable1        Bit[AdditionalTerminalCapabilities] = 0x0501
)

var additionalTerminalCapabilitiesLayout = layout{"additional terminal capabilities", []bitMeaning{
	{uint16(AdditionalCash), "cash", "Cash"},
	{uint16(AdditionalGoods), "goods", "Goods"},
	{uint16(AdditionalServices), "services", "Services"},
	{uint16(AdditionalCashback), "cashback", "Cashback"},
	{uint16(AdditionalInquiry), "inquiry", "Inquiry"},
	{uint16(AdditionalTransfer), "transfer", "Transfer"},
	{uint16(AdditionalPayment), "payment", "Payment"},
	{uint16(AdditionalAdministrative), "administrative", "Administrative"},
	{uint16(AdditionalCashDeposit), "cash-deposit", "Cash Deposit"},
	{uint16(AdditionalNumericKeys), "numeric-keys", "Numeric keys"},
	{uint16(AdditionalAlphabeticKeys), "alphabetic-and-special-keys", "Alphabetic and special characters keys"},
	{uint16(AdditionalCommandKeys), "command-keys", "Command keys"},
	{uint16(AdditionalFunctionKeys), "function-keys", "Function keys"},
	{uint16(AdditionalPrintAttendant), "print-attendant", "Print, attendant"},
	{uint16(AdditionalPrintCardholder), "print-cardholder", "Print, cardholder"},
	{uint16(AdditionalDisplayAttendant), "display-attendant", "Display, attendant"},
	{uint16(AdditionalDisplayCardholder), "display-cardholder", "Display, cardholder"},
	{uint16(AdditionalCodeTable10), "code-table-10", "Code table 10"},
	{uint16(AdditionalCodeTable9), "code-table-9", "Code table 9"},
	{uint16(AdditionalCodeTable8), "code-table-8", "Code table 8"},
	{uint16(AdditionalCodeTable7), "code-table-7", "Code table 7"},
	{uint16(AdditionalCodeTable6), "code-table-6", "Code table 6"},
	{uint16(AdditionalCodeTable5), "code-table-5", "Code table 5"},
	{uint16(AdditionalCodeTable4), "code-table-4", "Code table 4"},
	{uint16(AdditionalCodeTable3), "code-table-3", "Code table 3"},
	{uint16(AdditionalCodeTable2), "code-table-2", "Code table 2"},
	{uint16(AdditionalCodeTable1), "code-table-1", "Code table 1"},
}}

func (AdditionalTerminalCapabilities) layout() layout { return additionalTerminalCapabilitiesLayout }

// Has reports whether the bit is set.
func (c AdditionalTerminalCapabilities) Has(b Bit[AdditionalTerminalCapabilities]) bool {
	return hasBit(c, b)
}

// Set sets the bit.
func (c *AdditionalTerminalCapabilities) Set(b Bit[AdditionalTerminalCapabilities]) { setBit(c, b) }

// Bits returns the set bits that have a meaning, byte 1 bit 8 first.
func (c AdditionalTerminalCapabilities) Bits() []Bit[AdditionalTerminalCapabilities] {
	return setBits(c)
}

// Names returns the machine names of Bits.
func (c AdditionalTerminalCapabilities) Names() []string { return setNames(c) }

// RFU returns the set bits that are reserved for future use.
func (c AdditionalTerminalCapabilities) RFU() []Bit[AdditionalTerminalCapabilities] {
	return reservedBits(c)
}

// String returns the field as hexadecimal digits.
func (c AdditionalTerminalCapabilities) String() string { return upperHex(c[:]) }
