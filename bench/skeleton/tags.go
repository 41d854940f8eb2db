package skeleton

import "github.com/f510b0cf/till/emv"

// The tags that have a place of their own in a profile. EMV Book 3, Annex A.
const (
	tagName              emv.Tag = 0x84
	tagLabel             emv.Tag = 0x50
	tagPriority          emv.Tag = 0x87
	tagLanguage          emv.Tag = 0x5F2D
	tagPreferredName     emv.Tag = 0x9F12
	tagCodeTable         emv.Tag = 0x9F11
	tagPDOL              emv.Tag = 0x9F38
	tagRecord            emv.Tag = 0x70
	tagFormat1           emv.Tag = 0x80
	tagAIP               emv.Tag = 0x82
	tagAFL               emv.Tag = 0x94
	tagIAD               emv.Tag = 0x9F10
	tagSignature         emv.Tag = 0x9F4B
	tagPAN               emv.Tag = 0x5A
	tagTrack2            emv.Tag = 0x57
	tagCardholderName    emv.Tag = 0x5F20
	tagSequenceNumber    emv.Tag = 0x5F34
	tagExpirationDate    emv.Tag = 0x5F24
	tagEffectiveDate     emv.Tag = 0x5F25
	tagCountry           emv.Tag = 0x5F28
	tagServiceCode       emv.Tag = 0x5F30
	tagCurrency          emv.Tag = 0x9F42
	tagVersion           emv.Tag = 0x9F08
	tagUsageControl      emv.Tag = 0x9F07
	tagCVMList           emv.Tag = 0x8E
	tagIACDefault        emv.Tag = 0x9F0D
	tagIACDenial         emv.Tag = 0x9F0E
	tagIACOnline         emv.Tag = 0x9F0F
	tagCDOL1             emv.Tag = 0x8C
	tagCDOL2             emv.Tag = 0x8D
	tagDDOL              emv.Tag = 0x9F49
	tagTagList           emv.Tag = 0x9F4A
	tagCAIndex           emv.Tag = 0x8F
	tagIssuerCertificate emv.Tag = 0x90
	tagIssuerRemainder   emv.Tag = 0x92
	tagIssuerExponent    emv.Tag = 0x9F32
	tagSignedStaticData  emv.Tag = 0x93
	tagICCCertificate    emv.Tag = 0x9F46
	tagICCExponent       emv.Tag = 0x9F47
	tagICCRemainder      emv.Tag = 0x9F48
	tagPINCertificate    emv.Tag = 0x9F2D
	tagPINExponent       emv.Tag = 0x9F2E
	tagPINRemainder      emv.Tag = 0x9F2F
)

// aidBytesMin is the length of the shortest AID: a RID. EMV Book 1, 12.2.1.
const aidBytesMin = 5

// fromFields are the data objects of records that the profile makes from its fields.
var fromFields = []emv.Tag{
	tagPAN, tagTrack2, tagCardholderName, tagSequenceNumber, tagExpirationDate, tagEffectiveDate, tagCountry, tagServiceCode,
	tagCurrency, tagVersion, tagUsageControl, tagCVMList, tagIACDefault, tagIACDenial, tagIACOnline, tagCDOL1, tagCDOL2, tagDDOL, tagTagList,
}

// certified are those that follow from what is signed.
var certified = []emv.Tag{
	tagCAIndex, tagIssuerCertificate, tagIssuerRemainder, tagIssuerExponent, tagSignedStaticData,
	tagICCCertificate, tagICCExponent, tagICCRemainder, tagPINCertificate, tagPINExponent, tagPINRemainder,
}

// unkept are those that other places of the card give.
var unkept = []emv.Tag{tagAIP, tagAFL}

// moving are what GET DATA gives of the state of a card: ATC, last online ATC, PIN
// try counter.
var moving = []emv.Tag{0x9F36, 0x9F13, 0x9F17}
