package card

import (
	"github.com/f510b0cf/till/emv/apdu"
	"github.com/f510b0cf/till/emv/image"
)

// readRecordByNumber is the low bits of P2 of READ RECORD.
const readRecordByNumber = 0x04

// readRecord is READ RECORD of a file of the selected application, or of the
// directory of the selected environment. EMV Book 1, 11.2.
func (s *session) readRecord(c apdu.Command) ([]byte, apdu.SW) {
	switch {
	case c.P1 == 0 || c.P2&0x07 != readRecordByNumber:
		return nil, apdu.SWWrongP1P2
	case len(c.Data) > 0:
		return nil, apdu.SWWrongLength
	}
	if log := s.log(); log != nil && log.SFI == c.P2>>3 {
		return s.readLog(int(c.P1))
	}
	f := s.file(c.P2 >> 3)
	switch {
	case f == nil:
		return nil, apdu.SWFileNotFound
	case int(c.P1) > len(f.Records):
		return nil, apdu.SWRecordNotFound
	}
	if s.phase != phaseEnvironment {
		if content, ok := s.remembered().record(f.SFI, c.P1); ok {
			return content, apdu.SWSuccess
		}
	}
	return f.Records[c.P1-1], apdu.SWSuccess
}

// file returns the file with a short file identifier, or nil.
func (s *session) file(sfi uint8) *image.File {
	if s.phase != phaseEnvironment {
		return imageFile(s.application().Application, sfi)
	}
	if f := s.environment.File; f != nil && f.SFI == sfi {
		return f
	}
	return nil
}
