package oda

import (
	"bytes"
	"fmt"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/tlv"
)

// The tags that rule the static data.
const (
	tagAIP            emv.Tag = 0x82
	tagRecordTemplate emv.Tag = 0x70
)

// governedSFIMax is the last short file identifier of the files that EMV
// governs, whose records enter the static data without tag 70 and its length.
const governedSFIMax = 10

// AppendRecord appends a record that takes part in offline data authentication
// to the static data dst: of the files with SFI 1 to 10 without tag 70 and its
// length, of the others with them. record is the data of the READ RECORD
// response. A record of whatever file that is not one template 70 is
// emv.ErrMalformed, and authentication has failed. EMV Book 3, 10.3.
func AppendRecord(dst []byte, sfi byte, record []byte) ([]byte, error) {
	e, rest, err := tlv.Next(record)
	if err != nil {
		return nil, fmt.Errorf("append record to static data: %w", err)
	}
	if e.Tag != tagRecordTemplate || len(rest) != 0 || len(e.Raw) != len(record) {
		return nil, fmt.Errorf("append record to static data: not one template %s: %w", tagRecordTemplate, emv.ErrMalformed)
	}
	if sfi > governedSFIMax {
		return append(dst, e.Raw...), nil
	}
	return append(dst, e.Value...), nil
}

// AppendTagList appends what the static data authentication tag list (tag 9F4A)
// names to the static data dst, behind all records: the AIP. nil is a card
// without the list; a list of anything but tag 82 is emv.ErrMalformed, and
// authentication has failed. EMV Book 3, 10.3.
func AppendTagList(dst, list []byte, aip [2]byte) ([]byte, error) {
	if list == nil {
		return dst, nil
	}
	if !bytes.Equal(list, tagAIP.Append(nil)) {
		return nil, fmt.Errorf("append tag list to static data: names other tags than %s: %w", tagAIP, emv.ErrMalformed)
	}
	return append(dst, aip[:]...), nil
}
