package image

import (
	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/tlv"
)

// dol is a data object list as the card gives it; an empty one is read as nil.
func (c *coder) dol(name string, d *tlv.DOL) {
	c.value(name, listBytesMax,
		func(use func([]byte)) { use(appendDOL(nil, *d)) },
		func(read []byte) (err error) {
			if len(read) > 0 {
				*d, err = tlv.ParseDOL(read)
			}
			return err
		})
}

func appendDOL(dst []byte, d tlv.DOL) []byte {
	for _, e := range d {
		dst = append(e.Tag.Append(dst), byte(e.Length))
	}
	return dst
}

// afl is an application file locator as the card gives it, or nothing.
func (c *coder) afl(a *emv.AFL) {
	c.value("AFL", listBytesMax,
		func(use func([]byte)) { use(a.Append(nil)) },
		func(read []byte) (err error) {
			if len(read) > 0 {
				*a, err = emv.ParseAFL(read)
			}
			return err
		})
}

// tag is the bytes of one tag.
func (c *coder) tag(t *emv.Tag) {
	c.value("tag", tagBytesMax,
		func(use func([]byte)) { use(t.Append(nil)) },
		func(read []byte) error {
			tag, n, err := emv.DecodeTag(read)
			if err == nil && n != len(read) {
				err = emv.ErrMalformed
			}
			*t = tag
			return err
		})
}
