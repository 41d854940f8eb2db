package card

import (
	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/apdu"
	"github.com/f510b0cf/till/emv/tlv"
)

// getData is GET DATA of a counter of the card or of a data object of the image.
// EMV Book 3, 6.5.7.
func (s *session) getData(c apdu.Command) ([]byte, apdu.SW) {
	if len(c.Data) > 0 {
		return nil, apdu.SWWrongLength
	}
	tag := emv.Tag(c.P1)<<8 | emv.Tag(c.P2)
	value, ok := s.dataObject(tag)
	if !ok {
		return nil, apdu.SWReferencedDataNotFound
	}
	return tlv.Append(nil, tag, value), apdu.SWSuccess
}

// dataObject returns the value of a data object as it is now.
func (s *session) dataObject(tag emv.Tag) (value []byte, ok bool) {
	app, a := s.application(), s.remembered()
	switch tag {
	case tagATC:
		b := a.atc.Bytes()
		return b[:], true
	case tagLastOnlineATC:
		b := a.lastOnlineATC.Bytes()
		return b[:], true
	case tagPINTryCounter:
		return []byte{a.triesLeft}, true
	case tagLogFormat:
		if app.Log != nil {
			return app.logFormat, true
		}
	}
	if value, ok := a.object(tag); ok {
		return value, true
	}
	return imageObject(app.Application, tag)
}
