package perso_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/oda"
	"github.com/f510b0cf/till/emv/perso"
	"github.com/f510b0cf/till/emv/random"
	"github.com/f510b0cf/till/testdata/vectors"
)

// drawnKey returns a key with the lines of a profile that give it.
func drawnKey(t *testing.T, name string, bits int, e oda.Exponent) (key oda.PrivateKey, line string) {
	t.Helper()
	key, err := oda.GenerateKey(random.Seeded(7).Stream(name), bits, e)
	require.NoError(t, err)
	key.Open(func(p, q []byte) { line = fmt.Sprintf("%s: {p: %X, q: %X, exponent: %d}", name, p, q, e) })
	return key, line
}

// TestGivenKeys: a profile that gives all RSA keys gets a chain of these, whose root
// is told to terminals.
func TestGivenKeys(t *testing.T) {
	ca, caLine := drawnKey(t, "ca_key", 1152, 65537)
	_, issuerLine := drawnKey(t, "issuer_key", 1024, 3)
	icc, iccLine := drawnKey(t, "icc_key", 768, 65537)
	pin, pinLine := drawnKey(t, "pin_key", 800, 3)
	card := personalise(t, text(t, fmt.Sprintf(`
extends: amex
name: given
application:
  oda: {ca_index: E5, %s, %s, %s, %s}
`, caLine, issuerLine, iccLine, pinLine)), 1)
	assert.Empty(t, card.Warnings)
	a := card.Image.Applications[0]
	assert.True(t, a.ICCKey.Public().Equal(icc.Public()))
	assert.True(t, a.PINKey.Public().Equal(pin.Public()))
	require.Len(t, card.CAPublicKeys, 1)
	assert.True(t, card.CAPublicKeys[0].Key.Equal(ca.Public()))
	assert.Equal(t, byte(0xE5), card.CAPublicKeys[0].Index)
	assert.Equal(t, []byte{0xE5}, objects(t, a)[0x8F])
	assert.Equal(t, []byte{0x01, 0x00, 0x01}, objects(t, a)[0x9F47])
}

// TestGivenCertificates: a profile may give the certificates of another card, with
// or without the card's key; none are made then.
func TestGivenCertificates(t *testing.T) {
	icc, iccLine := drawnKey(t, "icc_key", 768, 3)
	_, issuerLine := drawnKey(t, "issuer_key", 1024, 3)
	made := personalise(t, text(t, fmt.Sprintf("{extends: amex, name: made, application: {oda: {%s, %s}}}", iccLine, issuerLine)), 1)
	held := objects(t, made.Image.Applications[0])
	var given string
	for _, tag := range []emv.Tag{0x8F, 0x90, 0x92, 0x9F32, 0x9F46, 0x9F47, 0x9F48} {
		if value, ok := held[tag]; ok {
			given += fmt.Sprintf("%q: %X, ", tag.String(), value)
		}
	}
	again := personalise(t, text(t, fmt.Sprintf("{extends: amex, name: again, application: {contactless: ~, objects: {%s}, oda: {%s}}}", given, iccLine)), 2)
	assert.Empty(t, again.Warnings, "the certificates are good for what is signed")
	assert.True(t, again.Image.Applications[0].ICCKey.Public().Equal(icc.Public()))
	assert.Empty(t, again.CAPublicKeys, "their CA is known to whoever gave them")
	assert.Equal(t, held[0x9F46], objects(t, again.Image.Applications[0])[0x9F46])

	_, err := perso.Personalise(text(t, fmt.Sprintf("{extends: amex, name: again, application: {objects: {%s}}}", given)), options(1))
	require.ErrorContains(t, err, "the card has no key")
}

func TestGivenKeysRefused(t *testing.T) {
	_, long := drawnKey(t, "issuer_key", 1160, 3)
	_, caLine := drawnKey(t, "ca_key", 1152, 3)
	for lines, want := range map[string]string{
		"icc_key: {p: 03, q: 05}":        "oda: icc_key: want p and q, two primes whose product has whole bytes",
		"pin_key: {p: 03, exponent: 17}": "oda: pin_key: exponent: want 3 or 65537",
		caLine:                           "oda: ca_key: give its ca_index too",
		"ca: 1152, " + long:              "oda: issuer: 1160 bits, want no more than the signer's 1152",
	} {
		_, err := perso.Personalise(text(t, fmt.Sprintf("{extends: amex, name: x, application: {oda: {%s}}}", lines)), options(1))
		require.ErrorContains(t, err, want)
	}
}

