package emv

import "fmt"

// Format is the kind of a data element's value. It rules how a value is cut and
// filled in a data object list. EMV Book 3, 4.3.
type Format uint8

// The formats of EMV Book 3, 4.3.
const (
	FormatB   Format = iota + 1 // binary, bits included
	FormatN                     // numeric: two digits to a byte, right justified, zeros on the left
	FormatCN                    // compressed numeric: two digits to a byte, left justified, F on the right
	FormatA                     // alphabetic, one character to a byte
	FormatAN                    // alphanumeric, one character to a byte
	FormatANS                   // alphanumeric and special characters, one to a byte
	FormatVar                   // a data object list, a template, or free
)

// formatNames are the short names of the Books, in the order of the constants.
var formatNames = [...]string{"", "b", "n", "cn", "a", "an", "ans", "var."}

// String returns the short name that the Books use: b, n, cn, a, an, ans, var.
func (f Format) String() string {
	if int(f) < len(formatNames) && f != 0 {
		return formatNames[f]
	}
	return fmt.Sprintf("Format(%d)", uint8(f))
}

// ParseFormat reads one of the short names; "var" does for "var.".
func ParseFormat(s string) (Format, error) {
	for i, name := range formatNames {
		if (name == s || name == s+".") && i != 0 {
			return Format(i), nil
		}
	}
	return 0, fmt.Errorf("parse format: want one of b, n, cn, a, an, ans, var.: %w", ErrMalformed)
}
