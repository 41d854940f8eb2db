package apdu

// The class bytes of ISO/IEC 7816-4 commands and of EMV's own ones, both without
// secure messaging. EMV Book 3, 6.3.2.
const (
	claISO = 0x00
	claEMV = 0x80
)

// The instruction bytes. EMV Book 3, 6.5; PUT DATA, UPDATE RECORD, CHANGE
// REFERENCE DATA and RESET RETRY COUNTER are of ISO/IEC 7816-4.
const (
	insCardBlock                    = 0x16
	insApplicationUnblock           = 0x18
	insApplicationBlock             = 0x1E
	insVerify                       = 0x20
	insPINChange                    = 0x24 // in class 00: CHANGE REFERENCE DATA
	insComputeCryptographicChecksum = 0x2A
	insResetRetryCounter            = 0x2C
	insExternalAuthenticate         = 0x82
	insGetChallenge                 = 0x84
	insInternalAuthenticate         = 0x88
	insSelect                       = 0xA4
	insGetProcessingOptions         = 0xA8
	insGenerateAC                   = 0xAE
	insReadRecord                   = 0xB2
	insGetResponse                  = 0xC0
	insGetData                      = 0xCA
	insPutData                      = 0xDA
	insUpdateRecord                 = 0xDC
)

// instruction is what a name belongs to: class byte without the bits of secure
// messaging and of the logical channel, and instruction.
type instruction struct{ cla, ins byte }

// names are the names of the commands.
var names = map[instruction]string{
	{claISO, insVerify}:                       "VERIFY",
	{claISO, insPINChange}:                    "CHANGE REFERENCE DATA",
	{claISO, insResetRetryCounter}:            "RESET RETRY COUNTER",
	{claISO, insExternalAuthenticate}:         "EXTERNAL AUTHENTICATE",
	{claISO, insGetChallenge}:                 "GET CHALLENGE",
	{claISO, insInternalAuthenticate}:         "INTERNAL AUTHENTICATE",
	{claISO, insSelect}:                       "SELECT",
	{claISO, insReadRecord}:                   "READ RECORD",
	{claISO, insGetResponse}:                  "GET RESPONSE",
	{claISO, insGetData}:                      "GET DATA",
	{claISO, insPutData}:                      "PUT DATA",
	{claISO, insUpdateRecord}:                 "UPDATE RECORD",
	{claEMV, insCardBlock}:                    "CARD BLOCK",
	{claEMV, insApplicationUnblock}:           "APPLICATION UNBLOCK",
	{claEMV, insApplicationBlock}:             "APPLICATION BLOCK",
	{claEMV, insPINChange}:                    "PIN CHANGE/UNBLOCK",
	{claEMV, insComputeCryptographicChecksum}: "COMPUTE CRYPTOGRAPHIC CHECKSUM",
	{claEMV, insGetProcessingOptions}:         "GET PROCESSING OPTIONS",
	{claEMV, insGenerateAC}:                   "GENERATE AC",
	{claEMV, insGetData}:                      "GET DATA",
	{claEMV, insPutData}:                      "PUT DATA",
	{claEMV, insUpdateRecord}:                 "UPDATE RECORD",
}

// Name returns the name of the command by its class and instruction, script
// commands included, or "unknown command".
func (c Command) Name() string {
	if name, ok := names[instruction{c.CLA & 0xF0, c.INS}]; ok {
		return name
	}
	return "unknown command"
}
