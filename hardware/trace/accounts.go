package trace

import (
	"bytes"
	"encoding/hex"
	"slices"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/emv/apdu"
	"github.com/f510b0cf/till/emv/tlv"
)

// The data elements that hold an account number. EMV Book 3, Annex A; 56 and 9F6B
// are Track 1 Data and Track 2 Data of EMV Contactless Book C-2.
const (
	tagTrack1     emv.Tag = 0x56
	tagTrack2     emv.Tag = 0x57
	tagPAN        emv.Tag = 0x5A
	tagTrack2Data emv.Tag = 0x9F6B
)

// accounts are the account numbers that a card gave away. The dictionary says
// which data elements hold one; these are hidden wherever else a card repeats
// them, in data objects of its own for example.
type accounts []account.PAN

// accounts returns the account numbers of the recording.
func (r Recording) accounts() accounts {
	var found accounts
	var d dialogue
	for _, s := range r.steps {
		if s.isCommand() {
			s.open(func(command, response []byte) {
				d.hear(command)
				found = found.add(d.answerSoFar(response))
			})
		}
		d.learn(s)
	}
	return found
}

// TestCardsOnly reports whether all account numbers in the recording are in the
// ranges of test numbers. A recording of records that have none that can be read is
// taken for one of somebody's card.
func (r Recording) TestCardsOnly() bool {
	found := r.accounts()
	if len(found) == 0 {
		return !r.holdsRecord()
	}
	return !slices.ContainsFunc(found, func(pan account.PAN) bool { return !pan.IsTestNumber() })
}

// holdsRecord reports whether a record was read that is none of a directory. EMV
// Book 1, 12.2.3.
func (r Recording) holdsRecord() (holds bool) {
	var d dialogue
	for _, s := range r.steps {
		if s.isCommand() {
			s.open(func(command, response []byte) {
				d.hear(command)
				holds = holds || d.ins == insReadRecord && len(response) > swBytes && !isDirectory(response[:len(response)-swBytes])
			})
		}
		d.learn(s)
	}
	return holds
}

func isDirectory(record []byte) bool {
	nodes, err := tlv.Parse(record)
	return err == nil && len(nodes) == 1 && nodes[0].Tag == tagRecord &&
		!slices.ContainsFunc(nodes[0].Children, func(n tlv.Node) bool { return n.Tag != tagEntry })
}

// The template of a record, and that of an entry in a directory. EMV Book 3, Annex A.
const (
	tagRecord emv.Tag = 0x70
	tagEntry  emv.Tag = 0x61
)

// answerSoFar takes apart what has come of an answer, or, where its beginning is
// not known, the piece at hand, which can be all of it.
func (d *dialogue) answerSoFar(response []byte) []element {
	r, err := apdu.ParseResponse(response)
	if err != nil {
		return nil
	}
	if data, ok := d.pieces.join(r); ok {
		return leaves(data)
	}
	return leaves(r.Data)
}

func (a accounts) add(parts []element) accounts {
	for _, e := range parts {
		pan, ok := e.account()
		if ok && !slices.ContainsFunc(a, pan.Equal) {
			a = append(a, pan)
		}
	}
	return a
}

// account returns the account number of the element.
func (e element) account() (account.PAN, bool) {
	switch e.tag {
	case tagTrack1:
		number, _, found := bytes.Cut(bytes.TrimLeft(e.value, "%B"), []byte("^"))
		pan, err := account.ParsePAN(number)
		return pan, found && err == nil
	case tagPAN:
		pan, err := account.DecodePAN(e.value)
		return pan, err == nil
	case tagTrack2, tagTrack2Data:
		track2, err := account.DecodeTrack2(e.value)
		return track2.PAN(), err == nil
	}
	return account.PAN{}, false
}

// hide returns text with the account numbers taken out, in each of their forms.
func (a accounts) hide(text []byte) []byte {
	return a.replace(text, func([]byte) []byte { return []byte("[hidden]") })
}

// replace returns text with something else in the place of each account number: as
// digits, which is how compressed numeric ones look in hexadecimal, and as
// hexadecimal characters of ASCII and of EBCDIC.
func (a accounts) replace(text []byte, instead func(form []byte) []byte) []byte {
	for _, pan := range a {
		pan.Open(func(digits []byte) {
			ascii := make([]byte, hex.EncodedLen(len(digits)))
			hex.Encode(ascii, digits)
			ebcdic := bytes.Clone(ascii)
			for i := 0; i < len(ebcdic); i += 2 {
				ebcdic[i] = 'F'
			}
			lower := bytes.ToLower(ebcdic)
			for _, form := range [][]byte{ascii, ebcdic, lower, digits} {
				text = bytes.ReplaceAll(text, form, instead(form))
			}
		})
	}
	return text
}
