package link

import (
	"errors"
	"fmt"
	"io"

	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/emv/dukpt"
	"github.com/f510b0cf/till/emv/pin"
	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/issuer/message"
	"github.com/f510b0cf/till/terminal/journal"
)

// ErrNoPINKey says that the terminal has no key for online PINs.
var ErrNoPINKey = errors.New("terminal has no key for online PINs: one must be loaded")

// LoadTDES loads the initial key of a KSN into the terminal, for PIN blocks of
// format 0 under TDES DUKPT. A terminal that has the key of that KSN goes on with
// it where it is, so that no key is used twice; any other is replaced.
func LoadTDES(j *journal.Journal, initial secret.Key, n dukpt.TDESKSN) error {
	fresh, err := dukpt.NewTDESDevice(initial, n)
	if err != nil {
		return err
	}
	return j.Update(func(tx *journal.Tx) error {
		state, err := tx.Device()
		if err != nil {
			return err
		}
		if present, err := dukpt.RestoreTDESDevice(state); err == nil && present.KSN() == fresh.KSN() {
			return nil
		}
		return tx.SetDevice(fresh.State())
	})
}

// LoadAES loads an initial key into the terminal as LoadTDES does, for PIN blocks
// of format 4 under AES DUKPT, which message.ISO93AES has room for.
func LoadAES(j *journal.Journal, initial secret.Key, id dukpt.InitialKeyID) error {
	fresh, err := dukpt.NewAESDevice(initial, id)
	if err != nil {
		return err
	}
	return j.Update(func(tx *journal.Tx) error {
		state, err := tx.Device()
		if err != nil {
			return err
		}
		if present, err := dukpt.RestoreAESDevice(state); err == nil && present.InitialKeyID() == fresh.InitialKeyID() {
			return nil
		}
		return tx.SetDevice(fresh.State())
	})
}

// addPIN enciphers a PIN, where there is one, under the next key, which is used up
// in the same update of the journal.
func (l *Link) addPIN(tx *journal.Tx, m *message.AuthorizationRequest, entered pin.PIN) error {
	if entered.IsZero() {
		return nil
	}
	state, err := tx.Device()
	if err != nil {
		return err
	}
	if state.IsZero() {
		return ErrNoPINKey
	}
	var block, ksn []byte
	if d, restoreErr := dukpt.RestoreTDESDevice(state); restoreErr == nil {
		block, ksn, err = encipherTDES(d, entered, m.PAN)
		state = d.State()
	} else {
		var a *dukpt.AESDevice
		if a, err = dukpt.RestoreAESDevice(state); err != nil {
			return fmt.Errorf("encipher PIN: %w", err)
		}
		block, ksn, err = encipherAES(a, entered, m.PAN, l.config.Rand)
		state = a.State()
	}
	if err != nil {
		return fmt.Errorf("encipher PIN: %w", err)
	}
	m.PINBlock, m.SecurityControl = secret.New(block), secret.New(ksn)
	return tx.SetDevice(state)
}

func encipherTDES(d *dukpt.TDESDevice, entered pin.PIN, pan account.PAN) (block, ksn []byte, err error) {
	n, key, err := d.Next()
	if err != nil {
		return nil, nil, err
	}
	clear, err := pin.Encode(pin.Format0, entered, pan, nil)
	if err != nil {
		return nil, nil, err
	}
	enciphered := clear.Encipher(key.PIN())
	return enciphered[:], n[:], nil
}

func encipherAES(d *dukpt.AESDevice, entered pin.PIN, pan account.PAN, random io.Reader) (block, ksn []byte, err error) {
	n, key, err := d.Next()
	if err != nil {
		return nil, nil, err
	}
	pinKey, err := key.WorkingKey(dukpt.PINEncryption, dukpt.AES128)
	if err != nil {
		return nil, nil, err
	}
	enciphered, err := pin.Encipher4(pinKey, entered, pan, random)
	return enciphered[:], n[:], err
}
