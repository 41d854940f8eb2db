package kernel

import (
	"strings"

	"github.com/f510b0cf/till/emv"
)

// latin1 is the code table index of ISO 8859-1. EMV Book 4, Annex B.
const latin1 = 1

// displays reports whether a name in that code table can be shown: the terminal
// says so in tag 9F40, and it is the one that printable knows. Others fall back
// to the application label. EMV Book 1, 12.4.
func (t *transaction) displays(codeTable byte) bool {
	return codeTable == latin1 && t.profile.AdditionalCapabilities.Has(emv.AdditionalCodeTable1)
}

// printable returns characters of ISO 8859-1 without the control characters that
// a hostile card may have put among them.
func printable(b []byte) string {
	var s strings.Builder
	for _, c := range b {
		if c >= 0x20 && c < 0x7F || c >= 0xA0 {
			s.WriteRune(rune(c))
		}
	}
	return s.String()
}
