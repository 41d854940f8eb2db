package message

import (
	"slices"

	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/emv/tlv"
)

// chipForm is how chip data lie in DE 55. In the structs they are BER-TLV, whatever
// the form. request tells what goes to the issuer from what comes from it.
type chipForm interface {
	// write appends data objects. What the form has no place for is left out.
	write(dst, objects []byte, request bool) ([]byte, error)
	// read returns the data objects.
	read(value []byte, request bool) ([]byte, error)
}

// iccData is an element in the form that the dialect has for chip data.
func iccData(c *coder, n int, v *secret.Value) {
	form, request := c.dialect.rules.chip, c.layout.kind.IsRequest()
	transfer(c, n, v, codec[secret.Value]{
		isZero: secret.Value.IsZero,
		append: func(dst []byte, v secret.Value, _ *element) []byte {
			v.Open(func(objects []byte) {
				var err error
				if dst, err = form.write(dst, objects, request); err != nil {
					c.fail(n, err)
				}
			})
			return dst
		},
		parse: func(value []byte, _ *element) (secret.Value, error) {
			objects, err := form.read(value, request)
			defer secret.Wipe(objects)
			return secret.New(objects), err
		},
	})
}

// chipTLV is BER-TLV, in order and with repeats.
type chipTLV struct{}

func (chipTLV) write(dst, objects []byte, _ bool) ([]byte, error) {
	return append(dst, objects...), nil
}

// read checks that the data are BER-TLV, one level deep: what lies in templates is
// for the card to read. EMV Book 3, Annex B.
func (chipTLV) read(value []byte, _ bool) ([]byte, error) {
	for _, err := range tlv.Elements(value) {
		if err != nil {
			return nil, err
		}
	}
	return slices.Clone(value), nil
}
