package message

var (
	iso93    = newDialect("iso93", rules{ascii, elements1993, layouts1993, true})
	iso93AES = newDialect("iso93-aes", rules{ascii, withElement(elements1993, pinBlockAES), layouts1993, true})
)

// ascii is the alphabet of iso93: digits in BCD, characters in ASCII.
var ascii = alphabet{digits: bcd{}, characters: octets{}}

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
	{KindAuthorizationRequest, "1100", "1101",
		elements(2, 3, 4, 7, 11, 12, 22, 24, 41, 49),
		elements(14, 18, 19, 23, 25, 26, 27, 32, 33, 35, 37, 42, 43, 48, 52, 53, 55, 64)},
	{KindAuthorizationResponse, "1110", "",
		elements(7, 11, 39),
		elements(2, 3, 4, 12, 32, 33, 37, 38, 41, 42, 49, 54, 55, 64)},
	{KindAdvice, "1120", "1121",
		elements(2, 3, 4, 7, 11, 12, 22, 24, 39, 41, 49),
		elements(14, 18, 19, 23, 25, 26, 32, 33, 37, 38, 42, 43, 53, 55, 56, 64)},
	{KindAdviceResponse, "1130", "",
		elements(7, 11, 39),
		elements(12, 32, 33, 37, 41, 42, 64)},
	{KindReversal, "1420", "1421",
		elements(2, 3, 4, 7, 11, 12, 24, 25, 41, 49, 56),
		elements(14, 18, 19, 22, 23, 26, 30, 32, 33, 37, 38, 39, 42, 43, 53, 55, 64)},
	{KindReversalResponse, "1430", "",
		elements(7, 11, 39),
		elements(12, 32, 33, 37, 41, 42, 64)},
	{KindNetworkManagement, "1804", "",
		elements(7, 11, 12, 24),
		elements(32, 33, 37, 41, 42, 53, 64)},
	{KindNetworkManagementResponse, "1814", "",
		elements(7, 11, 39),
		elements(12, 24, 32, 33, 37, 41, 42, 64)},
}
