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
	f := s.file(c.P2 >> 3)
	switch {
	case f == nil:
		return nil, apdu.SWFileNotFound
	case int(c.P1) > len(f.Records):
		return nil, apdu.SWRecordNotFound
	}
	return f.Records[c.P1-1], apdu.SWSuccess
}

// file returns the file with a short file identifier, or nil.
func (s *session) file(sfi uint8) *image.File {
	if s.phase == phaseEnvironment {
		if f := s.environment.File; f != nil && f.SFI == sfi {
			return f
		}
		return nil
	}
	files := s.application().Files
	for i := range files {
		if files[i].SFI == sfi {
			return &files[i]
		}
	}
	return nil
}
