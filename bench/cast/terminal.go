package cast

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/f510b0cf/till/emv/dukpt"
	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/issuer/hsm"
)

// TerminalFile is the name of the file with a terminal's initial keys.
const TerminalFile = "terminal.json"

// TerminalKSN returns the key serial number that the terminal of the demonstration
// begins with under TDES DUKPT.
func TerminalKSN() dukpt.TDESKSN {
	return dukpt.TDESKSN{0xFF, 0xFF, 0x98, 0x76, 0x54, 0x32, 0x10, 0xE0, 0x00, 0x00}
}

// TerminalKeyID returns the name of the terminal's initial key under AES DUKPT.
func TerminalKeyID() dukpt.InitialKeyID {
	return dukpt.InitialKeyID{0x98, 0x76, 0x54, 0x32, 0x10, 0xE0, 0x00, 0x01}
}

// Terminal writes the initial keys of a terminal, in clear, for them to be loaded, and
// returns the name of the file. An issuer that was given keys without one for TDES or
// AES DUKPT hands out none for it, and no file where it has neither.
func (c *Cast) Terminal() (name string, err error) {
	keys := map[string]string{}
	tdes, errTDES := c.Draft.Module().InitialKeyTDES(TerminalKSN())
	if err := handOut(keys, "ksn", TerminalKSN().String(), "initial_key", tdes, errTDES); err != nil {
		return "", err
	}
	aes, errAES := c.Draft.Module().InitialKeyAES(TerminalKeyID())
	if err := handOut(keys, "aes_initial_key_id", fmt.Sprintf("%X", TerminalKeyID()), "aes_initial_key", aes, errAES); err != nil {
		return "", err
	}
	if len(keys) == 0 {
		return "", nil
	}
	content, err := json.Marshal(keys)
	defer secret.Wipe(content)
	return TerminalFile, errors.Join(err, c.write(TerminalFile, append(content, '\n')))
}

// handOut adds a key with its name, where the issuer has one.
func handOut(keys map[string]string, nameField, name, keyField string, key secret.Key, err error) error {
	if errors.Is(err, hsm.ErrNoKey) {
		return nil
	}
	if err != nil {
		return err
	}
	key.Open(func(raw []byte) { keys[nameField], keys[keyField] = name, fmt.Sprintf("%X", raw) })
	return nil
}
