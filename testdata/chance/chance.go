// Package chance keeps tests that look for a PIN in a log from finding one that came up
// by chance.
package chance

import "regexp"

// drawn matches what is drawn at random or measured: references, keys, tokens and
// ciphertext, fractions of seconds and addresses of memory. No PIN and no account number
// is one.
var drawn = regexp.MustCompile(`[0-9A-Za-z_-]{24,}|:[0-9]{2}\.[0-9]+|0x[0-9a-f]+`)

// Without returns a text without what may hold any four digits.
func Without(text string) string { return drawn.ReplaceAllString(text, "*") }
