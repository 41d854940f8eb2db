package card

import (
	"bytes"
	"slices"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/apdu"
	"github.com/f510b0cf/till/emv/image"
	"github.com/f510b0cf/till/emv/script"
)

// openPutData is PUT DATA of a data object that the image lets scripts change: one
// that GET DATA gives, in its length, or the PIN try counter. The command is not
// of EMV: P1 P2 are the tag, and the data is the value with its MAC.
func openPutData(s *session, c apdu.Command, secure script.Session) (effect, error) {
	value, err := secure.VerifyMAC(c)
	if err != nil {
		return effect{}, err
	}
	tag := emv.Tag(c.P1)<<8 | emv.Tag(c.P2)
	now, ok := s.dataObject(tag)
	app := s.application()
	switch {
	case !ok:
		return effect{}, script.Refuse(apdu.SWReferencedDataNotFound, emv.ErrMalformed, "there is no %s", tag)
	case !slices.Contains(app.Puts, tag):
		return effect{}, script.Refuse(apdu.SWConditionsNotSatisfied, emv.ErrMalformed, "%s can not be changed", tag)
	case len(value) != len(now):
		return effect{}, script.Refuse(apdu.SWWrongLength, emv.ErrMalformed, "%s has %d bytes, not %d", tag, len(now), len(value))
	case tag == tagPINTryCounter:
		return s.putTryCounter(value[0])
	case slices.Contains(app.Risk.Limits(), tag):
		if _, err := limitValue(value); err != nil {
			return effect{}, script.Refuse(apdu.SWWrongData, emv.ErrMalformed, "%s is no limit", tag)
		}
	}
	o := image.Object{Tag: tag, Value: bytes.Clone(value)}
	return effect{change: func(a *applicationState) { a.put(o) }}, nil
}

// putTryCounter sets the PIN try counter, up to its limit.
func (s *session) putTryCounter(tries uint8) (effect, error) {
	if tries > s.application().PINTryLimit || s.remembered().pin.IsZero() {
		return effect{}, script.Refuse(apdu.SWWrongData, emv.ErrMalformed, "PIN try counter above its limit")
	}
	return effect{change: func(a *applicationState) { a.triesLeft = tries }}, nil
}
