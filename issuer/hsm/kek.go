package hsm

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/f510b0cf/till/emv/secret"
)

// KEK says where a key-encryption key is to be had from: a file, a passphrase or a
// token. Where one is made, one of the three must be there and no more; where a key
// file is opened, that says which of them it wants.
type KEK struct {
	// File has 32 random bytes. It lies outside the data directory.
	File string

	// Passphrase is asked for one where it is needed, perhaps more than once.
	Passphrase func() (secret.Value, error)

	Token Token
}

// Token keeps a key-encryption key that never leaves it.
type Token interface {
	// Wrap enciphers a key with context, which is authenticated too, and returns a name
	// without spaces by which Unwrap finds the token's key again. The key is made where
	// the token has none yet.
	Wrap(clear, context []byte) (name string, wrapped []byte, err error)

	// Unwrap opens what Wrap made. The error wraps secret.ErrUnseal where the key of the
	// token is another, or what it is given is damaged.
	Unwrap(name string, wrapped, context []byte) ([]byte, error)
}

// IsZero reports whether there is no key-encryption key.
func (k KEK) IsZero() bool { return k.File == "" && k.Passphrase == nil && k.Token == nil }

// sealing is the key of a key file with its recipe: what must be known, beside the
// KEK, to get the key again. It is written before what is sealed and holds no secret.
// That of a key in a file is empty.
type sealing struct {
	key    secret.Key
	recipe string
}

// errOneKEK is a mistake of the caller.
var errOneKEK = errors.New("make key-encryption key: name one of file, passphrase and token")

// make makes a key for a new key file: one that is drawn where it is not there yet,
// in a file or in a token, or one of a passphrase.
func (k KEK) make(random io.Reader) (s sealing, err error) {
	switch {
	case k.File != "" && k.Passphrase == nil && k.Token == nil:
		if err := makeKEK(k.File, random); err != nil {
			return s, fmt.Errorf("make key-encryption key: %w", err)
		}
		return k.open("")
	case k.File == "" && k.Passphrase != nil && k.Token == nil:
		return k.makeOfPassphrase(random)
	case k.File == "" && k.Passphrase == nil && k.Token != nil:
		return k.makeOfToken(random)
	}
	return s, errOneKEK
}

// open returns the key of a recipe.
func (k KEK) open(recipe string) (s sealing, err error) {
	s.recipe = recipe
	kind, _, _ := strings.Cut(recipe, " ")
	switch {
	case kind == "" && k.File != "":
		if err := private(k.File); err != nil {
			return s, err
		}
		s.key, err = readKEK(k.File)
	case kind == kindPassphrase && k.Passphrase != nil:
		s.key, err = k.ofPassphrase(recipe)
	case kind == kindToken && k.Token != nil:
		s.key, err = k.ofToken(recipe)
	case kind == "":
		err = errors.New("the keys are sealed under a storage key file: name that by --key, and nothing else")
	case kind == kindPassphrase:
		err = errors.New("the keys are sealed under a passphrase: name its file by --passphrase-file")
	case kind == kindToken:
		err = errors.New("the keys are sealed under a key in a token: name that by --pkcs11-module and --pkcs11-token")
	default:
		err = errKeyFile
	}
	return s, err
}

// wrong says what a key file means that does not open under a KEK, and what to do.
func (k KEK) wrong(recipe string) string {
	kind, _, _ := strings.Cut(recipe, " ")
	switch kind {
	case kindPassphrase:
		return "the passphrase is not that of this issuer: try again; where it is right, the key file is damaged, restore a backup"
	case kindToken:
		return "the token has not the key of this issuer, or the key file is damaged: name its token by --pkcs11-token, or restore a backup"
	}
	return k.File + " is not the storage key of this issuer, name that by --key; or restore a backup"
}
