package card

import (
	"bytes"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/apdu"
	"github.com/f510b0cf/till/emv/image"
	"github.com/f510b0cf/till/hardware"
)

// nameBytesMin and nameBytesMax bound a DF name, and the first bytes of one, in
// a SELECT. EMV Book 1, 11.3 and 12.2.
const (
	nameBytesMin = 5
	nameBytesMax = 16
)

// selectByName is P1 of SELECT: by DF name.
const selectByName = 0x04

// selectFile is SELECT of a payment system environment or of an application, by
// its whole name or the first bytes of it. Whatever was begun before is over. A
// SELECT that finds nothing changes nothing. EMV Book 1, 11.3.
func (s *session) selectFile(c apdu.Command) ([]byte, apdu.SW) {
	occurrence := apdu.Occurrence(c.P2)
	switch {
	case s.icc.state.Load().blocked:
		return nil, apdu.SWFunctionNotSupported
	case c.P1 != selectByName, occurrence != apdu.First && occurrence != apdu.Next:
		return nil, apdu.SWWrongP1P2
	case len(c.Data) < nameBytesMin || len(c.Data) > nameBytesMax:
		return nil, apdu.SWWrongLength
	}
	if e := s.findEnvironment(c.Data); e != nil && occurrence == apdu.First {
		s.environment, s.phase = e, phaseEnvironment
		return e.FCI, apdu.SWSuccess
	}
	i, ok := s.findApplication(c.Data, occurrence)
	if !ok {
		return nil, apdu.SWFileNotFound
	}
	s.selected, s.phase = i, phaseSelected
	if a := s.remembered(); a.has(applicationBlocked) || a.exhausted() {
		return s.side().FCI, apdu.SWSelectedFileInvalid
	}
	return s.side().FCI, apdu.SWSuccess
}

// findEnvironment returns the environment of that name. One with a directory
// file, the PSE, is there for contact; one without, the PPSE, for contactless.
func (s *session) findEnvironment(name []byte) *image.Environment {
	for i := range s.icc.image.Environments {
		e := &s.icc.image.Environments[i]
		if bytes.Equal(e.Name, name) && (e.File != nil) == s.contact() {
			return e
		}
	}
	return nil
}

// findApplication returns the first application whose name begins so, or the
// first behind the one that is selected.
func (s *session) findApplication(name []byte, o apdu.Occurrence) (number int, ok bool) {
	from := 0
	if o == apdu.Next && s.phase&phasesApplication != 0 {
		from = s.selected + 1
	}
	for i := from; i < len(s.icc.applications); i++ {
		a := &s.icc.applications[i]
		if bytes.HasPrefix(a.Name, name) && (s.presentation == hardware.Contact || a.Contactless != nil) {
			return i, true
		}
	}
	return 0, false
}

// atcMax is the last value of the ATC. The transaction that has it is the last
// one of the application. EMV Book 3, Annex A, from memory.
const atcMax emv.ATC = 0xFFFF

// exhausted reports whether the ATC can rise no more.
func (c *counters) exhausted() bool { return c.atc == atcMax }
