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
	INSCardBlock                    = 0x16
	INSApplicationUnblock           = 0x18
	INSApplicationBlock             = 0x1E
	INSVerify                       = 0x20
	INSPINChange                    = 0x24 // in class 00: CHANGE REFERENCE DATA
	INSComputeCryptographicChecksum = 0x2A
	INSResetRetryCounter            = 0x2C
	INSExternalAuthenticate         = 0x82
	INSGetChallenge                 = 0x84
	INSInternalAuthenticate         = 0x88
	INSSelect                       = 0xA4
	INSGetProcessingOptions         = 0xA8
	INSGenerateAC                   = 0xAE
	INSReadRecord                   = 0xB2
	INSGetResponse                  = 0xC0
	INSGetData                      = 0xCA
	INSPutData                      = 0xDA
	INSUpdateRecord                 = 0xDC
)

// instruction is what a name belongs to: class byte without the bits of secure
// messaging and of the logical channel, and instruction.
type instruction struct{ cla, ins byte }

// names are the names of the commands.
var names = map[instruction]string{
	{claISO, INSVerify}:                       "VERIFY",
	{claISO, INSPINChange}:                    "CHANGE REFERENCE DATA",
	{claISO, INSResetRetryCounter}:            "RESET RETRY COUNTER",
	{claISO, INSExternalAuthenticate}:         "EXTERNAL AUTHENTICATE",
	{claISO, INSGetChallenge}:                 "GET CHALLENGE",
	{claISO, INSInternalAuthenticate}:         "INTERNAL AUTHENTICATE",
	{claISO, INSSelect}:                       "SELECT",
	{claISO, INSReadRecord}:                   "READ RECORD",
	{claISO, INSGetResponse}:                  "GET RESPONSE",
	{claISO, INSGetData}:                      "GET DATA",
	{claISO, INSPutData}:                      "PUT DATA",
	{claISO, INSUpdateRecord}:                 "UPDATE RECORD",
	{claEMV, INSCardBlock}:                    "CARD BLOCK",
	{claEMV, INSApplicationUnblock}:           "APPLICATION UNBLOCK",
	{claEMV, INSApplicationBlock}:             "APPLICATION BLOCK",
	{claEMV, INSPINChange}:                    "PIN CHANGE/UNBLOCK",
	{claEMV, INSComputeCryptographicChecksum}: "COMPUTE CRYPTOGRAPHIC CHECKSUM",
	{claEMV, INSGetProcessingOptions}:         "GET PROCESSING OPTIONS",
	{claEMV, INSGenerateAC}:                   "GENERATE AC",
	{claEMV, INSGetData}:                      "GET DATA",
	{claEMV, INSPutData}:                      "PUT DATA",
	{claEMV, INSUpdateRecord}:                 "UPDATE RECORD",
}

// Name returns the name of the command by its class and instruction, script
// commands included, or "unknown command".
func (c Command) Name() string {
	if name, ok := names[instruction{c.CLA & 0xF0, c.INS}]; ok {
		return name
	}
	return "unknown command"
}

// KnownName reports whether there is a command that Name calls so.
func KnownName(name string) bool {
	for _, n := range names {
		if n == name {
			return true
		}
	}
	return false
}
