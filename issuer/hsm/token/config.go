package token

import (
	"cmp"
	"errors"

	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/issuer/hsm"
)

// Config says which key of which token. Module, Label and PIN are necessary.
type Config struct {
	Module string                       // library of the token
	Label  string                       // of the token
	Key    string                       // label of its AES key; "" is DefaultKey
	PIN    func() (secret.Value, error) // of the token's user; perhaps asked more than once
}

// DefaultKey is the label of the key-encryption key.
const DefaultKey = "till issuer"

// ErrNotBuilt says that this program can not use tokens.
var ErrNotBuilt = errors.New("this till is built without PKCS#11: build it with `go build -tags pkcs11 ./cmd/till`, which needs cgo and a C compiler")

// New returns the key-encryption key of a token. The token is looked for when it is
// used.
func New(c Config) (hsm.Token, error) {
	switch {
	case !Built:
		return nil, ErrNotBuilt
	case c.Module == "" || c.Label == "" || c.PIN == nil:
		return nil, errors.New("use token: its library, its label and its PIN are needed")
	}
	c.Key = cmp.Or(c.Key, DefaultKey)
	return newToken(c), nil
}
