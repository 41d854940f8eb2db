package explain

import (
	"fmt"
	"strings"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/emv/tlv"
)

// TLV explains the data objects of b. The error wraps emv.ErrMalformed.
func TLV(b []byte, view View) ([]Item, error) {
	nodes, err := tlv.Parse(b)
	if err != nil {
		return nil, fmt.Errorf("explain TLV: %w", err)
	}
	return explainNodes(nodes, view), nil
}

func explainNodes(nodes []tlv.Node, view View) []Item {
	items := make([]Item, len(nodes))
	for i, n := range nodes {
		if n.Tag.Constructed() {
			items[i] = Item{Label: n.Tag.String(), Name: nameOf(n.Tag), Items: explainNodes(n.Children, view)}
			continue
		}
		items[i] = Element(n.Tag, n.Value, view)
	}
	return items
}

// Element explains the value of one primitive data object.
func Element(tag emv.Tag, value []byte, view View) Item {
	item := Item{Label: tag.String(), Name: nameOf(tag)}
	if hides(tag, view) {
		item.Value, item.Text = hidden(value), maskedText(tag, value)
		return item
	}
	if tag == tagScriptCommand {
		if command, err := Command(value, view); err == nil {
			item.Items = []Item{command}
			return item
		}
	}
	entry, _ := emv.Describe(tag)
	item.Value, item.Text = hexadecimal(value), plainText(entry.Format, value)
	item.Notes = notes(tag, value)
	return item
}

// notes says what the parts of a value mean, or why it can not be parsed.
func notes(tag emv.Tag, value []byte) []string {
	parts, ok := meanings[tag]
	if !ok {
		return nil
	}
	lines, err := parts(value)
	if err != nil {
		return []string{err.Error()}
	}
	return lines
}

// nameOf returns the dictionary's name of a tag.
func nameOf(tag emv.Tag) string {
	if entry, ok := emv.Describe(tag); ok {
		return entry.Name
	}
	return "unknown data object"
}

// maskedText returns what may be shown of an account number or track 2.
func maskedText(tag emv.Tag, value []byte) string {
	switch tag {
	case 0x5A:
		if pan, err := account.DecodePAN(value); err == nil {
			return pan.String()
		}
	case 0x57:
		if track2, err := account.DecodeTrack2(value); err == nil {
			return track2.String() + " expires " + track2.Expiry().String() + ", service code " + track2.ServiceCode()
		}
	}
	return ""
}

// plainText returns the characters of a value in one of the text formats.
func plainText(format emv.Format, value []byte) string {
	switch format {
	case emv.FormatA, emv.FormatAN, emv.FormatANS:
		return printable(value)
	}
	return ""
}

// printable returns the characters of b in quotes, without spaces at the end,
// or "" where one of them can not be printed.
func printable(b []byte) string {
	text := strings.TrimRight(string(b), " ")
	for _, c := range []byte(text) {
		if c < 0x20 || c > 0x7E {
			return ""
		}
	}
	if text == "" {
		return ""
	}
	return fmt.Sprintf("%q", text)
}

// DOL explains a data object list: one item for each data object asked for.
func DOL(b []byte) ([]Item, error) {
	dol, err := tlv.ParseDOL(b)
	if err != nil {
		return nil, fmt.Errorf("explain DOL: %w", err)
	}
	items := make([]Item, len(dol))
	for i, e := range dol {
		items[i] = Item{Label: e.Tag.String(), Name: nameOf(e.Tag), Text: plural(e.Length, "byte")}
	}
	return items, nil
}
