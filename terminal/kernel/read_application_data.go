package kernel

import (
	"slices"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/emv/apdu"
	"github.com/f510b0cf/till/emv/oda"
	"github.com/f510b0cf/till/emv/tlv"
)

// governedSFIMax is the last short file identifier of the files whose records
// EMV governs. EMV Book 1, 10.2 (from memory).
const governedSFIMax = 10

// recordBytesMax is the longest record of a card. EMV Book 1, 10.1 (from memory).
const recordBytesMax = 254

// staticData is what the card's certificates cover.
type staticData struct {
	bytes []byte
	err   error // a record or a list that can not be authenticated
}

// readApplicationData reads the records that the AFL names and takes from them
// what every transaction needs. EMV Book 3, 10.2.
func (t *transaction) readApplicationData() error {
	for _, entry := range t.afl {
		for i := range entry.Records() {
			if err := t.readRecord(entry, i); err != nil {
				return err
			}
		}
	}
	t.note(ReadApplicationData, "%d bytes of static data for authentication", len(t.static.bytes))
	if err := t.checkMandatoryData(); err != nil {
		return err
	}
	list, _ := t.data.Value(tagTagList)
	if t.static.err == nil {
		t.static.bytes, t.static.err = oda.AppendTagList(t.static.bytes, list, t.aip)
	}
	return nil
}

// readRecord reads the record number i, from 0, of an entry. Any status word but
// 9000 ends the transaction: EMV Book 3, 10.2.
func (t *transaction) readRecord(entry emv.AFLEntry, i int) error {
	number := entry.First + byte(i)
	r, err := t.exchange(apdu.ReadRecord(entry.SFI, number))
	if err != nil {
		return err
	}
	if r.SW != apdu.SWSuccess {
		return notAccepted("READ RECORD %d of file %d: %s", number, entry.SFI, r.SW)
	}
	if len(r.Data) > recordBytesMax {
		t.note(ReadApplicationData, "record %d of file %d has %d bytes, more than the %d of a record", number, entry.SFI, len(r.Data), recordBytesMax)
	}
	signed := i < int(entry.ODACount)
	if signed && t.static.err == nil {
		t.static.bytes, t.static.err = oda.AppendRecord(t.static.bytes, entry.SFI, r.Data)
	}
	if entry.SFI > governedSFIMax {
		return nil // proprietary: whatever it holds is not EMV's
	}
	list, err := openTemplate(r.Data, tagRecord)
	switch {
	case err == nil:
		return t.storeRecord(list)
	case signed && t.static.err != nil:
		return nil // authentication fails, and that is all: EMV Book 3, 10.3
	}
	return notAccepted("record %d of file %d malformed", number, entry.SFI)
}

// keepFromCard keeps the data objects of an answer to SELECT or GET PROCESSING
// OPTIONS that the application has not given before: the first one stands.
func (t *transaction) keepFromCard(list template) {
	for _, e := range list {
		if !t.given[e.Tag] {
			t.given[e.Tag] = true
			t.data.setFromCard(e.Tag, e.Value)
		}
	}
}

// withoutRecordData leaves out of file control information what has its place in
// records and in answers to GET PROCESSING OPTIONS alone: outside its template a
// data object is one that nobody knows. EMV Book 3, 7.5 and Annex A.
func withoutRecordData(list template) template {
	return slices.DeleteFunc(slices.Clone(list), func(e tlv.Element) bool { return slices.Contains(recordData, e.Tag) })
}

// storeRecord keeps the data objects of a record. A data object that the
// dictionary knows and that stands in a record before, or is AIP or AFL, is an
// error: EMV Book 3, 10.2. Of one that repeats file control information the first
// value stands; we take that rule to be about records, and cards in the field
// repeat a label or a language. Tags that are not known may repeat.
func (t *transaction) storeRecord(list template) error {
	for _, e := range list {
		_, known := emv.Describe(e.Tag)
		switch {
		case known && t.recorded[e.Tag]:
			return notAccepted("data object %s given twice", e.Tag)
		case known && t.given[e.Tag]:
			t.note(ReadApplicationData, "a record repeats %s of the selection, which stands", e.Tag)
			continue
		}
		t.given[e.Tag], t.recorded[e.Tag] = true, true
		t.data.setFromCard(e.Tag, e.Value)
	}
	return nil
}

// checkMandatoryData parses the data objects without which there is no
// transaction. A tap needs no CDOL2, and may give its PAN in track 2 alone. EMV
// Book 3, 7.2 and 7.5.
func (t *transaction) checkMandatoryData() error {
	if err := t.parseAccount(); err != nil {
		return err
	}
	expiration, ok := t.data.Value(tagExpirationDate)
	if !ok {
		return notAccepted("data object %s missing", tagExpirationDate)
	}
	var err error
	if t.expiration, err = emv.ParseDate(expiration); err != nil {
		return notAccepted("data object %s malformed", tagExpirationDate)
	}
	if t.lists.cdol1, err = t.mandatoryList(tagCDOL1); err != nil {
		return err
	}
	if t.tx.Contactless {
		return nil
	}
	t.lists.cdol2, err = t.mandatoryList(tagCDOL2)
	return err
}

func (t *transaction) mandatoryList(tag emv.Tag) (tlv.DOL, error) {
	if !t.data.Has(tag) {
		return nil, notAccepted("data object %s missing", tag)
	}
	return t.optionalList(tag)
}

// parseAccount reads PAN, sequence number and track 2. Track 2 that can not be
// read counts as absent: the chip's transaction does not need it.
func (t *transaction) parseAccount() error {
	t.data.Open(tagTrack2, func(b []byte) {
		if track, err := account.DecodeTrack2(b); err == nil {
			t.track2 = track
		}
	})
	if t.tx.Contactless && !t.track2.IsZero() {
		t.pan = t.track2.PAN()
	}
	var err error
	t.data.Open(tagPAN, func(b []byte) { t.pan, err = account.DecodePAN(b) })
	switch {
	case err != nil:
		return notAccepted("data object %s malformed", tagPAN)
	case t.pan.IsZero():
		return notAccepted("data object %s missing", tagPAN)
	}
	if !t.track2.IsZero() && !t.track2.PAN().Equal(t.pan) {
		t.note(ReadApplicationData, "%s names another account than %s", tagTrack2, tagPAN)
	}
	if psn, ok := t.data.Value(tagSequenceNumber); ok {
		n, err := emv.DecodeN(psn)
		if err != nil || len(psn) != 1 {
			return notAccepted("data object %s malformed", tagSequenceNumber)
		}
		t.sequenceNumber = account.SequenceNumber(n)
	}
	return nil
}
