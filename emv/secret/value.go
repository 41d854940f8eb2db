package secret

import (
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"slices"
)

// redacted is what every printer sees of a secret.
const redacted = "[secret]"

// Value is a secret byte string. The zero Value holds nothing. Values are
// immutable; they are copied freely and compared with Equal only.
type Value struct{ clear func() []byte }

// New returns a Value that holds a copy of clear. The caller keeps, and should
// Wipe, its own bytes.
func New(clear []byte) Value {
	held := slices.Clone(clear)
	return Value{clear: func() []byte { return held }}
}

// Open calls use with a copy of the secret bytes and wipes the copy when use
// returns. use must not keep the slice.
func (v Value) Open(use func(clear []byte)) {
	if v.clear == nil {
		use(nil)
		return
	}
	lent := slices.Clone(v.clear())
	defer Wipe(lent)
	use(lent)
}

// IsZero reports whether v holds nothing.
func (v Value) IsZero() bool { return v.clear == nil }

// Len returns the length of the secret in bytes.
func (v Value) Len() int {
	if v.clear == nil {
		return 0
	}
	return len(v.clear())
}

// Equal reports, in time that depends on the lengths alone, whether v and o
// hold the same bytes.
func (v Value) Equal(o Value) bool {
	if v.clear == nil || o.clear == nil {
		return v.clear == nil && o.clear == nil
	}
	return subtle.ConstantTimeCompare(v.clear(), o.clear()) == 1
}

// Wipe overwrites b with zeros.
func Wipe(b []byte) { clear(b) }

// Format prints "[secret]" for every verb of package fmt.
func (v Value) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redacted) }

// MarshalText returns "[secret]"; it serves encoding/json and encoding/xml.
func (v Value) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// errNotEncodable is what encoders of binary forms are told.
var errNotEncodable = errors.New("encode secret: seal it instead")

// GobEncode refuses: a secret leaves the program sealed or not at all.
func (v Value) GobEncode() ([]byte, error) { return nil, errNotEncodable }
