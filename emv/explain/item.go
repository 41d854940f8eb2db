package explain

import (
	"encoding/hex"
	"fmt"
	"strings"
)

// View says whether account numbers and track data are shown.
type View uint8

// The views.
const (
	Masked View = iota // the default
	Clear
)

// Item is one thing that was found in the bytes, with those within it.
type Item struct {
	Label string   `json:"label"`           // the tag, the header of a command, the status word, the position of a byte
	Name  string   `json:"name,omitempty"`  // as the Books name it
	Value string   `json:"value,omitempty"` // upper-case hexadecimal digits, masked where they must be
	Text  string   `json:"text,omitempty"`  // the value in words, digits or characters
	Notes []string `json:"notes,omitempty"` // bits that are set, rules, remarks
	Items []Item   `json:"items,omitempty"`
}

// hexadecimal returns upper-case digits.
func hexadecimal(b []byte) string { return strings.ToUpper(hex.EncodeToString(b)) }

// hidden stands for bytes that are not shown.
func hidden(b []byte) string { return "[" + plural(len(b), "byte") + "]" }

// plural returns a count with its unit: "1 byte", "2 bytes".
func plural(n int, unit string) string {
	if n == 1 {
		return fmt.Sprintf("1 %s", unit)
	}
	return fmt.Sprintf("%d %ss", n, unit)
}
