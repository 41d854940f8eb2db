package emv

// AUC is the application usage control (tag 9F07): where and for what the
// issuer allows the application. EMV Book 3, Annex C2.
type AUC [2]byte

// The bits of the AUC. EMV Book 3, Annex C2.
const (
	AUCDomesticCash          Bit[AUC] = 0x0180
	AUCInternationalCash     Bit[AUC] = 0x0140
	AUCDomesticGoods         Bit[AUC] = 0x0120
	AUCInternationalGoods    Bit[AUC] = 0x0110
	AUCDomesticServices      Bit[AUC] = 0x0108
	AUCInternationalServices Bit[AUC] = 0x0104
	AUCATMs                  Bit[AUC] = 0x0102
	AUCOtherThanATMs         Bit[AUC] = 0x0101
	AUCDomesticCashback      Bit[AUC] = 0x0280
	AUCInternationalCashback Bit[AUC] = 0x0240
)

var aucLayout = layout{"AUC", []bitMeaning{
	{uint16(AUCDomesticCash), "domestic-cash", "Valid for domestic cash transactions"},
	{uint16(AUCInternationalCash), "international-cash", "Valid for international cash transactions"},
	{uint16(AUCDomesticGoods), "domestic-goods", "Valid for domestic goods"},
	{uint16(AUCInternationalGoods), "international-goods", "Valid for international goods"},
	{uint16(AUCDomesticServices), "domestic-services", "Valid for domestic services"},
	{uint16(AUCInternationalServices), "international-services", "Valid for international services"},
	{uint16(AUCATMs), "atms", "Valid at ATMs"},
	{uint16(AUCOtherThanATMs), "other-than-atms", "Valid at terminals other than ATMs"},
	{uint16(AUCDomesticCashback), "domestic-cashback", "Domestic cashback allowed"},
	{uint16(AUCInternationalCashback), "international-cashback", "International cashback allowed"},
}}

func (AUC) layout() layout { return aucLayout }

// Has reports whether the bit is set.
func (a AUC) Has(b Bit[AUC]) bool { return hasBit(a, b) }

// Set sets the bit.
func (a *AUC) Set(b Bit[AUC]) { setBit(a, b) }

// Bits returns the set bits that have a meaning, byte 1 bit 8 first.
func (a AUC) Bits() []Bit[AUC] { return setBits(a) }

// Names returns the machine names of Bits.
func (a AUC) Names() []string { return setNames(a) }

// RFU returns the set bits that are reserved for future use.
func (a AUC) RFU() []Bit[AUC] { return reservedBits(a) }

// String returns the field as hexadecimal digits.
func (a AUC) String() string { return upperHex(a[:]) }
