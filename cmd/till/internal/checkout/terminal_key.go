package checkout

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"github.com/f510b0cf/till/cmd/till/internal/cli"
	"github.com/f510b0cf/till/emv/dukpt"
	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/terminal/journal"
	"github.com/f510b0cf/till/terminal/link"
)

// terminalKey is the file of --terminal-key: initial keys for TDES DUKPT, AES DUKPT or
// both, as hexadecimal digits.
type terminalKey struct {
	KSN     string `json:"ksn"`
	TDES    string `json:"initial_key"`
	AESName string `json:"aes_initial_key_id"`
	AES     string `json:"aes_initial_key"`
}

// loadKey loads the terminal's initial keys for online PINs, where a file is given.
// A key that the journal has already goes on where it is.
func (c Memory) loadKey(j *journal.Journal) error {
	if c.TerminalKey == "" {
		return nil
	}
	text, err := os.ReadFile(c.TerminalKey)
	if err != nil {
		return fmt.Errorf("--terminal-key: %w", err)
	}
	defer secret.Wipe(text)
	if err := loadTerminalKeys(j, text); err != nil {
		return fmt.Errorf("--terminal-key: %s: %w: `till issuer init --demo` hands such a file out", c.TerminalKey, err)
	}
	return nil
}

func loadTerminalKeys(j *journal.Journal, text []byte) error {
	var file terminalKey
	if json.Unmarshal(text, &file) != nil || file == (terminalKey{}) {
		return errors.New("want a JSON object with ksn and initial_key, aes_initial_key_id and aes_initial_key, or all of them")
	}
	if file.KSN != "" || file.TDES != "" {
		if err := file.loadTDES(j); err != nil {
			return err
		}
	}
	if file.AESName != "" || file.AES != "" {
		return file.loadAES(j)
	}
	return nil
}

func (k terminalKey) loadTDES(j *journal.Journal) error {
	ksn, err := cli.ParseHex(k.KSN)
	if err != nil {
		return fmt.Errorf("ksn: %w", err)
	}
	n, err := dukpt.ParseTDESKSN(ksn)
	if err != nil {
		return errors.New("ksn: want 10 bytes")
	}
	initial, err := initialKey("initial_key", k.TDES, secret.NewTDES)
	if err != nil {
		return err
	}
	return link.LoadTDES(j, initial, n)
}

func (k terminalKey) loadAES(j *journal.Journal) error {
	name, err := cli.ParseHex(k.AESName)
	if err != nil {
		return fmt.Errorf("aes_initial_key_id: %w", err)
	}
	if len(name) != len(dukpt.InitialKeyID{}) {
		return fmt.Errorf("aes_initial_key_id: want %d bytes", len(dukpt.InitialKeyID{}))
	}
	initial, err := initialKey("aes_initial_key", k.AES, secret.NewAES)
	if err != nil {
		return err
	}
	return link.LoadAES(j, initial, dukpt.InitialKeyID(name))
}

// initialKey reads a key of the file.
func initialKey(name, digits string, parse func(raw []byte) (secret.Key, error)) (secret.Key, error) {
	raw, err := hex.DecodeString(digits)
	defer secret.Wipe(raw)
	if err != nil {
		return secret.Key{}, fmt.Errorf("%s: want pairs of hexadecimal digits", name) // hex's own error quotes the input
	}
	key, err := parse(raw)
	if err != nil {
		return secret.Key{}, fmt.Errorf("%s: %w", name, err)
	}
	return key, nil
}
