package hsm

import (
	"errors"
	"io"

	"github.com/f510b0cf/till/emv/secret"
)

// versions are a storage key and those that it took the place of, oldest first. A
// version that was retired has its place still, and no key. The newest seals. What an older one sealed still opens, so that to rotate a key
// loses nothing.
type versions []secret.Key

// versionsMax bounds how many have a key, and so how many are tried; numbersMax how
// many there were.
const (
	versionsMax = 16
	numbersMax  = 1 << 10
)

// live returns how many versions have a key.
func (v versions) live() (n int) {
	for _, k := range v {
		if !k.IsZero() {
			n++
		}
	}
	return n
}

func (v versions) newest() secret.Key { return v[len(v)-1] }

// seal seals under the newest version.
func (v versions) seal(random io.Reader, clear, context []byte) ([]byte, error) {
	return v.newest().Seal(random, clear, context)
}

// unseal opens what any version sealed. The seal itself tells which it was: under
// another key it does not open.
func (v versions) unseal(sealed, context []byte) (opened secret.Value, err error) {
	opened, _, err = v.find(sealed, context)
	return opened, err
}

// find is unseal, with the number of the version, from 1.
func (v versions) find(sealed, context []byte) (opened secret.Value, number int, err error) {
	for n := len(v) - 1; n >= 0; n-- {
		if v[n].IsZero() {
			continue
		}
		if opened, err = v[n].Unseal(sealed, context); err == nil || !errors.Is(err, secret.ErrUnseal) {
			return opened, n + 1, err
		}
	}
	return secret.Value{}, 0, err
}

// document returns the keys for a document; the caller wipes them.
func (v versions) document() (old []hexBytes, newest hexBytes) {
	for _, k := range v[:len(v)-1] {
		old = append(old, raw(k))
	}
	return old, raw(v.newest())
}
