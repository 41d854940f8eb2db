package secret

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"strings"
)

// Traces returns the forms in which a secret shows in content, none where it is
// safe: as it is and, where it is long enough not to come up by chance, in
// hexadecimal digits, in base64 at every offset, and, where it is decimal digits,
// in BCD at both nibbles.
func Traces(content, clear []byte) (found []string) {
	lower := bytes.ToLower(content)
	for name, form := range formsOf(clear) {
		if len(form) >= traceMin && (bytes.Contains(content, form) || name == hexForm && bytes.Contains(lower, form)) {
			found = append(found, name)
		}
	}
	return found
}

// traceMin is the length of a form that does not come up by chance in a
// megabyte of ciphertext, in bytes.
const traceMin = 5

const hexForm = "hexadecimal"

func formsOf(clear []byte) map[string][]byte {
	forms := map[string][]byte{"clear": clear, hexForm: []byte(hex.EncodeToString(clear))}
	for offset, name := range []string{"base64", "base64 at 1", "base64 at 2"} {
		forms[name] = base64At(clear, offset)
		forms[name+" for addresses"] = []byte(strings.NewReplacer("+", "-", "/", "_").Replace(string(forms[name])))
	}
	if decimal(clear) {
		forms["BCD"] = packed(clear[:len(clear)&^1])
		forms["BCD at the second nibble"] = packed(clear[1 : 1+(len(clear)-1)&^1])
	}
	return forms
}

// base64At returns the characters that belong to clear alone where it stands
// behind that many other bytes.
func base64At(clear []byte, offset int) []byte {
	if offset > 0 {
		clear = clear[min(3-offset, len(clear)):]
	}
	return []byte(base64.StdEncoding.EncodeToString(clear[:len(clear)/3*3]))
}

func decimal(b []byte) bool {
	return len(b) > 0 && !bytes.ContainsFunc(b, func(r rune) bool { return r < '0' || r > '9' })
}

// packed returns an even number of decimal digits as BCD.
func packed(digits []byte) []byte {
	b := make([]byte, len(digits)/2)
	for i := range b {
		b[i] = (digits[2*i]-'0')<<4 | (digits[2*i+1] - '0')
	}
	return b
}
