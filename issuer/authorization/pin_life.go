package authorization

import (
	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/issuer/pinlife"
)

// step gives the request to the PIN life cycle: replay, evidence, wedge, verdict
// on the PIN, and whether the answer carries a script. unreadable says that DE 52
// could not be compared. docs/pin-lifecycle.md, section 3.
func (d *decision) step(declined bool, unreadable reason) reason {
	usedUp := d.triesUsedUp()
	state, effects := d.record.PIN.Step(pinlife.Request{
		Policy:            d.config.Policy,
		Channel:           d.channel,
		ATC:               uint16(d.chip.input.ATC),
		ARQCValid:         d.arqcValid,
		CVR:               d.cvr,
		Active:            d.status() == approved && d.expiry() == approved,
		Foreign:           d.record.Chip.Foreign,
		Declined:          declined,
		TerminalClaimsPIN: d.terminalClaimsPIN(),
		PINBlock:          d.hasPINBlock(),
		Equals:            d.equals,
	})
	verdict := d.take(effects)
	d.countTry()
	d.record.Advance(state)
	if verdict.Decline == pinlife.DeclinePIN {
		return pinReason(verdict.PIN, unreadable, usedUp)
	}
	return declines[verdict.Decline]
}

// declines are the reasons of the life cycle that do not depend on the PIN. What
// it calls not active has been named before.
var declines = map[pinlife.Decline]reason{
	pinlife.DeclineClosed:        closed,
	pinlife.DeclineNotActive:     blocked,
	pinlife.DeclineBadCryptogram: badCryptogram,
	pinlife.DeclineATCNotNew:     atcNotNew,
	pinlife.DeclineWedge:         wedge,
}

// pinReason names a verdict on the PIN.
func pinReason(v pinlife.PINVerdict, unreadable reason, usedUp bool) reason {
	switch {
	case v == pinlife.PINRefused:
		return orderWithPIN
	case v == pinlife.PINWrongOffline:
		return wrongOfflinePIN
	case v == pinlife.PINMissing:
		return pinMissing
	case v == pinlife.PINNotYet:
		return pinNotYet
	case unreadable != approved:
		return unreadable
	case usedUp:
		return pinTriesExceeded
	}
	return wrongPIN
}

// terminalClaimsPIN reports whether the terminal says that an offline PIN was
// right: by the CVM results (tag 9F34) or, without them, by DE 22. An M/Chip card
// states itself that its terminal thinks so. EMV Book 4, Annex A4.
func (d *decision) terminalClaimsPIN() bool {
	if d.chip.cvr.Has(emv.CVRTerminalConsidersPINOK) {
		return true
	}
	if d.chip.cvmResults == nil {
		p := d.request.POSDataCode
		return p.CardholderAuthMethod == posPIN && p.CardholderAuthEntity == posICC
	}
	results, err := emv.ParseCVMResults(d.chip.cvmResults)
	return err == nil && results.Result() == emv.CVMSuccessful && offlinePIN(results.Rule().Code.Method())
}

// offlinePIN reports whether the ICC verifies the PIN of a method. EMV Book 3,
// Annex C3.
func offlinePIN(m emv.CVM) bool {
	switch m {
	case emv.CVMPlaintextPIN, emv.CVMPlaintextPINAndSignature, emv.CVMEncipheredPIN, emv.CVMEncipheredPINAndSignature:
		return true
	}
	return false
}

// take sorts the effects of a step. Erasures happen with the state itself.
func (d *decision) take(effects []pinlife.Effect) (verdict pinlife.Decision) {
	for _, e := range effects {
		switch e := e.(type) {
		case pinlife.Decision:
			verdict = e
		case pinlife.BuildScript, pinlife.BuildUnblock:
			d.build = e
		default:
			d.notes = appendNote(d.notes, e)
		}
	}
	d.verdict = verdict.PIN
	return verdict
}
