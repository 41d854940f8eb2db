package kernel

import "github.com/f510b0cf/till/emv"

// recordData are the data elements that decide something here and that EMV Book 3,
// Annex A, gives a place in templates 70 and 77 alone.
var recordData = []emv.Tag{
	tagTrack2, tagPAN, tagCDOL1, tagCDOL2, tagCVMList, tagCAPublicKeyIndex, tagTDOL, tagExpirationDate, tagEffectiveDate,
	tagIssuerCountryCode, tagSequenceNumber, tagAUC, tagCardVersion, tagIACDefault, tagIACDenial, tagIACOnline,
	tagLowerOfflineLimit, tagUpperOfflineLimit, tagApplicationCurrency, tagDDOL, tagTagList, tagAIP, tagAFL,
}

// The data elements that the kernel uses by name. EMV Book 3, Annex A.
const (
	tagADFName                    emv.Tag = 0x4F
	tagApplicationLabel           emv.Tag = 0x50
	tagTrack2                     emv.Tag = 0x57
	tagPAN                        emv.Tag = 0x5A
	tagDirectoryEntry             emv.Tag = 0x61
	tagFCI                        emv.Tag = 0x6F
	tagRecord                     emv.Tag = 0x70
	tagScriptBefore               emv.Tag = 0x71
	tagScriptAfter                emv.Tag = 0x72
	tagFormat2                    emv.Tag = 0x77
	tagFormat1                    emv.Tag = 0x80
	tagAmountBinary               emv.Tag = 0x81
	tagAIP                        emv.Tag = 0x82
	tagCommandTemplate            emv.Tag = 0x83
	tagDFName                     emv.Tag = 0x84
	tagScriptCommand              emv.Tag = 0x86
	tagPriority                   emv.Tag = 0x87
	tagSFI                        emv.Tag = 0x88
	tagARC                        emv.Tag = 0x8A
	tagCDOL1                      emv.Tag = 0x8C
	tagCDOL2                      emv.Tag = 0x8D
	tagCVMList                    emv.Tag = 0x8E
	tagCAPublicKeyIndex           emv.Tag = 0x8F
	tagIssuerAuthenticationData   emv.Tag = 0x91
	tagAFL                        emv.Tag = 0x94
	tagTVR                        emv.Tag = 0x95
	tagTDOL                       emv.Tag = 0x97
	tagTCHash                     emv.Tag = 0x98
	tagDate                       emv.Tag = 0x9A
	tagTSI                        emv.Tag = 0x9B
	tagTransactionType            emv.Tag = 0x9C
	tagFCIProprietary             emv.Tag = 0xA5
	tagExpirationDate             emv.Tag = 0x5F24
	tagEffectiveDate              emv.Tag = 0x5F25
	tagIssuerCountryCode          emv.Tag = 0x5F28
	tagCurrencyCode               emv.Tag = 0x5F2A
	tagSequenceNumber             emv.Tag = 0x5F34
	tagCurrencyExponent           emv.Tag = 0x5F36
	tagAcquirerIdentifier         emv.Tag = 0x9F01
	tagAmount                     emv.Tag = 0x9F02
	tagOtherAmount                emv.Tag = 0x9F03
	tagOtherAmountBinary          emv.Tag = 0x9F04
	tagAID                        emv.Tag = 0x9F06
	tagAUC                        emv.Tag = 0x9F07
	tagCardVersion                emv.Tag = 0x9F08
	tagTerminalVersion            emv.Tag = 0x9F09
	tagIACDefault                 emv.Tag = 0x9F0D
	tagIACDenial                  emv.Tag = 0x9F0E
	tagIACOnline                  emv.Tag = 0x9F0F
	tagIssuerApplicationData      emv.Tag = 0x9F10
	tagCodeTableIndex             emv.Tag = 0x9F11
	tagPreferredName              emv.Tag = 0x9F12
	tagLastOnlineATC              emv.Tag = 0x9F13
	tagLowerOfflineLimit          emv.Tag = 0x9F14
	tagMerchantCategoryCode       emv.Tag = 0x9F15
	tagMerchantIdentifier         emv.Tag = 0x9F16
	tagPINTryCounter              emv.Tag = 0x9F17
	tagScriptIdentifier           emv.Tag = 0x9F18
	tagCountryCode                emv.Tag = 0x9F1A
	tagFloorLimit                 emv.Tag = 0x9F1B
	tagTerminalIdentification     emv.Tag = 0x9F1C
	tagIFDSerialNumber            emv.Tag = 0x9F1E
	tagTime                       emv.Tag = 0x9F21
	tagTerminalCAPublicKeyIndex   emv.Tag = 0x9F22
	tagUpperOfflineLimit          emv.Tag = 0x9F23
	tagCryptogram                 emv.Tag = 0x9F26
	tagCID                        emv.Tag = 0x9F27
	tagTerminalCapabilities       emv.Tag = 0x9F33
	tagCVMResults                 emv.Tag = 0x9F34
	tagTerminalType               emv.Tag = 0x9F35
	tagATC                        emv.Tag = 0x9F36
	tagUnpredictableNumber        emv.Tag = 0x9F37
	tagPDOL                       emv.Tag = 0x9F38
	tagPOSEntryMode               emv.Tag = 0x9F39
	tagAdditionalCapabilities     emv.Tag = 0x9F40
	tagTransactionCounter         emv.Tag = 0x9F41
	tagApplicationCurrency        emv.Tag = 0x9F42
	tagDataAuthenticationCode     emv.Tag = 0x9F45
	tagDDOL                       emv.Tag = 0x9F49
	tagTagList                    emv.Tag = 0x9F4A
	tagSignedDynamicData          emv.Tag = 0x9F4B
	tagICCDynamicNumber           emv.Tag = 0x9F4C
	tagMerchantName               emv.Tag = 0x9F4E
	tagTransactionCategoryCode    emv.Tag = 0x9F53
	tagIssuerScriptResults        emv.Tag = 0x9F5B
	tagFCIIssuerDiscretionaryData emv.Tag = 0xBF0C
)
