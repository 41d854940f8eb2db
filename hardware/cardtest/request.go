package cardtest

import (
	"fmt"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/tlv"
)

// tagApplicationCryptogram is 9F26.
const tagApplicationCryptogram emv.Tag = 0x9F26

// findAC returns the application cryptogram among data objects.
func findAC(objects []byte) (ac emv.AC, err error) {
	value, ok, err := tlv.Find(objects, tagApplicationCryptogram)
	switch {
	case err != nil:
		return ac, err
	case !ok || len(value) != len(ac):
		return ac, fmt.Errorf("there is no %s of %d bytes: %w", tagApplicationCryptogram, len(ac), emv.ErrMalformed)
	}
	return emv.AC(value), nil
}
