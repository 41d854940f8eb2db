package skeleton

import (
	"fmt"
	"slices"
	"strings"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/cryptogram"
	"github.com/f510b0cf/till/emv/oda"
)

// choices are what a skeleton may do otherwise than the recorded card where that
// card can not be made.
type choices struct {
	layout bool // keep the records as they are
	row    bool // keep the cryptogram of the scheme
}

// The lists and the row of a card that gives none, those of the profile amex.
const (
	otherCDOL1 = "9F02069F03069F1A0295055F2A029A039C019F3704"
	otherCDOL2 = "8A029F02069F03069F1A0295055F2A029A039C019F3704"
	otherRow   = "amex-style"
	otherLabel = "RECORDED CARD"
)

// lines are the fields of an application.
func (a *application) lines(c choices) []string {
	cryptogramRow, scriptRow := a.rows(c)
	lines := []string{
		fmt.Sprintf("aid: %q", digits(a.aid)),
		fmt.Sprintf("label: %q", orText(text(a.fci.value(tagLabel)), otherLabel)),
	}
	lines = append(lines, a.selectionLines()...)
	for _, f := range []struct {
		name  string
		value string
	}{
		{"version", digits(a.data.value(tagVersion))},
		{"aip", digits(a.signedAIP())},
		{"auc", digits(a.data.value(tagUsageControl))},
		{"pdol", digits(a.fci.value(tagPDOL))},
		{"cdol1", orText(digits(a.data.value(tagCDOL1)), otherCDOL1)},
		{"cdol2", orText(digits(a.data.value(tagCDOL2)), otherCDOL2)},
		{"ddol", digits(a.data.value(tagDDOL))},
		{"cryptogram", cryptogramRow},
		{"script", scriptRow},
		{"dki", digits(a.keyIndex())},
	} {
		if f.value != "" {
			lines = append(lines, fmt.Sprintf("%s: %q", f.name, f.value))
		}
	}
	if a.format1 {
		lines = append(lines, "format1: true")
	}
	lines = append(lines, a.ruleLines()...)
	lines = append(lines, a.authenticationLines()...)
	return append(lines, a.objectLines(c)...)
}

func orText(given, otherwise string) string {
	if given == "" {
		return otherwise
	}
	return given
}

// selectionLines are what the answer to SELECT says beside name and label. EMV Book
// 1, 12.2.3.
func (a *application) selectionLines() (lines []string) {
	if priority := a.fci.value(tagPriority); len(priority) == 1 {
		lines = append(lines, fmt.Sprintf("priority: %d", priority[0]&0x0F))
		if priority[0]&0x80 != 0 {
			lines = append(lines, "confirm: true")
		}
	}
	if language := text(a.fci.value(tagLanguage)); language != "" {
		lines = append(lines, fmt.Sprintf("language: %q", language))
	}
	name, table := text(a.fci.value(tagPreferredName)), a.fci.value(tagCodeTable)
	if name != "" && len(table) == 1 {
		lines = append(lines, fmt.Sprintf("preferred_name: %q", name), fmt.Sprintf("code_table: %d", table[0]))
	}
	return lines
}

// ruleLines are the CVM list and the action codes.
func (a *application) ruleLines() (lines []string) {
	if raw := a.data.value(tagCVMList); len(raw) > 0 {
		if list, err := emv.ParseCVMList(raw); err == nil {
			lines = append(lines, fmt.Sprintf("cvm_list: {x: \"%d\", y: \"%d\", rules: %q}", list.X, list.Y, digits(raw[8:])))
		}
	}
	var codes []string
	for _, c := range []struct {
		name string
		tag  emv.Tag
	}{{"denial", tagIACDenial}, {"online", tagIACOnline}, {"default", tagIACDefault}} {
		if value := a.data.value(c.tag); len(value) == len(emv.ActionCode{}) {
			codes = append(codes, fmt.Sprintf("%s: %q", c.name, digits(value)))
		}
	}
	if len(codes) > 0 {
		lines = append(lines, "iac: {"+strings.Join(codes, ", ")+"}")
	}
	return lines
}

// The registered application provider identifiers of schemes that have rows.
var (
	ridAmex       = oda.RID{0xA0, 0x00, 0x00, 0x00, 0x25}
	ridMastercard = oda.RID{0xA0, 0x00, 0x00, 0x00, 0x04}
	ridVisa       = oda.RID{0xA0, 0x00, 0x00, 0x00, 0x03}
)

// schemes are those of the table of cryptograms, by RID, each with its style of
// scripts.
var schemes = map[oda.RID]struct {
	scheme cryptogram.Scheme
	style  string
}{
	ridAmex:       {cryptogram.SchemeAmexStyle, otherRow},
	ridMastercard: {cryptogram.SchemeMastercard, "mchip"},
	ridVisa:       {cryptogram.SchemeVisa, "visa"},
}

// rows returns the rows of cryptogram and scripts that fit the card's issuer
// application data, or its scheme where the recording has no cryptogram.
func (a *application) rows(c choices) (cryptogramRow, scriptRow string) {
	s, ok := schemes[a.rid()]
	if !ok || !c.row {
		return otherRow, otherRow
	}
	if row, ok := cryptogram.ProfileFor(s.scheme, a.iad); ok {
		return row.Name, s.style
	}
	rows := cryptogram.Profiles() // each scheme has one
	first := slices.IndexFunc(rows, func(p cryptogram.Profile) bool { return p.Scheme == s.scheme })
	return rows[first].Name, s.style
}

// keyIndex returns the derivation key index, one byte or none.
func (a *application) keyIndex() []byte {
	if iad, err := emv.ParseIAD(a.iad); err == nil {
		return []byte{iad.DKI}
	}
	return nil
}

// digits returns bytes in hexadecimal.
func digits(b []byte) string { return fmt.Sprintf("%X", b) }

// text returns characters, or "" where one of them is not printable ASCII, or where
// they could be an account number.
func text(b []byte) string {
	if looksLikeAccount(b) || !printable(b) {
		return ""
	}
	return strings.TrimSpace(string(b))
}

// printable reports whether bytes are printable ASCII.
func printable(b []byte) bool {
	return !slices.ContainsFunc(b, func(c byte) bool { return c < ' ' || c > '~' })
}
