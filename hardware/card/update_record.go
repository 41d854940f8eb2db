package card

import (
	"bytes"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/apdu"
	"github.com/f510b0cf/till/emv/script"
	"github.com/f510b0cf/till/emv/tlv"
)

// applicationSFIMax is the last short file identifier of the files whose records
// are templates. EMV Book 3, 5.3.2.2.
const applicationSFIMax = 10

// tagRecord is the template of a record.
const tagRecord emv.Tag = 0x70

// openUpdateRecord is UPDATE RECORD of a file that the image lets scripts change:
// the whole record, with its MAC behind. A record holds as much as it was made
// with. The command is not of EMV; P1 and P2 are those of READ RECORD.
func openUpdateRecord(s *session, c apdu.Command, secure script.Session) (effect, error) {
	if c.P1 == 0 || c.P2&0x07 != readRecordByNumber {
		return effect{}, script.Refuse(apdu.SWWrongP1P2, emv.ErrMalformed, "P1 P2 %02X%02X", c.P1, c.P2)
	}
	content, err := secure.VerifyMAC(c)
	if err != nil {
		return effect{}, err
	}
	f := imageFile(s.application().Application, c.P2>>3)
	switch {
	case f == nil:
		return effect{}, script.Refuse(apdu.SWFileNotFound, emv.ErrMalformed, "there is no SFI %d", c.P2>>3)
	case !f.Updates:
		return effect{}, script.Refuse(apdu.SWConditionsNotSatisfied, emv.ErrMalformed, "SFI %d can not be changed", f.SFI)
	case int(c.P1) > len(f.Records):
		return effect{}, script.Refuse(apdu.SWRecordNotFound, emv.ErrMalformed, "there is no record %d", c.P1)
	case len(content) > len(f.Records[c.P1-1]):
		return effect{}, script.Refuse(apdu.SWNotEnoughMemory, emv.ErrMalformed, "record of %d bytes, at most %d", len(content), len(f.Records[c.P1-1]))
	case f.SFI <= applicationSFIMax && !isTemplate(content):
		return effect{}, script.Refuse(apdu.SWWrongData, emv.ErrMalformed, "record is no template %s", tagRecord)
	}
	r := storedRecord{f.SFI, c.P1, bytes.Clone(content)}
	return effect{change: func(a *applicationState) { a.stored.update(r) }}, nil
}

// isTemplate reports whether a record is one template 70 and nothing behind it.
func isTemplate(content []byte) bool {
	e, rest, err := tlv.Next(content)
	return err == nil && e.Tag == tagRecord && len(rest) == 0
}
