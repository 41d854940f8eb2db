package hsm

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/f510b0cf/till/emv/secret"
)

// A key file under a passphrase or a token begins with fileMagic, its recipe and a
// line break; then follows what is sealed, for the context of all that. A key file
// under a file has what is sealed alone, for fileContext.
const (
	fileMagic = "till keys 2\n"
	recipeMax = 2 << 10 // bytes
)

// fileContext is authenticated with the content of a key file without a recipe. Its
// end is the schema version.
var fileContext = []byte("till issuer/hsm keys 1")

// errKeyFile says that a key file is none of ours.
var errKeyFile = errors.New("it is damaged, or of a newer till: restore a backup")

// head returns what stands in a key file before what is sealed.
func (s sealing) head() []byte {
	if s.recipe == "" {
		return nil
	}
	return []byte(fileMagic + s.recipe + "\n")
}

// context returns what is authenticated with the content of the key file.
func (s sealing) context() []byte {
	if s.recipe == "" {
		return fileContext
	}
	return append([]byte("till issuer/hsm keys 2\x00"), s.head()...)
}

// cutRecipe takes a key file apart.
func cutRecipe(content []byte) (recipe string, sealed []byte, err error) {
	rest, found := bytes.CutPrefix(content, []byte(fileMagic))
	if !found {
		return "", content, nil
	}
	line, sealed, found := bytes.Cut(rest, []byte("\n"))
	if !found || len(line) == 0 || len(line) > recipeMax {
		return "", nil, errKeyFile
	}
	return string(line), sealed, nil
}

// seal returns the key file of a ring, which opens again.
func (r *keyRing) seal(s sealing, random io.Reader) ([]byte, error) {
	d := r.document()
	defer d.wipe()
	clear, err := json.Marshal(d)
	defer secret.Wipe(clear)
	if err != nil {
		return nil, fmt.Errorf("seal keys: %w", err)
	}
	sealed, err := s.key.Seal(random, clear, s.context())
	if err == nil {
		_, err = unsealRing(s, sealed)
	}
	if err != nil {
		return nil, fmt.Errorf("seal keys: %w", err)
	}
	return append(s.head(), sealed...), nil
}

// unsealRing opens what seal made, without its head.
func unsealRing(s sealing, sealed []byte) (ring keyRing, err error) {
	content, err := s.key.Unseal(sealed, s.context())
	if err != nil {
		return keyRing{}, err
	}
	content.Open(func(clear []byte) {
		var d document
		if d, err = readDocument(bytes.NewReader(clear)); err == nil {
			ring, err = d.ring()
			d.wipe()
		}
	})
	if err == nil && (len(ring.pin) == 0 || len(ring.data) == 0 || ring.reference.IsZero()) {
		err = ErrNoKey
	}
	return ring, err
}
