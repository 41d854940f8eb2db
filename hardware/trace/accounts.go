package trace

import (
	"bytes"
	"encoding/hex"
	"slices"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/emv/apdu"
)

// The data elements that hold an account number. EMV Book 3, Annex A; 9F6B is
// Track 2 Data of EMV Contactless Book C-2.
const (
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

// TestCardsOnly reports whether no account number in the recording is outside the
// ranges of test numbers.
func (r Recording) TestCardsOnly() bool {
	return !slices.ContainsFunc(r.accounts(), func(pan account.PAN) bool { return !pan.IsTestNumber() })
}

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
	case tagPAN:
		pan, err := account.DecodePAN(e.value)
		return pan, err == nil
	case tagTrack2, tagTrack2Data:
		track2, err := account.DecodeTrack2(e.value)
		return track2.PAN(), err == nil
	}
	return account.PAN{}, false
}

// hide returns text with the account numbers taken out, as digits (which is how
// compressed numeric ones look in hexadecimal) and as hexadecimal characters.
func (a accounts) hide(text []byte) []byte {
	for _, pan := range a {
		pan.Open(func(digits []byte) {
			characters := make([]byte, hex.EncodedLen(len(digits)))
			hex.Encode(characters, digits)
			text = bytes.ReplaceAll(text, characters, []byte("[hidden]"))
			text = bytes.ReplaceAll(text, digits, []byte("[hidden]"))
		})
	}
	return text
}
