package issuercmd

import (
	"errors"
	"sync"

	"github.com/f510b0cf/till/cmd/till/internal/cli"
	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/issuer/hsm"
	"github.com/f510b0cf/till/issuer/hsm/token"
)

// KeySource is how a command finds what the keys of an issuer are sealed under: the
// storage key file, a passphrase or a token. Where no flag names one of the latter two,
// the key file says whether a passphrase is asked for.
type KeySource struct {
	cli.StorageKey
	Passphrase
	Token
}

// Passphrase is how a command gets a passphrase without asking for it.
type Passphrase struct {
	PassphraseFile string `placeholder:"FILE" help:"Read the passphrase of the issuer's keys from the first line of FILE."`
	PassphraseFD   *int   `name:"passphrase-fd" placeholder:"N" help:"Read the passphrase of the issuer's keys from the next line of file descriptor N, which stays open."`
}

// Token names the key of a token.
type Token struct {
	PKCS11Module  string `name:"pkcs11-module" placeholder:"FILE" help:"PKCS#11 library of the token whose key the issuer's keys are sealed under."`
	PKCS11Token   string `name:"pkcs11-token" placeholder:"LABEL" help:"Label of that token."`
	PKCS11Key     string `name:"pkcs11-key" placeholder:"LABEL" help:"Label of the AES key in the token, where one is made or chosen. Default: till issuer."`
	PKCS11PINFile string `name:"pkcs11-pin-file" placeholder:"FILE" help:"Read the token's PIN from the first line of FILE."`
	PKCS11PINFD   *int   `name:"pkcs11-pin-fd" placeholder:"N" help:"Read the token's PIN from the next line of file descriptor N, which stays open."`
}

// errTwoSources is wrong usage.
var errTwoSources = errors.New("name one key to seal under: a passphrase, or a token by --pkcs11-module and --pkcs11-token")

// KEK returns what opens the keys of an issuer.
func (k KeySource) KEK(streams cli.Streams) (hsm.KEK, error) {
	passphrase := k.line("")
	switch {
	case passphrase.Given() && k.named():
		return hsm.KEK{}, errTwoSources
	case k.named():
		return k.Token.kek(streams, "")
	case passphrase.Given():
		return hsm.KEK{Passphrase: once(func() (secret.Value, error) { return passphrase.Read(streams, "") })}, nil
	}
	file, err := k.Path()
	ask := once(func() (secret.Value, error) { return passphrase.Read(streams, "passphrase of the issuer's keys") })
	return hsm.KEK{File: file, Passphrase: ask}, err
}

// line is where the passphrase comes from. prefix is that of its flags.
func (p Passphrase) line(prefix string) cli.Line {
	return cli.Line{File: p.PassphraseFile, FD: p.PassphraseFD, What: "passphrase", Flag: prefix + "passphrase"}
}

// fresh returns a key-encryption key of a new passphrase, which is asked for twice
// where no flag names it.
func (p Passphrase) fresh(streams cli.Streams, prefix string) hsm.KEK {
	line := p.line(prefix)
	return hsm.KEK{Passphrase: once(func() (secret.Value, error) {
		first, err := line.Read(streams, "new passphrase")
		if err != nil || line.Given() {
			return first, err
		}
		second, err := line.Read(streams, "new passphrase again")
		if err == nil && !first.Equal(second) {
			err = errors.New("read passphrase: the two differ, nothing was changed: try again")
		}
		return first, err
	})}
}

// named reports whether a flag names a token.
func (t Token) named() bool {
	return t.PKCS11Module != "" || t.PKCS11Token != "" || t.PKCS11Key != "" || t.PKCS11PINFile != "" || t.PKCS11PINFD != nil
}

// kek returns the key in the token.
func (t Token) kek(streams cli.Streams, prefix string) (hsm.KEK, error) {
	if t.PKCS11Module == "" || t.PKCS11Token == "" {
		return hsm.KEK{}, errors.New("a token is named by --" + prefix + "pkcs11-module and --" + prefix + "pkcs11-token, both")
	}
	pin := cli.Line{File: t.PKCS11PINFile, FD: t.PKCS11PINFD, What: "PIN of the token", Flag: prefix + "pkcs11-pin"}
	inside, err := token.New(token.Config{
		Module: t.PKCS11Module, Label: t.PKCS11Token, Key: t.PKCS11Key,
		PIN: once(func() (secret.Value, error) { return pin.Read(streams, "PIN of token "+t.PKCS11Token) }),
	})
	return hsm.KEK{Token: inside}, err
}

// once keeps what was read, so that nobody is asked twice.
func once(read func() (secret.Value, error)) func() (secret.Value, error) {
	return sync.OnceValues(read)
}
