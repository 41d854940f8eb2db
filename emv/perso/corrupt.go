package perso

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/emv/image"
)

// corruptText is what is made wrong on a card on purpose, by the names of
// corruptions.
type corruptText []string

// UnmarshalYAML reads a list of names.
func (t *corruptText) UnmarshalYAML(n *yaml.Node) error {
	want := "a list of " + strings.Join(Corruptions(), ", ")
	if n.Kind != yaml.SequenceNode {
		return wrong(n, want)
	}
	*t = nil
	for _, item := range n.Content {
		if _, ok := corruptionByName(item.Value); !ok || slices.Contains(*t, item.Value) {
			return wrong(item, want+", each once")
		}
		*t = append(*t, item.Value)
	}
	return nil
}

// corruption is one way to make a card wrong. It acts in one of four places: on
// the data objects of a side before they are signed, on what is signed, on the data
// objects with the certificates before they are laid out in records, or on the
// image. All but the second report whether they found what they spoil; that needs a
// data object.
type corruption struct {
	name    string
	data    spoiler
	needs   emv.Tag
	signing func(s *signing)
	objects spoiler
	image   func(i *image.Image, b *builder) bool
}

// Corruptions returns the names that the section corrupt of a profile knows.
func Corruptions() []string {
	var names []string
	for _, c := range corruptions() {
		names = append(names, c.name)
	}
	return names
}

func corruptionByName(name string) (corruption, bool) {
	all := corruptions()
	i := slices.IndexFunc(all, func(c corruption) bool { return c.name == name })
	if i < 0 {
		return corruption{}, false
	}
	return all[i], true
}

// chosen returns the corruptions of the profile.
func (b *builder) chosen() (all []corruption) {
	for _, name := range b.profile.Corrupt {
		if c, ok := corruptionByName(name); ok { // the text has been checked
			all = append(all, c)
		}
	}
	return all
}

// signing is what certificates and signatures are made with.
type signing struct {
	issuer, icc, pin, staticData signed
	past                         account.Expiry // the month before the card was issued
}

// signed is what one of them says.
type signed struct {
	pan    account.PAN
	expiry account.Expiry
	wrong  bool // its hash covers other static data
}

// over returns the static data that the hash covers.
func (s signed) over(static []byte) []byte {
	if !s.wrong {
		return static
	}
	return append(bytes.Clone(static), 0)
}

// corruptSigning returns what a card of that holder is signed with.
func (b *builder) corruptSigning(h holder) signing {
	right := signed{pan: h.pan, expiry: h.expiry}
	day := time.Date(b.options.Date.Year, b.options.Date.Month, 0, 0, 0, 0, 0, time.UTC)
	s := signing{issuer: right, icc: right, pin: right, past: account.Expiry{Year: day.Year(), Month: day.Month()}}
	for _, c := range b.chosen() {
		if c.signing != nil {
			c.signing(&s)
		}
	}
	return s
}

// corruptData spoils the data objects of a side before they are signed.
func (b *builder) corruptData(objects []image.Object) []image.Object {
	for _, c := range b.chosen() {
		if c.data == nil {
			continue
		}
		var found bool
		objects, found = c.data(objects)
		b.corrupted[c.name] = b.corrupted[c.name] || found
	}
	return objects
}

// corruptObjects spoils the data objects of a side with its certificates.
func (b *builder) corruptObjects(objects []image.Object) []image.Object {
	for _, c := range b.chosen() {
		found := c.needs != 0 && hasObject(objects, c.needs)
		if c.objects != nil {
			objects, found = c.objects(objects)
		}
		b.corrupted[c.name] = b.corrupted[c.name] || found
	}
	return objects
}

// corruptImage spoils the image. What found nothing to spoil in the whole card is
// an error: the test that wants it would prove nothing.
func (b *builder) corruptImage(i *image.Image) error {
	for _, c := range b.chosen() {
		if c.image != nil && c.image(i, b) {
			b.corrupted[c.name] = true
		}
		if !b.corrupted[c.name] {
			return fmt.Errorf("corrupt: %s: the card has nothing that this spoils", c.name)
		}
	}
	return nil
}
