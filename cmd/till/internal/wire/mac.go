package wire

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"github.com/f510b0cf/till/emv/secret"
)

// MAC is how the messages of a line are authenticated.
type MAC struct {
	MACKey string `name:"mac-key" placeholder:"FILE" help:"Key of message authentication codes (DE 64, 128): JSON with mac_tdes or mac_aes, hexadecimal. Both ends send and check them then. Default: none."`
}

// Key returns the key, the zero Key where there is none.
func (m MAC) Key() (secret.Key, error) {
	if m.MACKey == "" {
		return secret.Key{}, nil
	}
	text, err := os.ReadFile(m.MACKey)
	if err != nil {
		return secret.Key{}, fmt.Errorf("--mac-key: %w", err)
	}
	defer secret.Wipe(text)
	key, err := parseMACKey(text)
	if err != nil {
		return secret.Key{}, fmt.Errorf("--mac-key: %s: %w", m.MACKey, err)
	}
	return key, nil
}

// errMACKey says what the file looks like.
var errMACKey = errors.New(`want {"mac_tdes": "..."} of 16 bytes, or {"mac_aes": "..."} of 16, 24 or 32, as pairs of hexadecimal digits`)

func parseMACKey(text []byte) (secret.Key, error) {
	var file struct {
		TDES string `json:"mac_tdes"`
		AES  string `json:"mac_aes"`
	}
	if json.Unmarshal(text, &file) != nil || (file.TDES == "") == (file.AES == "") {
		return secret.Key{}, errMACKey // others quote the input
	}
	raw, err := hex.DecodeString(file.TDES + file.AES)
	defer secret.Wipe(raw)
	if err != nil {
		return secret.Key{}, errMACKey
	}
	parse := secret.NewAES
	if file.TDES != "" {
		parse = secret.NewTDES
	}
	key, err := parse(raw)
	if err != nil {
		return secret.Key{}, errMACKey
	}
	return key, nil
}
