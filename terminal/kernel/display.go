package kernel

import (
	"strings"
	"unicode"

	"golang.org/x/text/encoding/charmap"

	"github.com/f510b0cf/till/emv"
)

// codeTable is a part of ISO/IEC 8859 and the bit by which a terminal says that
// it displays it.
type codeTable struct {
	characters *charmap.Charmap
	displayed  emv.Bit[emv.AdditionalTerminalCapabilities]
}

// codeTables are the code tables by their index (tag 9F11), which is the number of
// the part: 1 is ISO/IEC 8859-1. EMV Book 4, Annex B.
func codeTables() []codeTable {
	return []codeTable{
		1:  {charmap.ISO8859_1, emv.AdditionalCodeTable1},
		2:  {charmap.ISO8859_2, emv.AdditionalCodeTable2},
		3:  {charmap.ISO8859_3, emv.AdditionalCodeTable3},
		4:  {charmap.ISO8859_4, emv.AdditionalCodeTable4},
		5:  {charmap.ISO8859_5, emv.AdditionalCodeTable5},
		6:  {charmap.ISO8859_6, emv.AdditionalCodeTable6},
		7:  {charmap.ISO8859_7, emv.AdditionalCodeTable7},
		8:  {charmap.ISO8859_8, emv.AdditionalCodeTable8},
		9:  {charmap.ISO8859_9, emv.AdditionalCodeTable9},
		10: {charmap.ISO8859_10, emv.AdditionalCodeTable10},
	}
}

// preferredName returns the application preferred name in characters, and empty
// where there is no code table of that index (two digits) or the terminal does not
// display it: the application label is shown then. EMV Book 1, 12.4.
func (t *transaction) preferredName(name []byte, index byte) string {
	n, err := emv.DecodeN([]byte{index})
	tables := codeTables()
	if err != nil || n < 1 || n >= uint64(len(tables)) || !t.profile.AdditionalCapabilities.Has(tables[n].displayed) {
		return ""
	}
	return printable(name, tables[n].characters)
}

// label returns an application label, whose characters are common to all code
// tables. EMV Book 4, Annex B.
func label(b []byte) string { return printable(b, charmap.ISO8859_1) }

// printable returns characters without those that a hostile card may have put
// among them to control a display, and without those that the table does not have.
func printable(b []byte, table *charmap.Charmap) string {
	var s strings.Builder
	for _, c := range b {
		if r := table.DecodeByte(c); r != unicode.ReplacementChar && (unicode.IsPrint(r) || unicode.IsSpace(r) && !unicode.IsControl(r)) {
			s.WriteRune(r)
		}
	}
	return s.String()
}
