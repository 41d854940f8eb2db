package perso

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/image"
	"github.com/f510b0cf/till/emv/oda"
)

// spoiler spoils the data objects of a side and reports whether it could.
type spoiler func(objects []image.Object) ([]image.Object, bool)

// altered gives a data object another value.
func altered(tag emv.Tag, change func(value []byte) []byte) spoiler {
	return func(objects []image.Object) ([]image.Object, bool) {
		i := slices.IndexFunc(objects, func(o image.Object) bool { return o.Tag == tag })
		if i < 0 || len(objects[i].Value) == 0 {
			return objects, false
		}
		objects = slices.Clone(objects)
		objects[i].Value = change(bytes.Clone(objects[i].Value))
		return objects, true
	}
}

// flipped alters one bit in the middle of a data object: what it recovers to has
// neither header nor trailer.
func flipped(tag emv.Tag) spoiler {
	return altered(tag, func(value []byte) []byte {
		value[len(value)/2] ^= 0x01
		return value
	})
}

// without leaves a data object out.
func without(tag emv.Tag) spoiler {
	return func(objects []image.Object) ([]image.Object, bool) {
		kept := slices.DeleteFunc(slices.Clone(objects), func(o image.Object) bool { return o.Tag == tag })
		return kept, len(kept) < len(objects)
	}
}

// cutLast leaves out the last byte of a value.
func cutLast(value []byte) []byte { return value[:len(value)-1] }

// otherExponent is the one of the two public exponents that a value is not.
func otherExponent(value []byte) []byte {
	if len(value) == 1 {
		return []byte{0x01, 0x00, 0x01}
	}
	return []byte{0x03}
}

// signedDataAltered makes the card good for a year more than its issuer signed.
func signedDataAltered(objects []image.Object) ([]image.Object, bool) {
	if !hasObject(objects, tagIssuerCertificate) {
		return objects, false
	}
	return altered(tagExpirationDate, func(value []byte) []byte {
		year := int(value[0]>>4)*10 + int(value[0]&0x0F) + 1
		value[0] = byte(year/10%10<<4 | year%10)
		return value
	})(objects)
}

// onApplications does the same to each application, and reports whether it could
// for one.
func onApplications(spoil func(a *image.Application) bool) func(*image.Image, *builder) bool {
	return func(i *image.Image, _ *builder) (found bool) {
		for n := range i.Applications {
			found = spoil(&i.Applications[n]) || found
		}
		return found
	}
}

// onFirstRecord spoils the first file of each application, which has a record.
func onFirstRecord(spoil func(f *image.File)) func(*image.Image, *builder) bool {
	return onApplications(func(a *image.Application) bool {
		if len(a.Files) == 0 {
			return false
		}
		spoil(&a.Files[0])
		return true
	})
}

// otherICCKey has each card sign with a key that nobody has certified.
func otherICCKey(i *image.Image, b *builder) (found bool) {
	for n := range i.Applications {
		key := &i.Applications[n].ICCKey
		if key.IsZero() {
			continue
		}
		stream := b.options.Random.Stream(fmt.Sprint(streamOtherICC, " ", n))
		other, err := oda.GenerateKey(stream, bitsPerByte*key.Public().Size(), oda.Exponent3)
		if err != nil {
			return false // a random source that is broken has been told before
		}
		*key, found = other, true
	}
	return found
}

// otherCardKeys has each card make its cryptograms with keys that its issuer does
// not derive.
func otherCardKeys(i *image.Image, b *builder) bool {
	for n := range i.Applications {
		stream := b.options.Random.Stream(fmt.Sprint(streamOtherKeys, " ", n))
		keys, err := drawMasterKeys(stream)
		if err != nil {
			return false
		}
		i.Applications[n].Keys = keys
	}
	return true
}
