// Package profile holds how a terminal is set up: what it is, what it can do,
// which applications it accepts and on which terms, and the public keys that it
// trusts. It is plain data; the kernel reads it and changes nothing.
package profile

import (
	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/oda"
	"github.com/f510b0cf/till/emv/tlv"
)

// Profile is the set-up of one terminal. EMV Book 4, Annex A, for the
// terminal's own data elements.
type Profile struct {
	Name string // of the profile, for people

	Type                   emv.TerminalType                   // tag 9F35
	Capabilities           emv.TerminalCapabilities           // tag 9F33
	AdditionalCapabilities emv.AdditionalTerminalCapabilities // tag 9F40

	CountryCode      uint16 // tag 9F1A, ISO 3166-1 numeric, such as 276
	CurrencyCode     uint16 // tag 5F2A, ISO 4217 numeric, such as 978
	CurrencyExponent uint8  // tag 5F36, decimal digits of the smallest unit

	IFDSerialNumber         string // tag 9F1E, 8 characters
	TerminalIdentification  string // tag 9F1C, 8 characters
	MerchantIdentifier      string // tag 9F16, 15 characters
	MerchantCategoryCode    uint16 // tag 9F15, four digits, such as 5411
	MerchantNameAndLocation string // tag 9F4E
	AcquirerIdentifier      uint64 // tag 9F01, up to 11 digits
	TransactionCategoryCode byte   // tag 9F53, a letter; 0 where there is none

	Applications []Application

	// SelectByDirectory has the terminal try the PSE before its list of AIDs. It
	// is for contacts: a tap always begins with the PPSE. EMV Book 1, 12.3.
	SelectByDirectory bool

	// SelectAutomatically has the terminal choose the application itself: it has no
	// means to ask the cardholder, nor to have a choice confirmed. EMV Book 1, 12.4.
	SelectAutomatically bool

	// QuickChip has the terminal take leave of the card before it asks the issuer:
	// after an ARQC it asks for an AAC at once. No issuer authentication data and no
	// script gets to the card then.
	QuickChip bool

	// PINBypass allows the merchant or the cardholder to skip the entry of a
	// PIN. EMV Book 3, 10.5.1.
	PINBypass bool

	// ApprovalCodes are the authorisation response codes (tag 8A) upon which the
	// terminal asks the card for a TC; nil stands for DefaultApprovalCodes.
	ApprovalCodes []emv.ARC

	CAPublicKeys oda.CAPublicKeys

	Exceptions Exceptions
}

// Application is an application that the terminal supports, and its terms.
type Application struct {
	AID              []byte   // tag 9F06, 5 to 16 bytes
	PartialSelection bool     // longer names of the card match too: EMV Book 1, 12.3.1
	Versions         []uint16 // tag 9F09, the one that DOLs are filled with first

	// Terminal action codes. EMV Book 3, 10.7.
	TACDefault, TACDenial, TACOnline emv.ActionCode

	FloorLimit      uint64 // tag 9F1B, in the smallest unit of the currency; an amount that reaches it goes online
	RandomSelection RandomSelection

	DefaultDDOL tlv.DOL // for cards without tag 9F49; nil: there is none
	DefaultTDOL tlv.DOL // for cards without tag 97; nil: there is none

	// Data are further data objects that the card's lists may ask for, such as
	// terminal transaction qualifiers (tag 9F66) for taps. They take precedence
	// over those of the profile.
	Data []Object
}

// RandomSelection says how transactions below the floor limit are picked to go
// online. The percentages are 0 to 99, and TargetPercentage is not above
// MaximumTargetPercentage. EMV Book 3, 10.6.2.
type RandomSelection struct {
	TargetPercentage        uint8
	MaximumTargetPercentage uint8  // for amounts just below the floor limit
	Threshold               uint64 // from here on the percentage rises; in the smallest unit
}

// Object is a primitive data object.
type Object struct {
	Tag   emv.Tag
	Value []byte
}

// DefaultApprovalCodes returns the codes that approve by common use:
// emv.CommonApprovals, by which the emulated card goes too.
func DefaultApprovalCodes() []emv.ARC { return emv.CommonApprovals() }
