package issuercmd

import (
	"errors"

	"github.com/f510b0cf/till/cmd/till/internal/cli"
	"github.com/f510b0cf/till/issuer/hsm"
)

// NewKey is what the keys of an issuer are to be sealed under from now on.
type NewKey struct {
	Key           string `placeholder:"FILE" help:"Seal under the storage key of FILE; it is made where there is none."`
	AskPassphrase bool   `name:"passphrase" help:"Seal under a passphrase, which is asked for twice."`
	Passphrase
	Token
}

// prefix is that of its flags.
const newPrefix = "new-"

// kek returns the one that is named.
func (n NewKey) kek(streams cli.Streams) (hsm.KEK, error) {
	var named []func() (hsm.KEK, error)
	if n.Key != "" {
		named = append(named, func() (hsm.KEK, error) { return hsm.KEK{File: n.Key}, nil })
	}
	if n.AskPassphrase || n.line("").Given() {
		named = append(named, func() (hsm.KEK, error) { return n.fresh(streams, newPrefix), nil })
	}
	if n.named() {
		named = append(named, func() (hsm.KEK, error) { return n.Token.kek(streams, newPrefix) })
	}
	if len(named) != 1 {
		return hsm.KEK{}, errors.New("name what to seal under from now on: --new-key FILE, --new-passphrase, --new-passphrase-file FILE, or a token by --new-pkcs11-module and --new-pkcs11-token")
	}
	return named[0]()
}

// describe says what was named.
func (n NewKey) describe() string {
	switch {
	case n.Key != "":
		return n.Key
	case n.named():
		return "a key in token " + n.PKCS11Token
	}
	return "the new passphrase"
}
