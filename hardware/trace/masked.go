package trace

import (
	"bytes"
	"encoding/hex"

	"github.com/f510b0cf/till/emv/apdu"
	"github.com/f510b0cf/till/emv/explain"
	"github.com/f510b0cf/till/emv/secret"
)

// masked returns the recording with those bytes overwritten that its text does not
// show, for the formats that are made of bytes. What is left has the same lengths
// in the same places.
func (r Recording) masked() Recording {
	accounts := r.accounts()
	masked := Recording{steps: make([]step, len(r.steps)), dropped: r.dropped}
	var d dialogue
	for i, s := range r.steps {
		masked.steps[i] = s.masked(&d, accounts)
		d.learn(s)
	}
	return masked
}

// masked returns the step, masked in the light of those before.
func (s step) masked(d *dialogue, accounts accounts) step {
	if !s.isCommand() {
		return s
	}
	s.open(func(command, response []byte) {
		d.maskCommand(command)
		s.command.Open(d.hear)
		d.maskResponse(response)
		s.command = secret.New(accounts.cover(command))
		if s.failure == "" {
			s.response = secret.New(accounts.cover(response))
		}
	})
	return s
}

// maskCommand overwrites what commandItem does not show.
func (d *dialogue) maskCommand(command []byte) {
	c, err := apdu.ParseCommand(command)
	if _, listed := d.listOf(c); err != nil || !listed {
		explain.MaskCommand(command)
		return
	}
	maskElements(d.commandElements(c))
}

// maskResponse overwrites what responseItem does not show. Of an answer that came
// in several pieces each is hidden.
func (d *dialogue) maskResponse(response []byte) {
	r, err := apdu.ParseResponse(response)
	if err != nil {
		explain.Cover(response)
		return
	}
	whole, ok := d.pieces.whole(r)
	defer secret.Wipe(whole)
	switch {
	case !ok || len(whole) != len(r.Data):
		explain.Cover(r.Data)
		return
	case len(whole) == 0:
		return
	}
	if value, ok := format1(whole); ok {
		maskElements(d.format1Elements(value))
	} else {
		explain.MaskData(whole)
	}
	copy(response, whole)
}

func maskElements(parts []element) {
	for _, e := range parts {
		if e.tag == 0 {
			explain.Cover(e.value)
			continue
		}
		explain.MaskElement(e.tag, e.value)
	}
}

// coverDigit is what explain.Cover writes, as a hexadecimal digit.
const coverDigit = "E"

// cover overwrites the account numbers wherever they stand in bytes, as digits and
// as characters, and wipes b.
func (a accounts) cover(b []byte) []byte {
	text := make([]byte, hex.EncodedLen(len(b)))
	hex.Encode(text, b)
	secret.Wipe(b)
	for _, pan := range a {
		pan.Open(func(digits []byte) {
			characters := make([]byte, hex.EncodedLen(len(digits)))
			hex.Encode(characters, digits)
			for _, form := range [][]byte{characters, digits} {
				text = bytes.ReplaceAll(text, form, bytes.Repeat([]byte(coverDigit), len(form)))
			}
		})
	}
	covered, _ := hex.DecodeString(string(text)) // digits were put in the place of digits
	return covered
}
