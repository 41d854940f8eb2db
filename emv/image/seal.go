package image

import (
	"errors"
	"fmt"
	"io"

	"github.com/f510b0cf/till/emv/secret"
)

// sealContext is authenticated with every sealed image, so that nothing else
// that was sealed under the same key passes for one.
const sealContext = "till card image"

// Seal encodes the image and seals it under an AES key, as a whole: PAN, PIN and
// keys lie among the rest. It refuses an image that is larger than a card may
// be, in any of its parts.
func (i Image) Seal(key secret.Key, rand io.Reader) ([]byte, error) {
	clear, err := encode(i)
	defer secret.Wipe(clear)
	if err != nil {
		return nil, fmt.Errorf("seal image: %w", err)
	}
	return key.Seal(rand, clear, []byte(sealContext))
}

// Unseal opens what Seal made. The error wraps secret.ErrUnseal where the bytes
// are damaged or sealed under another key, ErrVersion where another version of
// till has written them, and emv.ErrMalformed where the content is no image.
func Unseal(key secret.Key, sealed []byte) (i Image, err error) {
	value, err := key.Unseal(sealed, []byte(sealContext))
	if err != nil {
		return Image{}, fmt.Errorf("unseal image: %w", err)
	}
	value.Open(func(clear []byte) { i, err = decode(clear) })
	if err != nil {
		return Image{}, fmt.Errorf("unseal image: %w", err)
	}
	return i, nil
}

// ErrVersion says that an image is encoded by a schema that this version of till
// does not read.
var ErrVersion = errors.New("image of another schema version")
