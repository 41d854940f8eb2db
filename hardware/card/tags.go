package card

import "github.com/f510b0cf/till/emv"

// The data objects that the card makes or reads. EMV Book 3, Annex A.
const (
	tagAIP                   emv.Tag = 0x82
	tagCommandTemplate       emv.Tag = 0x83
	tagARC                   emv.Tag = 0x8A
	tagIssuerAuthentication  emv.Tag = 0x91
	tagAFL                   emv.Tag = 0x94
	tagResponseFormat1       emv.Tag = 0x80
	tagResponseFormat2       emv.Tag = 0x77
	tagIAD                   emv.Tag = 0x9F10
	tagLastOnlineATC         emv.Tag = 0x9F13
	tagPINTryCounter         emv.Tag = 0x9F17
	tagApplicationCryptogram emv.Tag = 0x9F26
	tagCID                   emv.Tag = 0x9F27
	tagATC                   emv.Tag = 0x9F36
	tagUnpredictableNumber   emv.Tag = 0x9F37
	tagCVMResults            emv.Tag = 0x9F34
	tagTerminalType          emv.Tag = 0x9F35
	tagSignedDynamicData     emv.Tag = 0x9F4B
	tagLogFormat             emv.Tag = 0x9F4F
)
