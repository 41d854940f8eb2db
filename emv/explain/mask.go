package explain

import (
	"bytes"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/apdu"
	"github.com/f510b0cf/till/emv/tlv"
)

// A byte that is hidden is written as EE, a digit as E: no account number, no
// track and no filling has one.
const (
	maskByte   = 0xEE
	maskNibble = 0x0E
)

// MaskCommand overwrites what the masked view of a command hides. What is no
// command is hidden as a whole.
func MaskCommand(b []byte) {
	c, err := apdu.ParseCommand(b)
	switch {
	case err != nil:
		Cover(b)
	case c.Sensitive():
		Cover(c.Data)
	case !showsData(c):
		MaskData(c.Data)
	}
}

// MaskData overwrites what the masked view hides of a data field that is made of
// data objects; of any other it hides all.
func MaskData(data []byte) {
	nodes, err := tlv.Parse(data)
	if err != nil || !allKnown(nodes) {
		Cover(data)
		return
	}
	maskNodes(nodes)
}

func maskNodes(nodes []tlv.Node) {
	for _, n := range nodes {
		if n.Tag.Constructed() {
			maskNodes(n.Children)
			continue
		}
		MaskElement(n.Tag, n.Value)
	}
}

// MaskElement overwrites what the masked view hides of the value of a primitive
// data object. Of an account number and of track 2 it leaves what that view says
// in words.
func MaskElement(tag emv.Tag, value []byte) {
	switch {
	case hides(tag, Masked):
		if maskedText(tag, value) == "" {
			Cover(value)
			return
		}
		coverDigits(value)
	case tag == tagScriptCommand:
		if _, err := apdu.ParseCommand(value); err == nil {
			MaskCommand(value)
		}
	}
}

// hides reports whether a view shows nothing of the value of a data object but
// what maskedText says of it. The masked view shows what the dictionary says is not
// sensitive: a data object that nobody knows can hold an account number.
func hides(tag emv.Tag, view View) bool {
	entry, known := emv.Describe(tag)
	return tag == tagPINData || view == Masked && (!known || entry.Sensitive)
}

// Cover overwrites all of b.
func Cover(b []byte) {
	for i := range b {
		b[i] = maskByte
	}
}

// What is left of an account number, and of track 2 behind the separator: expiry
// and service code.
const (
	firstDigits   = 6
	lastDigits    = 4
	digitsBehindD = 4 + 3
	hiddenDigits  = 3 // as account.PAN: with fewer of them only the last ones are left
)

// coverDigits overwrites digits of an account number in compressed numeric form,
// or of track 2.
func coverDigits(value []byte) {
	nibbles := make([]byte, 2*len(value))
	for i, b := range value {
		nibbles[2*i], nibbles[2*i+1] = b>>4, b&0x0F
	}
	used := len(bytes.TrimRight(nibbles, "\x0F"))
	number, behind := nibbles[:used], []byte(nil)
	if d := bytes.IndexByte(number, 0x0D); d >= 0 {
		number, behind = nibbles[:d], nibbles[d+1:used]
	}
	first := firstDigits
	if len(number) < firstDigits+hiddenDigits+lastDigits {
		first = 0
	}
	fill(number[first : len(number)-lastDigits])
	fill(behind[min(digitsBehindD, len(behind)):])
	for i := range value {
		value[i] = nibbles[2*i]<<4 | nibbles[2*i+1]
	}
}

func fill(nibbles []byte) {
	for i := range nibbles {
		nibbles[i] = maskNibble
	}
}
