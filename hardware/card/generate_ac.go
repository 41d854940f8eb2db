package card

import (
	"bytes"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/apdu"
)

// acRequest is what a GENERATE AC asks for.
type acRequest struct {
	asked  emv.ACType
	signed bool // CDA
	data   []byte
}

// The bits of P1 of GENERATE AC: type of cryptogram, CDA. EMV Book 3, 6.5.5.2.
const (
	acTypeShift = 6
	acSigned    = 0x10
	acBits      = 0x03<<acTypeShift | acSigned
)

// generateAC is the first or the second GENERATE AC of a transaction. The card
// gives what it is asked for or less, never more. EMV Book 3, 6.5.5 and 10.8.
func (s *session) generateAC(c apdu.Command) ([]byte, apdu.SW) {
	asked := emv.ACType(c.P1 >> acTypeShift)
	if c.P1&^acBits != 0 || asked == emv.ACTypeRFU || c.P2 != 0 {
		return nil, apdu.SWWrongP1P2
	}
	r := acRequest{asked, c.P1&acSigned != 0, c.Data}
	if s.phase == phaseInitiated {
		return s.firstAC(r)
	}
	return s.secondAC(r)
}

// firstAC gives the first cryptogram. After an ARQC over contacts the
// transaction goes on; a tap is over.
func (s *session) firstAC(r acRequest) ([]byte, apdu.SW) {
	a, t := s.application(), &s.transaction
	if len(r.data) != a.CDOL1.Len() {
		return nil, apdu.SWWrongLength
	}
	t.cdol1 = bytes.Clone(r.data)
	s.fill(a.CDOL1, t.cdol1)
	t.keys = a.profile.Session(a.Keys.AC, t.input.ATC, t.input.UnpredictableNumber)
	t.cvr, t.before = s.firstCVR(), s.remembered().counters
	t.cvr.FirstAC = s.firstType(r.asked, t.cvr.Flags)
	signed := s.signs(r.signed, t.cvr.FirstAC)
	if signed {
		t.cvr.Flags |= emv.CVRCDAPerformed | emv.CVRCDAInFirstAC
	}
	ac, answer, err := s.answer(acAnswer{given: t.cvr.FirstAC, cvr: t.cvr, signed: signed})
	if err != nil {
		return nil, apdu.SWExecutionError
	}
	if sw := s.rememberFirst(t.cvr.FirstAC); sw != apdu.SWSuccess {
		return nil, sw
	}
	t.first, s.phase = ac, phaseFinished
	if t.cvr.FirstAC == emv.ACTypeARQC && s.contact() {
		s.phase = phaseOnline
	}
	return answer, apdu.SWSuccess
}

// rememberFirst notes that a contact transaction goes online, that it was
// approved offline, or that it was declined offline and why. A tap leaves nothing
// behind but its ATC and the offline approval: it never comes to a second
// GENERATE AC, and would else spoil the evidence of scripts.
func (s *session) rememberFirst(given emv.ACType) apdu.SW {
	switch {
	case given == emv.ACTypeTC:
		change := s.approvedOffline(nil)
		if change == nil {
			return apdu.SWSuccess
		}
		return s.update(WriteFirstAC, change)
	case !s.contact():
		return apdu.SWSuccess
	case given == emv.ACTypeARQC:
		return s.raise(WriteFirstAC, lastOnlineNotCompleted)
	}
	return s.raise(WriteFirstAC, s.transaction.declineReasons())
}

// raise commits flags unless they are set already.
func (s *session) raise(w Write, f flags) apdu.SW {
	if s.remembered().has(f) {
		return apdu.SWSuccess
	}
	return s.update(w, func(a *applicationState) { a.raise(f) })
}

// declineReasons returns which offline data authentication the terminal says has
// failed.
func (t *transaction) declineReasons() (f flags) {
	tvr := emv.TVR(t.input.TVR)
	if tvr.Has(emv.TVRSDAFailed) {
		f |= sdaFailed
	}
	if tvr.Has(emv.TVRDDAFailed) || tvr.Has(emv.TVRCDAFailed) {
		f |= ddaFailed
	}
	return f
}

// secondAC gives the second cryptogram, after an ARQC. It goes by the response
// code that the issuer has authenticated, not by what the terminal says of it.
func (s *session) secondAC(r acRequest) ([]byte, apdu.SW) {
	a, t := s.application(), &s.transaction
	switch {
	case r.asked == emv.ACTypeARQC:
		return nil, apdu.SWConditionsNotSatisfied
	case len(r.data) != a.CDOL2.Len():
		return nil, apdu.SWWrongLength
	}
	s.fill(a.CDOL2, r.data)
	s.authenticateByList(r.data)
	unable := t.authentication.result == notPerformed && unableToGoOnline(object(a.CDOL2, r.data, tagARC))
	given := s.secondType(r.asked, unable)
	cvr, signed := s.secondCVR(given, unable), s.signs(r.signed, given)
	if signed {
		cvr.Flags |= emv.CVRCDAPerformed | emv.CVRCDAInSecondAC
	}
	_, answer, err := s.answer(acAnswer{given: given, cvr: cvr, signed: signed, cdol2: r.data})
	if err != nil {
		return nil, apdu.SWExecutionError
	}
	if sw := s.rememberSecond(given, unable, r.data); sw != apdu.SWSuccess {
		return nil, sw
	}
	s.phase = phaseFinished
	return answer, apdu.SWSuccess
}

// authenticateByList takes issuer authentication data from the values of CDOL2,
// where that asks for it and the terminal has it. The list must ask for the
// length that the row of the card has. EMV Book 3, 10.9.
func (s *session) authenticateByList(data []byte) {
	value, ok := object(s.application().CDOL2, data, tagIssuerAuthentication)
	if ok && s.transaction.authentication.result == notPerformed && !allZero(value) {
		s.authenticate(value)
	}
}

// unableToGoOnline reports whether a response code is one by which a terminal
// says that it has no answer. EMV Book 4, Annex A6.
func unableToGoOnline(value []byte, ok bool) bool {
	if !ok {
		return false
	}
	arc := emv.ARC(value[0])<<8 | emv.ARC(value[1])
	return arc == emv.ARCUnableToGoOnlineAccept || arc == emv.ARCUnableToGoOnlineRefuse
}
