package message

var iso87 = newDialect("iso87", rules{
	edition: edition1987{}, alphabet: asciiOnly, elements: elements1987, layouts: layouts1987, chip: chipTLV{}, framing: FramingBinary,
})

// asciiOnly is the alphabet of iso87: bitmaps and bytes as hexadecimal digits, all
// else as it is. A length before bytes counts their digits.
var asciiOnly = alphabet{digits: octets{}, characters: octets{}, bytes: hexadecimal{}, bitmap: hexadecimal{}}

// ISO87 returns the dialect iso87: ISO 8583:1987 in ASCII, bitmaps and bytes as
// hexadecimal digits, chip data in TLV.
func ISO87() *Dialect { return iso87 }

// What the messages of iso87 have; docs/messages.md explains it. An authorization
// and a financial transaction have the same elements.
var (
	request1987 = [2]elementSet{
		elements(2, 3, 4, 7, 11, 12, 13, 22, 25, 41, 49),
		elements(14, 18, 19, 23, 27, 32, 33, 35, 37, 42, 43, 48, 52, 55, 63, 64)}
	response1987 = [2]elementSet{
		elements(7, 11, 39),
		elements(2, 3, 4, 12, 13, 32, 33, 37, 38, 41, 42, 49, 54, 55, 64)}
	advice1987 = [2]elementSet{
		elements(2, 3, 4, 7, 11, 12, 13, 22, 25, 39, 41, 49),
		elements(14, 18, 19, 23, 32, 33, 37, 38, 42, 43, 55, 63, 64, 90, 128)}
	acknowledgement1987 = [2]elementSet{
		elements(7, 11, 39),
		elements(12, 13, 32, 33, 37, 41, 42, 64)}
	reversal1987 = [2]elementSet{
		elements(2, 3, 4, 7, 11, 12, 13, 41, 49, 90),
		elements(14, 18, 19, 22, 23, 25, 32, 33, 37, 38, 39, 42, 43, 55, 63, 64, 95, 128)}
)

// layouts1987 say which messages iso87 has. A terminal of ours sends the first of
// each kind.
var layouts1987 = []layout{
	{kind: KindAuthorizationRequest, mti: "0100", repeat: "0101", mandatory: request1987[0], optional: request1987[1]},
	{kind: KindAuthorizationResponse, mti: "0110", mandatory: response1987[0], optional: response1987[1]},
	{kind: KindAuthorizationRequest, mti: "0200", repeat: "0201", mandatory: request1987[0], optional: request1987[1]},
	{kind: KindAuthorizationResponse, mti: "0210", mandatory: response1987[0], optional: response1987[1]},
	{kind: KindAdvice, mti: "0120", repeat: "0121", mandatory: advice1987[0], optional: advice1987[1]},
	{kind: KindAdviceResponse, mti: "0130", mandatory: acknowledgement1987[0], optional: acknowledgement1987[1]},
	{kind: KindAdvice, mti: "0220", repeat: "0221", mandatory: advice1987[0], optional: advice1987[1]},
	{kind: KindAdviceResponse, mti: "0230", mandatory: acknowledgement1987[0], optional: acknowledgement1987[1]},
	{kind: KindReversal, mti: "0420", repeat: "0421", mandatory: reversal1987[0], optional: reversal1987[1]},
	{kind: KindReversalResponse, mti: "0430", mandatory: acknowledgement1987[0], optional: acknowledgement1987[1]},
	{kind: KindReversal, mti: "0400", repeat: "0401", mandatory: reversal1987[0], optional: reversal1987[1]},
	{kind: KindReversalResponse, mti: "0410", mandatory: acknowledgement1987[0], optional: acknowledgement1987[1]},
	{kind: KindNetworkManagement, mti: "0800", mandatory: elements(7, 11, 70), optional: elements(12, 13, 32, 33, 37, 41, 42, 63, 64, 128)},
	{kind: KindNetworkManagementResponse, mti: "0810", mandatory: elements(7, 11, 39), optional: elements(12, 13, 32, 33, 37, 41, 42, 64, 70, 128)},
}
