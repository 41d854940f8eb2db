package perso

import "github.com/f510b0cf/till/emv"

// The tags of the data objects that a card is made of. EMV Book 3, Annex A.
const (
	tagAID                 emv.Tag = 0x4F
	tagLabel               emv.Tag = 0x50
	tagTrack2              emv.Tag = 0x57
	tagPAN                 emv.Tag = 0x5A
	tagDirectoryEntry      emv.Tag = 0x61
	tagFCITemplate         emv.Tag = 0x6F
	tagRecord              emv.Tag = 0x70
	tagResponse            emv.Tag = 0x77
	tagAIP                 emv.Tag = 0x82
	tagDFName              emv.Tag = 0x84
	tagPriority            emv.Tag = 0x87
	tagDirectorySFI        emv.Tag = 0x88
	tagCDOL1               emv.Tag = 0x8C
	tagCDOL2               emv.Tag = 0x8D
	tagCVMList             emv.Tag = 0x8E
	tagCAIndex             emv.Tag = 0x8F
	tagIssuerCertificate   emv.Tag = 0x90
	tagIssuerRemainder     emv.Tag = 0x92
	tagSignedStaticData    emv.Tag = 0x93
	tagFCIProprietary      emv.Tag = 0xA5
	tagCardholderName      emv.Tag = 0x5F20
	tagExpirationDate      emv.Tag = 0x5F24
	tagEffectiveDate       emv.Tag = 0x5F25
	tagIssuerCountry       emv.Tag = 0x5F28
	tagLanguage            emv.Tag = 0x5F2D
	tagServiceCode         emv.Tag = 0x5F30
	tagSequenceNumber      emv.Tag = 0x5F34
	tagUsageControl        emv.Tag = 0x9F07
	tagVersionNumber       emv.Tag = 0x9F08
	tagPINTryCounter       emv.Tag = 0x9F17
	tagIACDefault          emv.Tag = 0x9F0D
	tagIACDenial           emv.Tag = 0x9F0E
	tagIACOnline           emv.Tag = 0x9F0F
	tagCodeTable           emv.Tag = 0x9F11
	tagPreferredName       emv.Tag = 0x9F12
	tagPINCertificate      emv.Tag = 0x9F2D
	tagPINExponent         emv.Tag = 0x9F2E
	tagPINRemainder        emv.Tag = 0x9F2F
	tagIssuerExponent      emv.Tag = 0x9F32
	tagPDOL                emv.Tag = 0x9F38
	tagApplicationCurrency emv.Tag = 0x9F42
	tagICCCertificate      emv.Tag = 0x9F46
	tagICCExponent         emv.Tag = 0x9F47
	tagICCRemainder        emv.Tag = 0x9F48
	tagDDOL                emv.Tag = 0x9F49
	tagStaticDataTagList   emv.Tag = 0x9F4A
	tagLogEntry            emv.Tag = 0x9F4D
	tagIssuerDiscretionary emv.Tag = 0xBF0C
)
