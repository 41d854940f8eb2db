package link

import (
	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/issuer/message"
	"github.com/f510b0cf/till/terminal/kernel"
	"github.com/f510b0cf/till/terminal/profile"
)

// posDataCode says how the card was read and its holder verified. ISO 8583:1993,
// DE 22.
func posDataCode(p profile.Profile, r *kernel.OnlineRequest) message.POSDataCode {
	c := message.POSDataCode{
		CardDataInputCapability:  '5',
		CardholderAuthCapability: '0',
		CardCaptureCapability:    '0',
		OperatingEnvironment:     '2',
		CardholderPresent:        '0',
		CardPresent:              '1',
		CardDataInputMode:        '5',
		CardDataOutputCapability: '3',
		TerminalOutputCapability: '4',
		PINCaptureCapability:     '0',
	}
	if r.EntryMode == kernel.EntryChipContactless {
		c.CardDataInputCapability, c.CardDataInputMode = 'M', 'M'
	}
	if p.Type.Attended() {
		c.OperatingEnvironment = '1'
	}
	if takesPIN(p.Capabilities) {
		c.CardholderAuthCapability, c.PINCaptureCapability = '1', '4'
	}
	c.CardholderAuthMethod, c.CardholderAuthEntity = authentication(r.CVMResults)
	return c
}

func takesPIN(c emv.TerminalCapabilities) bool {
	return c.EncipheredPIN() || c.SupportsCVM(emv.CVMPlaintextPIN) || c.SupportsCVM(emv.CVMOnlinePIN)
}

// authentication returns method and entity of the cardholder verification that
// counts: an offline PIN where the card took it, an online PIN and a signature
// where they were asked for.
func authentication(r emv.CVMResults) (method, entity byte) {
	switch r.Rule().Code.Method() {
	case emv.CVMOnlinePIN:
		return '1', '3'
	case emv.CVMSignature:
		return '5', '4'
	case emv.CVMPlaintextPIN, emv.CVMEncipheredPIN, emv.CVMPlaintextPINAndSignature, emv.CVMEncipheredPINAndSignature:
		if r.Result() != emv.CVMFailed {
			return '1', '1'
		}
	}
	return '0', '0'
}
