package image

import (
	"bytes"
	"encoding/binary"
	"slices"

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

// aflEntryBytes is the length of an entry of an AFL. EMV Book 3, 10.2.
const aflEntryBytes = 4

// afl is an application file locator as the card gives it, or nothing. Its entries
// may be wrong: a card of a negative test leads its terminal nowhere.
func (c *coder) afl(a *emv.AFL) {
	c.value("AFL", listBytesMax,
		func(use func([]byte)) { use(a.Append(nil)) },
		func(read []byte) error {
			if len(read)%aflEntryBytes != 0 {
				return emv.ErrMalformed
			}
			for e := range slices.Chunk(read, aflEntryBytes) {
				*a = append(*a, emv.AFLEntry{SFI: e[0] >> 3, First: e[1], Last: e[2], ODACount: e[3]})
			}
			if !bytes.Equal(a.Append(nil), read) {
				return emv.ErrMalformed
			}
			return nil
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

// optionalTag is the bytes of one tag, or nothing.
func (c *coder) optionalTag(t *emv.Tag) {
	there := *t != 0
	if c.boolean("tag", &there); there && c.err == nil {
		c.tag(t)
	}
	if c.err == nil && there && *t == 0 {
		c.fail("tag that is none")
	}
}

// flags is a set of statements of a CVR; others than Conditions are refused.
func (c *coder) flags(f *emv.CVRFlags) {
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], uint64(*f))
	c.fixed(b[:])
	if *f = emv.CVRFlags(binary.BigEndian.Uint64(b[:])); *f&^Conditions != 0 {
		c.fail("conditions of card risk management")
	}
}
