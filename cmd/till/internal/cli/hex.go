package cli

import (
	"encoding/hex"
	"fmt"
	"strings"
)

// ParseHex reads hexadecimal digits in upper or lower case; white space between
// them is ignored. The error is a Complaint.
func ParseHex(digits string) ([]byte, error) {
	decoded, err := hex.DecodeString(strings.Join(strings.Fields(digits), ""))
	if err != nil {
		return nil, Complaint("want pairs of hexadecimal digits") // hex's own error quotes the input
	}
	return decoded, nil
}

// Count returns a number with its unit: "1 byte", "2 bytes".
func Count(n int, unit string) string {
	if n == 1 {
		return "1 " + unit
	}
	return fmt.Sprintf("%d %ss", n, unit)
}
