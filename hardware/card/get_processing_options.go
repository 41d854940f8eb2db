package card

import (
	"bytes"

	"github.com/f510b0cf/till/emv/apdu"
	"github.com/f510b0cf/till/emv/tlv"
)

// getProcessingOptions begins a transaction: the ATC has risen, for good, before
// the terminal gets an answer. An application whose ATC is at its end refuses.
// EMV Book 3, 6.5.8 and 10.1.
func (s *session) getProcessingOptions(c apdu.Command) ([]byte, apdu.SW) {
	if c.P1 != 0 || c.P2 != 0 {
		return nil, apdu.SWWrongP1P2
	}
	e, rest, err := tlv.Next(c.Data)
	switch {
	case err != nil, e.Tag != tagCommandTemplate, len(rest) != 0:
		return nil, apdu.SWWrongData
	case len(e.Value) != s.side().PDOL.Len():
		return nil, apdu.SWWrongLength
	case s.remembered().exhausted():
		return nil, apdu.SWConditionsNotSatisfied
	}
	if sw := s.update(WriteATC, func(a *applicationState) { a.atc++ }); sw != apdu.SWSuccess {
		return nil, sw
	}
	s.transaction = transaction{pdol: bytes.Clone(e.Value)}
	s.phase = phaseInitiated
	return s.processingOptions(), apdu.SWSuccess
}

// processingOptions returns AIP and AFL, in format 1 or 2. An empty AFL is left
// out in format 2. EMV Book 3, 6.5.8.4.
func (s *session) processingOptions() []byte {
	aip, afl := s.side().AIP, s.side().AFL.Append(nil)
	if s.application().Format1 {
		return tlv.Append(nil, tagResponseFormat1, aip[:], afl)
	}
	objects := tlv.Append(nil, tagAIP, aip[:])
	if len(afl) > 0 {
		objects = tlv.Append(objects, tagAFL, afl)
	}
	return tlv.Append(nil, tagResponseFormat2, objects)
}
