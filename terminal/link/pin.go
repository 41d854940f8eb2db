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

// ErrNoPINKey says that the terminal has no key for online PINs whose blocks the
// dialect has room for.
var ErrNoPINKey = errors.New("terminal has no key for online PINs that goes with the dialect: one must be loaded")

// LoadTDES loads the initial key of a KSN into the terminal, for PIN blocks of
// format 0 under TDES DUKPT. A terminal that has the key of that KSN goes on with
// it where it is, so that no key is used twice; any other of TDES is replaced.
func LoadTDES(j *journal.Journal, initial secret.Key, n dukpt.TDESKSN) error {
	fresh, err := dukpt.NewTDESDevice(initial, n)
	if err != nil {
		return err
	}
	return j.Update(func(tx *journal.Tx) error {
		state, err := tx.Device(secret.TDES)
		if err != nil {
			return err
		}
		if present, err := dukpt.RestoreTDESDevice(state); err == nil && present.KSN() == fresh.KSN() {
			return nil
		}
		return tx.SetDevice(secret.TDES, fresh.State())
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
		state, err := tx.Device(secret.AES)
		if err != nil {
			return err
		}
		if present, err := dukpt.RestoreAESDevice(state); err == nil && present.InitialKeyID() == fresh.InitialKeyID() {
			return nil
		}
		return tx.SetDevice(secret.AES, fresh.State())
	})
}

// addPIN enciphers a PIN, where there is one, under the next key of the device whose
// blocks the dialect has room for; the key is used up in the same update of the
// journal.
func (l *Link) addPIN(tx *journal.Tx, m *message.AuthorizationRequest, entered pin.PIN) error {
	if entered.IsZero() {
		return nil
	}
	for _, kind := range []struct {
		algorithm  secret.Algorithm
		blockBytes int
		encipher   func(state secret.Value, entered pin.PIN, pan account.PAN, random io.Reader) (enciphered, error)
	}{{secret.AES, blockBytesAES, encipherAES}, {secret.TDES, blockBytesTDES, encipherTDES}} {
		if !l.config.Dialect.TakesPINBlock(kind.blockBytes) {
			continue
		}
		state, err := tx.Device(kind.algorithm)
		if err != nil {
			return err
		}
		if state.IsZero() {
			continue
		}
		e, err := kind.encipher(state, entered, m.PAN, l.config.Rand)
		if err != nil {
			return fmt.Errorf("encipher PIN: %w", err)
		}
		m.PINBlock, m.SecurityControl = secret.New(e.block), secret.New(e.ksn)
		return tx.SetDevice(kind.algorithm, e.state)
	}
	return ErrNoPINKey
}

// Lengths of enciphered PIN blocks: format 0 under TDES, format 4 under AES.
const (
	blockBytesTDES = 8
	blockBytesAES  = 16
)

// enciphered is a PIN block with its key serial number, and the device after it.
type enciphered struct {
	secret.Opaque
	block, ksn []byte
	state      secret.Value
}

func encipherTDES(state secret.Value, entered pin.PIN, pan account.PAN, _ io.Reader) (e enciphered, err error) {
	d, err := dukpt.RestoreTDESDevice(state)
	if err != nil {
		return e, err
	}
	n, key, err := d.Next()
	if err != nil {
		return e, err
	}
	clear, err := pin.Encode(pin.Format0, entered, pan, nil)
	if err != nil {
		return e, err
	}
	block := clear.Encipher(key.PIN())
	return enciphered{block: block[:], ksn: n[:], state: d.State()}, nil
}

func encipherAES(state secret.Value, entered pin.PIN, pan account.PAN, random io.Reader) (e enciphered, err error) {
	d, err := dukpt.RestoreAESDevice(state)
	if err != nil {
		return e, err
	}
	n, key, err := d.Next()
	if err != nil {
		return e, err
	}
	pinKey, err := key.WorkingKey(dukpt.PINEncryption, dukpt.AES128)
	if err != nil {
		return e, err
	}
	block, err := pin.Encipher4(pinKey, entered, pan, random)
	return enciphered{block: block[:], ksn: n[:], state: d.State()}, err
}
