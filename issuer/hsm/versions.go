package hsm

import (
	"errors"
	"io"

	"github.com/f510b0cf/till/emv/secret"
)

// versions are a storage key and those that it took the place of, oldest first.
// The newest seals. What an older one sealed still opens, so that to rotate a key
// loses nothing.
type versions []secret.Key

// versionsMax bounds how many there are, and so how many are tried.
const versionsMax = 16

func (v versions) newest() secret.Key { return v[len(v)-1] }

// seal seals under the newest version.
func (v versions) seal(random io.Reader, clear, context []byte) ([]byte, error) {
	return v.newest().Seal(random, clear, context)
}

// unseal opens what any version sealed. The seal itself tells which it was: under
// another key it does not open.
func (v versions) unseal(sealed, context []byte) (opened secret.Value, err error) {
	for n := len(v) - 1; n >= 0; n-- {
		if opened, err = v[n].Unseal(sealed, context); err == nil || !errors.Is(err, secret.ErrUnseal) {
			return opened, err
		}
	}
	return secret.Value{}, err
}

// document returns the keys for a document; the caller wipes them.
func (v versions) document() (old []hexBytes, newest hexBytes) {
	for _, k := range v[:len(v)-1] {
		old = append(old, raw(k))
	}
	return old, raw(v.newest())
}
