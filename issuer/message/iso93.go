package message

var (
	iso93    = newDialect("iso93", rulesISO93(elements1993))
	iso93AES = newDialect("iso93-aes", rulesISO93(withElement(elements1993, pinBlockAES)))
)

func rulesISO93(rows []element) rules {
	return rules{edition: edition1993{}, alphabet: ascii, elements: rows, layouts: layouts1993, chip: chipTLV{}, framing: FramingBinary}
}

// ascii is the alphabet of iso93: digits in BCD, characters in ASCII.
var ascii = alphabet{digits: bcd{}, characters: octets{}, bytes: octets{}, bitmap: octets{}}

// pinBlockAES is an enciphered PIN block of ISO 9564-1 format 4, which does not
// fit the eight bytes of the standard.
var pinBlockAES = element{52, "personal identification number data", formatB, 0, 16}

// ISO93 returns the dialect iso93: ISO 8583:1993 with digits in BCD, characters
// in ASCII, binary bitmaps and chip data in TLV.
func ISO93() *Dialect { return iso93 }

// ISO93AES returns the dialect iso93-aes: iso93 with a DE 52 of 16 bytes, for PIN
// blocks of format 4.
func ISO93AES() *Dialect { return iso93AES }

// layouts1993 say which elements the messages of iso93 have. They are our own
// choice within ISO 8583:1993; docs/messages.md explains it.
var layouts1993 = []layout{
	{kind: KindAuthorizationRequest, mti: "1100", repeat: "1101",
		mandatory: elements(2, 3, 4, 7, 11, 12, 22, 24, 41, 49),
		optional:  elements(14, 18, 19, 23, 25, 26, 27, 32, 33, 35, 37, 42, 43, 48, 52, 53, 55, 64)},
	{kind: KindAuthorizationResponse, mti: "1110",
		mandatory: elements(7, 11, 39),
		optional:  elements(2, 3, 4, 12, 32, 33, 37, 38, 41, 42, 49, 54, 55, 64)},
	{kind: KindAdvice, mti: "1120", repeat: "1121",
		mandatory: elements(2, 3, 4, 7, 11, 12, 22, 24, 39, 41, 49),
		optional:  elements(14, 18, 19, 23, 25, 26, 32, 33, 37, 38, 42, 43, 53, 55, 56, 64)},
	{kind: KindAdviceResponse, mti: "1130",
		mandatory: elements(7, 11, 39),
		optional:  elements(12, 32, 33, 37, 41, 42, 64)},
	{kind: KindReversal, mti: "1420", repeat: "1421",
		mandatory: elements(2, 3, 4, 7, 11, 12, 24, 25, 41, 49, 56),
		optional:  elements(14, 18, 19, 22, 23, 26, 30, 32, 33, 37, 38, 39, 42, 43, 53, 55, 64)},
	{kind: KindReversalResponse, mti: "1430",
		mandatory: elements(7, 11, 39),
		optional:  elements(12, 32, 33, 37, 41, 42, 64)},
	{kind: KindNetworkManagement, mti: "1804",
		mandatory: elements(7, 11, 12, 24),
		optional:  elements(32, 33, 37, 41, 42, 53, 64)},
	{kind: KindNetworkManagementResponse, mti: "1814",
		mandatory: elements(7, 11, 39),
		optional:  elements(12, 24, 32, 33, 37, 41, 42, 64)},
}
