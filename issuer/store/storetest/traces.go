package storetest

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"strings"

	"github.com/f510b0cf/till/emv/account"
)

// Traces returns the forms in which a secret shows in content, none where it is
// safe: as it is and, where it is long enough not to come up by chance, in
// hexadecimal digits, in base64 at every offset, and, where it is decimal digits,
// in BCD at both nibbles.
func Traces(content, secret []byte) (found []string) {
	lower := bytes.ToLower(content)
	for name, form := range formsOf(secret) {
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

func formsOf(secret []byte) map[string][]byte {
	forms := map[string][]byte{"clear": secret, hexForm: []byte(hex.EncodeToString(secret))}
	for offset, name := range []string{"base64", "base64 at 1", "base64 at 2"} {
		forms[name] = base64At(secret, offset)
		forms[name+" for addresses"] = []byte(strings.NewReplacer("+", "-", "/", "_").Replace(string(forms[name])))
	}
	if decimal(secret) {
		forms["BCD"] = account.Pack(secret[:len(secret)&^1])
		forms["BCD at the second nibble"] = account.Pack(secret[1 : 1+(len(secret)-1)&^1])
	}
	return forms
}

// base64At returns the characters that belong to secret alone where it stands
// behind that many other bytes.
func base64At(secret []byte, offset int) []byte {
	if offset > 0 {
		secret = secret[min(3-offset, len(secret)):]
	}
	return []byte(base64.StdEncoding.EncodeToString(secret[:len(secret)/3*3]))
}

func decimal(b []byte) bool {
	return len(b) > 0 && !bytes.ContainsFunc(b, func(r rune) bool { return r < '0' || r > '9' })
}
