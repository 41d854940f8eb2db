package issuer

import (
	"github.com/f510b0cf/till/issuer/hsm"
)

// Keys returns the check values of the keys of a data directory: those that others
// share, and those of the issuer alone.
func Keys(data string, kek hsm.KEK) (shared, own []hsm.KeyCheck, err error) {
	if err := there(data); err != nil {
		return nil, nil, err
	}
	m, err := hsm.Open(files(data, kek), nil)
	if err != nil {
		return nil, nil, err
	}
	return m.KeyChecks(), m.StorageChecks(), nil
}

// RotateKeys draws new storage keys, as hsm.Rotate has it. The error wraps
// store.ErrInUse where the issuer runs: it would go on with the old ones.
func RotateKeys(data string, kek hsm.KEK) error {
	return stopped(data, kek, func() error { return hsm.Rotate(files(data, kek), nil) })
}

// Rekey seals the keys under another key-encryption key, which is made where there is
// none. The issuer must not run.
func Rekey(data string, kek, to hsm.KEK) error {
	return stopped(data, kek, func() error { return hsm.Rekey(files(data, kek), to, nil) })
}

// stopped does something to the keys of an issuer that does not run.
func stopped(data string, kek hsm.KEK, do func() error) error {
	_, s, err := openData(data, kek)
	if err != nil {
		return err
	}
	defer s.Close()
	return do()
}
