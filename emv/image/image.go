package image

import (
	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/emv/cryptogram"
	"github.com/f510b0cf/till/emv/oda"
	"github.com/f510b0cf/till/emv/pin"
	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/emv/tlv"
)

// Image is a personalised card: all that does not change in its life, and the
// values that its memory starts with.
type Image struct {
	secret.Opaque
	ATR          []byte // answer to reset, ISO/IEC 7816-3
	T0           bool   // answers by 61xx and 6Cxx as T=0 has it, else whole
	Environments []Environment
	Applications []Application // in the order in which a partial name finds them
}

// Environment is a payment system environment: PSE (1PAY.SYS.DDF01) for contact,
// PPSE (2PAY.SYS.DDF01) for contactless. EMV Book 1, 12.2.
type Environment struct {
	Name []byte // DF name
	FCI  []byte // answer to SELECT, template 6F
	File *File  // payment system directory; nil for a PPSE
}

// File is a linear file of records.
type File struct {
	SFI     uint8    // short file identifier, 1 to 30
	Records [][]byte // as READ RECORD answers them, template 70 included; record 1 first
	Updates bool     // UPDATE RECORD may change them, each up to its length here
}

// Application is one application of a card, for one account.
type Application struct {
	Name           []byte // DF name: the AID
	PAN            account.PAN
	SequenceNumber account.SequenceNumber

	Contact     Interface
	Contactless *Interface // nil where the application is not there for a tap
	Files       []File
	Data        []Object  // what GET DATA gives and the card does not count itself
	Puts        []emv.Tag // what PUT DATA may change: objects of Data, and the PIN try counter
	Log         *Log      // nil where the application keeps no transaction log

	CDOL1, CDOL2, DDOL tlv.DOL
	Format1            bool // answers to GET PROCESSING OPTIONS and GENERATE AC in template 80

	Cryptogram string // row of emv/cryptogram, such as "amex-style"
	Script     string // row of emv/script, such as "amex-style", or NoScripts
	DKI        byte   // derivation key index, for the issuer application data
	Risk       Risk
	Keys       cryptogram.MasterKeys
	ICCKey     oda.PrivateKey // zero for a card without DDA and CDA
	PINKey     oda.PrivateKey // zero where the ICC key deciphers PINs

	PIN         pin.PIN // zero: not set
	PINTryLimit uint8   // tries after a PIN was set; the counter of a card without PIN starts at 0

	// What a card comes with that has been used: tries that wrong PINs have taken, up
	// to the limit, and APPLICATION BLOCK.
	PINTriesUsed uint8
	Blocked      bool
}

// NoScripts is in place of a row of emv/script for a card that knows no script
// commands.
const NoScripts = "none"

// Interface is what an application says when it is reached over contacts or
// without.
type Interface struct {
	FCI  []byte  // answer to SELECT, template 6F
	PDOL tlv.DOL // as in the FCI
	AIP  emv.AIP
	AFL  emv.AFL
}

// Object is a primitive data object.
type Object struct {
	Tag   emv.Tag
	Value []byte
}

// Log is the transaction log of an application: a file of which record 1 is the
// latest transaction. EMV Book 3, Annex D.
type Log struct {
	SFI     uint8   // 11 to 30
	Records uint8   // that the card keeps
	Format  tlv.DOL // tag 9F4F
}