// TestChangedApplication: what stands under application changes that of the profile
// that is extended, field by field, and leaves the other profile alone.
func TestChangedApplication(t *testing.T) {
	before := personalise(t, load(t, "amex"), 1).Image
	changed := personalise(t, text(t, "extends: amex\nname: x\napplication:\n  oda: {icc: 896}\n  dki: \"07\"\n  contactless: ~\n  blocked: true\npin: \"1234\"\npin_tries_used: 3"), 1).Image
	a := changed.Applications[0]
	assert.Equal(t, 112, a.ICCKey.Public().Size())
	assert.Equal(t, byte(7), a.DKI)
	assert.Nil(t, a.Contactless)
	assert.True(t, a.Blocked)
	assert.Equal(t, uint8(3), a.PINTriesUsed)
	assert.Equal(t, before.Applications[0].CDOL1, a.CDOL1)
	assert.Equal(t, sealed(t, before), sealed(t, personalise(t, load(t, "amex"), 1).Image))
	_, err := perso.Personalise(text(t, "extends: amex\nname: x\npin: \"1234\"\npin_tries_used: 4"), options(1))
	require.ErrorContains(t, err, "PIN tries used 4, want the try limit of 3 at most")
}

// TestChangedObjects: a list or mapping is replaced as a whole, by application too.
func TestChangedObjects(t *testing.T) {
	base := strings.Replace(shortest, "label: SHORT", "label: SHORT, objects: {9F14: 03, 9F23: 05}", 1)
	require.Contains(t, base, "9F23")
	p, err := perso.Load(fstest.MapFS{"base.yaml": {Data: []byte(base)}, "top.yaml": {Data: []byte("extends: base\nname: top\napplication: {objects: {9F14: 07}}")}}, "top.yaml")
	require.NoError(t, err)
	held := objects(t, personalise(t, p, 1).Image.Applications[0])
	assert.Equal(t, []byte{7}, held[0x9F14])
	assert.NotContains(t, held, emv.Tag(0x9F23))
}

// TestCVMListInWords writes one list in both ways.
func TestCVMListInWords(t *testing.T) {
	words := `
    x: 1000
    y: 0
    rules:
      - enciphered-pin if-supported else-next
      - online-pin if-under-x
      - no-cvm
      - fail if-cashback else-next`
	list := func(value string) []byte {
		p := text(t, "extends: amex\nname: x\napplication:\n  cvm_list: "+value+"\n")
		return objects(t, personalise(t, p, 1).Image.Applications[0])[0x8E]
	}
	assert.Equal(t, list(`{x: 1000, y: 0, rules: 4403 0206 1F00 4005}`), list(words))
	assert.Equal(t, list("4403 1F00"), list("[enciphered-pin if-supported else-next, no-cvm]"))
}

// TestListsByTags: a data object list may be written by its tags, with lengths where
// those are not fixed.
func TestListsByTags(t *testing.T) {
	p := text(t, "extends: amex\nname: x\napplication:\n  cdol1: [9F02, 9F03, 9F1A, 95, 5F2A, 9A, 9C, 9F37]\n  cdol2: [91 10, 8A, \"9F02\", 9F03 6, 9F37]\n  ddol: [9F37 4]")
	a := personalise(t, p, 1).Image.Applications[0]
	assert.Equal(t, personalise(t, load(t, "amex"), 1).Image.Applications[0].CDOL1, a.CDOL1)
	assert.Equal(t, vectors.Unhex(t, "910A 8A02 9F0206 9F0306 9F3704"), objects(t, a)[0x8D])
}

// TestActionCodesByName: the bits of action codes have the names of those of the TVR.
func TestActionCodesByName(t *testing.T) {
	p := text(t, "extends: amex\nname: x\napplication: {iac: {denial: [new-card, dda-failed], online: FFFFFFFFFF}}")
	held := objects(t, personalise(t, p, 1).Image.Applications[0])
	assert.Equal(t, []byte{0x08, 0x08, 0, 0, 0}, held[0x9F0E])
}
