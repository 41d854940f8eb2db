package perso_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv/image"
	"github.com/f510b0cf/till/emv/perso"
	"github.com/f510b0cf/till/emv/random"
)

// corruptedCard makes a card of a method, with a PIN key of its own where it can.
func corruptedCard(t *testing.T, method, what string) (perso.Card, error) {
	t.Helper()
	bits := "3C00"
	if method == "sda" {
		bits = "5C00"
	}
	p := text(t, fmt.Sprintf(`
extends: amex
name: spoilt
protocol: t1
atr: 3BE400008131FE4574696C6CF2
application: {aip: %q, oda: {method: %s, icc: 896, issuer: 1024, ca: 1024, pin: 768}}
corrupt: [%s]
`, bits, method, what))
	return perso.Personalise(p, perso.Options{Random: random.Seeded(1), Date: today})
}

// TestCorruptions: each spoils what it says and is found, by the finding that a
// terminal's trouble with the card begins with.
func TestCorruptions(t *testing.T) {
	wants := map[string]struct{ method, finding string }{
		"issuer-certificate-signature": {"dda", "error: A000000025010801: recover issuer certificate: trailer"},
		"issuer-certificate-hash":      {"dda", "error: A000000025010801: verify issuer certificate: hash"},
		"issuer-certificate-expired":   {"dda", "error: A000000025010801: issuer certificate: good to 02/2026"},
		"issuer-certificate-account":   {"dda", "error: A000000025010801: verify issuer certificate: PAN"},
		"issuer-certificate-missing":   {"sda", "error: A000000025010801: get issuer certificate: card does not give 90"},
		"ca-index-unknown":             {"dda", "warning: A000000025010801: CA public key index DF is not of the test CA"},
		"icc-certificate-signature":    {"dda", "error: A000000025010801: recover ICC certificate: trailer"},
		"icc-certificate-hash":         {"dda", "error: A000000025010801: verify ICC certificate: hash"},
		"icc-certificate-expired":      {"dda", "error: A000000025010801: ICC certificate: good to 02/2026"},
		"icc-certificate-account":      {"dda", "error: A000000025010801: verify ICC certificate: PAN"},
		"icc-certificate-missing":      {"dda", "error: A000000025010801: get ICC certificate: card does not give 9F46"},
		"icc-key-other":                {"dda", "error: A000000025010801: a certificate is of another key"},
		"pin-certificate-signature":    {"dda", "error: A000000025010801: recover ICC certificate: trailer"},
		"pin-certificate-expired":      {"dda", "error: A000000025010801: ICC PIN encipherment certificate: good to 02/2026"},
		"static-data-signature":        {"sda", "error: A000000025010801: recover signed static data: trailer"},
		"static-data-hash":             {"sda", "error: A000000025010801: verify signed static data: hash"},
		"static-data-missing":          {"sda", "error: A000000025010801: get signed static data: card does not give 93"},
		"signed-data-altered":          {"dda", "error: A000000025010801: verify ICC certificate: hash"},
		"expiration-date-missing":      {"dda", "error: A000000025010801: 5F24 is in no record"},
		"cdol1-missing":                {"dda", "error: A000000025010801: 8C is in no record"},
		"cdol1-malformed":              {"dda", "error: A000000025010801: CDOL1 can not be read"},
		"cvm-list-malformed":           {"dda", "error: A000000025010801: CVM list can not be read"},
		"pan-other":                    {"dda", "error: A000000025010801: PAN 5A differs"},
		"record-missing":               {"dda", "error: A000000025010801: AFL names record 2 of SFI 1, which is not there"},
		"record-template":              {"dda", "error: A000000025010801: record 1 of SFI 1 is not one template"},
		"record-length":                {"dda", "error: A000000025010801: record 1 of SFI 1 is not one template"},
		"afl-empty":                    {"dda", "error: A000000025010801: AFL names no record"},
		"afl-sfi":                      {"dda", "error: A000000025010801: parse AFL: entry 1: SFI 31"},
		"afl-record-zero":              {"dda", "error: A000000025010801: parse AFL: entry 1: records 0 to 2"},
		"afl-range":                    {"dda", "error: A000000025010801: parse AFL: entry 1: records 3 to 2"},
		"afl-signed-count":             {"dda", "error: A000000025010801: parse AFL: entry 1: 3 signed records of 2"},
		"card-keys-other":              {"dda", ""}, // no check of the card alone can see it
		"fci-malformed":                {"dda", "error: A000000025010801: answer to SELECT is not one template"},
		"atr-check-byte":               {"dda", "warning: ATR: the check byte TCK does not fit"},
		"atr-length":                   {"dda", "warning: ATR: 12 bytes"},
	}
	assert.Len(t, perso.Corruptions(), len(wants))
	for _, name := range perso.Corruptions() {
		t.Run(name, func(t *testing.T) {
			want, ok := wants[name]
			require.True(t, ok, "no expectation")
			card, err := corruptedCard(t, want.method, name)
			require.NoError(t, err)
			if want.finding == "" {
				assert.Empty(t, card.Warnings)
			} else {
				assert.True(t, found(card.Warnings, want.finding), "%v", card.Warnings)
			}
			assert.Equal(t, card.Warnings, perso.Check(reread(t, card.Image), today), "the card as it is written")
		})
	}
}

// reread returns an image as a card file gives it back.
func reread(t *testing.T, img image.Image) image.Image {
	t.Helper()
	again, err := image.Unseal(storageKey(t), sealed(t, img))
	require.NoError(t, err)
	return again
}

// TestCorruptNothing: a corruption that finds nothing to spoil is an error.
func TestCorruptNothing(t *testing.T) {
	for _, c := range [][2]string{
		{"none", "issuer-certificate-hash"}, {"none", "signed-data-altered"}, {"sda", "icc-certificate-hash"}, {"sda", "icc-key-other"},
		{"dda", "static-data-hash"}, {"sda", "pin-certificate-expired"},
	} {
		_, err := corruptedCard(t, c[0], c[1])
		require.ErrorContains(t, err, "corrupt: "+c[1]+": the card has nothing that this spoils")
	}
	_, err := perso.Personalise(text(t, "extends: amex\nname: x\ncorrupt: [atr-check-byte]"), options(1))
	require.ErrorContains(t, err, "corrupt: atr-check-byte", "T=0 has no check byte")
}

// TestCorruptionsAreDocumented: docs/profiles.md has a row for each.
func TestCorruptionsAreDocumented(t *testing.T) {
	doc, err := os.ReadFile("../../docs/profiles.md")
	require.NoError(t, err)
	for _, name := range perso.Corruptions() {
		assert.Equal(t, 1, strings.Count(string(doc), "| `"+name+"` |"), name)
	}
}

// TestWithoutCorruptionIsRefused: the same fault by accident makes no card.
func TestWithoutCorruptionIsRefused(t *testing.T) {
	_, err := perso.Personalise(text(t, `{extends: amex, name: x, application: {objects: {"8E": "00000000000000001F"}}}`), options(1))
	refused := new(perso.RefusedError)
	require.ErrorAs(t, err, &refused)
}
