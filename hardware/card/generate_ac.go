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
	given := s.firstType(r.asked)
	t.cvr = s.firstCVR(given)
	ac, answer, err := s.answer(acAnswer{given: given, cvr: t.cvr, signed: r.signed})
	if err != nil {
		return nil, apdu.SWExecutionError
	}
	if sw := s.rememberFirst(given); sw != apdu.SWSuccess {
		return nil, sw
	}
	t.arqc, s.phase = ac, phaseFinished
	if given == emv.ACTypeARQC && s.contact() {
		s.phase = phaseOnline
	}
	return answer, apdu.SWSuccess
}

// firstType decides on the first cryptogram.
func (s *session) firstType(asked emv.ACType) emv.ACType {
	if s.remembered().has(applicationBlocked) {
		return emv.ACTypeAAC
	}
	return asked
}

// rememberFirst notes that a contact transaction goes online, or that it was
// declined offline and why. A tap leaves nothing behind but its ATC: it never
// comes to a second GENERATE AC, and would else spoil the evidence of scripts.
func (s *session) rememberFirst(given emv.ACType) apdu.SW {
	switch {
	case !s.contact() || given == emv.ACTypeTC:
		return apdu.SWSuccess
	case given == emv.ACTypeARQC:
		return s.raise(lastOnlineNotCompleted)
	}
	return s.raise(s.transaction.declineReasons())
}

// raise commits flags unless they are set already.
func (s *session) raise(f flags) apdu.SW {
	if s.remembered().has(f) {
		return apdu.SWSuccess
	}
	return s.update(func(a *applicationState) { a.flags |= f })
}

// declineReasons returns which offline data authentication the terminal says has
// failed.
func (t *transaction) declineReasons() (f flags) {
	tvr := emv.TVR(t.input.TVR)
	if tvr.Has(emv.TVRSDAFailed) {
		f |= sdaFailed
	}
	if tvr.Has(emv.TVRDDAFailed) {
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
	given := s.secondType(r.asked)
	_, answer, err := s.answer(acAnswer{given: given, cvr: s.secondCVR(given, unable), signed: r.signed, cdol2: r.data})
	if err != nil {
		return nil, apdu.SWExecutionError
	}
	if sw := s.rememberSecond(given, unable); sw != apdu.SWSuccess {
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

// secondType decides on the second cryptogram.
func (s *session) secondType(asked emv.ACType) emv.ACType {
	authentication := s.transaction.authentication
	switch {
	case s.remembered().has(applicationBlocked),
		authentication.result == failed,
		authentication.result == successful && !authentication.approved(s.application().profile.ARPC):
		return emv.ACTypeAAC
	}
	return asked
}

// rememberSecond settles the evidence of earlier transactions where the issuer
// has authenticated itself, approving or not.
func (s *session) rememberSecond(given emv.ACType, unable bool) apdu.SW {
	switch {
	case s.transaction.authentication.result == successful:
		return s.settle()
	case s.transaction.authentication.result == failed:
		return s.raise(issuerAuthenticationFailed)
	case unable && given == emv.ACTypeAAC:
		return s.raise(s.transaction.declineReasons())
	}
	return apdu.SWSuccess
}

// settle commits that earlier transactions are settled, unless a script command
// before the second GENERATE AC has done so.
func (s *session) settle() apdu.SW {
	if s.transaction.scripts.settled {
		return apdu.SWSuccess
	}
	return s.update(func(a *applicationState) { a.settle() })
}
