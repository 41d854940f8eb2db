package script

import (
	"fmt"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/apdu"
)

// classISO is CLA of the ISO commands PUT DATA and UPDATE RECORD with secure
// messaging.
const classISO = 0x04

// ApplicationBlock returns APPLICATION BLOCK. EMV Book 3, 6.5.1.
func (s Session) ApplicationBlock() (apdu.Command, error) { return s.bare(apdu.INSApplicationBlock) }

// ApplicationUnblock returns APPLICATION UNBLOCK. EMV Book 3, 6.5.2.
func (s Session) ApplicationUnblock() (apdu.Command, error) {
	return s.bare(apdu.INSApplicationUnblock)
}

// CardBlock returns CARD BLOCK. EMV Book 3, 6.5.3.
func (s Session) CardBlock() (apdu.Command, error) { return s.bare(apdu.INSCardBlock) }

// bare returns a command with a MAC and no other data.
func (s Session) bare(ins byte) (apdu.Command, error) {
	return s.Protect(apdu.Command{CLA: s.Style.Class, INS: ins})
}

// PutData returns PUT DATA for a data object with a tag of one or two bytes. The
// value is not enciphered.
func (s Session) PutData(tag emv.Tag, value []byte) (apdu.Command, error) {
	if tag.Len() > 2 {
		return apdu.Command{}, fmt.Errorf("make PUT DATA: tag %s does not fit P1 P2", tag)
	}
	return s.Protect(apdu.Command{CLA: classISO, INS: apdu.INSPutData, P1: byte(tag >> 8), P2: byte(tag), Data: value})
}

// UpdateRecord returns UPDATE RECORD for a record number of the file with the
// short file identifier sfi, 1 to 30. content is the whole record, template 70
// included; it is not enciphered.
func (s Session) UpdateRecord(sfi, record uint8, content []byte) (apdu.Command, error) {
	if sfi < 1 || sfi > emv.SFIMax {
		return apdu.Command{}, fmt.Errorf("make UPDATE RECORD: short file identifier %d, want 1 to %d", sfi, emv.SFIMax)
	}
	const byNumber = 0x04
	return s.Protect(apdu.Command{CLA: classISO, INS: apdu.INSUpdateRecord, P1: record, P2: sfi<<3 | byNumber, Data: content})
}
