package apdu

import (
	"fmt"

	"github.com/f510b0cf/till/emv"
)

// Occurrence says which of the applications that share a name is selected.
type Occurrence byte

// The occurrences, as P2 of SELECT has them. EMV Book 1, 11.3.2.
const (
	First Occurrence = 0x00 // the first or only one
	Next  Occurrence = 0x02 // the one after that which is selected now
)

// selectByName is P1 of SELECT: by DF name, which for applications is the AID.
const selectByName = 0x04

// Select returns SELECT by name: an AID, its first bytes, or the name of a
// payment system environment. EMV Book 1, 11.3.
func Select(name []byte, occurrence Occurrence) Command {
	return Command{CLA: claISO, INS: INSSelect, P1: selectByName, P2: byte(occurrence), Data: name, Le: MaxLe}
}

// GetProcessingOptions returns GET PROCESSING OPTIONS. template is the data
// object 83 with the values of the PDOL, 8300 where the card has none. EMV Book
// 3, 6.5.8.
func GetProcessingOptions(template []byte) Command {
	return Command{CLA: claEMV, INS: INSGetProcessingOptions, Data: template, Le: MaxLe}
}

// readRecordByNumber is the low bits of P2 of READ RECORD: P1 is a record number.
const readRecordByNumber = 0x04

// ReadRecord returns READ RECORD for a record number of the file with the short
// file identifier sfi, 1 to 30; it panics for another one. EMV Book 1, 11.2.
func ReadRecord(sfi, record uint8) Command {
	if sfi < 1 || sfi > emv.SFIMax {
		panic(fmt.Sprintf("apdu: READ RECORD of short file identifier %d, want 1 to %d", sfi, emv.SFIMax))
	}
	return Command{CLA: claISO, INS: INSReadRecord, P1: record, P2: sfi<<3 | readRecordByNumber, Le: MaxLe}
}

// GetData returns GET DATA for a data object with a tag of one or two bytes,
// such as 9F17 or 9F36. EMV Book 3, 6.5.7.
func GetData(tag emv.Tag) Command {
	return Command{CLA: claEMV, INS: INSGetData, P1: byte(tag >> 8), P2: byte(tag), Le: MaxLe}
}

// GetChallenge returns GET CHALLENGE, which the card answers with 8 bytes. EMV
// Book 3, 6.5.6.
func GetChallenge() Command {
	return Command{CLA: claISO, INS: INSGetChallenge, Le: MaxLe}
}

// The qualifiers of the PIN in P2 of VERIFY. EMV Book 3, 6.5.12.
const (
	pinPlaintext  = 0x80
	pinEnciphered = 0x88
)

// VerifyPlaintext returns VERIFY with a clear PIN block of 8 bytes in format 2
// of ISO 9564-1. The command holds the caller's slice; the caller wipes it after
// the exchange. EMV Book 3, 6.5.12.
func VerifyPlaintext(block []byte) Command {
	return Command{CLA: claISO, INS: INSVerify, P2: pinPlaintext, Data: block}
}

// VerifyEnciphered returns VERIFY with a PIN enciphered under an RSA key of the
// card; data is as long as its modulus. EMV Book 3, 6.5.12 and Book 2, 7.
func VerifyEnciphered(data []byte) Command {
	return Command{CLA: claISO, INS: INSVerify, P2: pinEnciphered, Data: data}
}

// InternalAuthenticate returns INTERNAL AUTHENTICATE; data are the values of the
// DDOL. EMV Book 3, 6.5.9.
func InternalAuthenticate(data []byte) Command {
	return Command{CLA: claISO, INS: INSInternalAuthenticate, Data: data, Le: MaxLe}
}

// ExternalAuthenticate returns EXTERNAL AUTHENTICATE; data is the issuer
// authentication data (tag 91), 8 to 16 bytes. EMV Book 3, 6.5.4.
func ExternalAuthenticate(data []byte) Command {
	return Command{CLA: claISO, INS: INSExternalAuthenticate, Data: data}
}

// cdaRequested is the bit of P1 of GENERATE AC that asks for a CDA signature.
const cdaRequested = 0x10

// GenerateAC returns GENERATE AC: the cryptogram that the terminal asks for, an
// AAC, a TC or an ARQC, whether the answer is to be signed (CDA), and the values
// of CDOL1 or CDOL2. It panics for another type. EMV Book 3, 6.5.5.
func GenerateAC(t emv.ACType, cda bool, data []byte) Command {
	if t > emv.ACTypeARQC {
		panic(fmt.Sprintf("apdu: GENERATE AC for a cryptogram of type %s", t))
	}
	p1 := byte(t) << 6
	if cda {
		p1 |= cdaRequested
	}
	return Command{CLA: claEMV, INS: INSGenerateAC, P1: p1, Data: data, Le: MaxLe}
}

// GetResponse returns GET RESPONSE for le bytes, 1 to MaxLe. EMV Contact
// Interface Specification, 9.3.1.3.
func GetResponse(le int) Command {
	return Command{CLA: claISO, INS: INSGetResponse, Le: le}
}
