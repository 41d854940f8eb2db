package message

import (
	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/emv/tlv"
)

// iccData is an element in the form that the dialect has for chip data.
func iccData(c *coder, n int, v *secret.Value) {
	transfer(c, n, v, secretCodec(func(value []byte) (secret.Value, error) {
		if c.dialect.rules.chipTLV {
			if err := checkTLV(value); err != nil {
				return secret.Value{}, err
			}
		}
		return secret.New(value), nil
	}))
}

// checkTLV checks that chip data are BER-TLV, one level deep: what lies in
// templates is for the card to read. EMV Book 3, Annex B.
func checkTLV(value []byte) error {
	for _, err := range tlv.Elements(value) {
		if err != nil {
			return err
		}
	}
	return nil
}
