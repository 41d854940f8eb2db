package issuer

import (
	"errors"
	"fmt"

	"github.com/f510b0cf/till/emv/dukpt"
	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/issuer/hsm"
)

// TerminalKeys are the initial keys of a terminal; one that the issuer has no base
// derivation key for is zero.
type TerminalKeys struct {
	secret.Opaque
	KSN  dukpt.TDESKSN
	TDES secret.Key
	ID   dukpt.InitialKeyID
	AES  secret.Key
}

// KeysOfTerminal returns the initial keys of a terminal by its number, under the
// newest base derivation keys of a data directory. The error wraps hsm.ErrNoKey where
// there are none.
func KeysOfTerminal(data string, kek hsm.KEK, number uint32) (keys TerminalKeys, err error) {
	if err := there(data, ""); err != nil {
		return keys, err
	}
	m, err := hsm.Open(files(data, kek), nil)
	if err != nil {
		return keys, err
	}
	keys.KSN, keys.ID = m.TerminalKSN(number), m.TerminalKeyID(number)
	var errTDES, errAES error
	keys.TDES, errTDES = m.InitialKeyTDES(keys.KSN)
	keys.AES, errAES = m.InitialKeyAES(keys.ID)
	if errTDES != nil && errAES != nil {
		return keys, errors.Join(errTDES, errAES)
	}
	return keys, nil
}

// Clear returns the keys as a terminal's file has them: hexadecimal digits, in clear.
func (k TerminalKeys) Clear() map[string]string {
	fields := map[string]string{}
	if !k.TDES.IsZero() {
		k.TDES.Open(func(raw []byte) { fields["ksn"], fields["initial_key"] = k.KSN.String(), fmt.Sprintf("%X", raw) })
	}
	if !k.AES.IsZero() {
		k.AES.Open(func(raw []byte) {
			fields["aes_initial_key_id"], fields["aes_initial_key"] = fmt.Sprintf("%X", k.ID), fmt.Sprintf("%X", raw)
		})
	}
	return fields
}
