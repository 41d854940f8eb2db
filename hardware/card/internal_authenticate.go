package card

import (
	"io"

	"github.com/f510b0cf/till/emv/apdu"
	"github.com/f510b0cf/till/emv/oda"
	"github.com/f510b0cf/till/emv/tlv"
)

// dynamicNumber is an ICC dynamic number (tag 9F4C) of the longest form. EMV
// Book 2, 6.5.1.
type dynamicNumber [8]byte

func (s *session) drawDynamicNumber() (n dynamicNumber, err error) {
	_, err = io.ReadFull(s.icc.rand, n[:])
	return n, err
}

// internalAuthenticate signs the values of the DDOL: dynamic data
// authentication. A card without a DDOL takes any, as a terminal then has its
// own. EMV Book 3, 6.5.9 and Book 2, 6.5.
func (s *session) internalAuthenticate(c apdu.Command) ([]byte, apdu.SW) {
	a := s.application()
	switch {
	case a.ICCKey.IsZero():
		return nil, apdu.SWInstructionUnknown
	case c.P1 != 0 || c.P2 != 0:
		return nil, apdu.SWWrongP1P2
	case len(c.Data) == 0, len(a.DDOL) > 0 && len(c.Data) != a.DDOL.Len():
		return nil, apdu.SWWrongLength
	}
	number, err := s.drawDynamicNumber()
	if err != nil {
		return nil, apdu.SWExecutionError
	}
	signature, err := oda.SignDDA(a.ICCKey, number[:], c.Data)
	if err != nil {
		return nil, apdu.SWExecutionError
	}
	s.transaction.ddaPerformed = true
	if a.Format1 {
		return tlv.Append(nil, tagResponseFormat1, signature), apdu.SWSuccess
	}
	return tlv.Append(nil, tagResponseFormat2, tlv.Append(nil, tagSignedDynamicData, signature)), apdu.SWSuccess
}
