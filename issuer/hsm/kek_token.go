package hsm

import (
	"encoding/base64"
	"fmt"
	"io"
	"strings"

	"github.com/f510b0cf/till/emv/secret"
)

// kindToken begins the recipe of a token: then follow the name of the token's key and
// the key of the key file, wrapped under it, in base64.
const kindToken = "token"

// tokenContext is authenticated with a wrapped key.
var tokenContext = []byte("till issuer/hsm key file")

// makeOfToken draws the key of a key file and wraps it in the token.
func (k KEK) makeOfToken(random io.Reader) (s sealing, err error) {
	raw := make([]byte, kekBytes)
	defer secret.Wipe(raw)
	if _, err := io.ReadFull(random, raw); err != nil {
		return s, fmt.Errorf("draw key: %w", err)
	}
	name, wrapped, err := k.Token.Wrap(raw, tokenContext)
	if err != nil {
		return s, fmt.Errorf("wrap key in token: %w", err)
	}
	s.recipe = strings.Join([]string{kindToken, name, base64.RawStdEncoding.EncodeToString(wrapped)}, " ")
	s.key, err = secret.NewAES(raw)
	return s, err
}

// ofToken returns the key of a recipe.
func (k KEK) ofToken(recipe string) (secret.Key, error) {
	parts := strings.Split(recipe, " ")
	if len(parts) != 3 {
		return secret.Key{}, errKeyFile
	}
	wrapped, err := base64.RawStdEncoding.Strict().DecodeString(parts[2])
	if err != nil {
		return secret.Key{}, errKeyFile
	}
	raw, err := k.Token.Unwrap(parts[1], wrapped, tokenContext)
	defer secret.Wipe(raw)
	if err != nil {
		return secret.Key{}, fmt.Errorf("unwrap key in token: %w", err)
	}
	if len(raw) != kekBytes {
		return secret.Key{}, errKeyFile
	}
	return secret.NewAES(raw)
}
