package bench_test

import (
	"fmt"
	"io/fs"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/perso"
	"github.com/f510b0cf/till/emv/random"
	"github.com/f510b0cf/till/terminal/kernel"
	"github.com/f510b0cf/till/testdata"
)

// corrupted makes the card of a ready profile, with a PIN key of its own where it
// has DDA, with one thing wrong.
func corrupted(t *testing.T, base, what string) perso.Card {
	t.Helper()
	files := fstest.MapFS{}
	for _, name := range profileNames(t) {
		text, err := fs.ReadFile(testdata.Profiles, "profiles/"+name+perso.Suffix)
		require.NoError(t, err)
		files[name+perso.Suffix] = &fstest.MapFile{Data: text}
	}
	text := fmt.Sprintf("{extends: %s, name: corrupted, protocol: t1, atr: 3BE400008131FE4574696C6CF2, application: {oda: {pin: 896}}, corrupt: [%s]}", base, what)
	files["corrupted.yaml"] = &fstest.MapFile{Data: []byte(text)}
	p, err := perso.Load(files, "corrupted.yaml")
	require.NoError(t, err)
	c, err := perso.Personalise(p, perso.Options{Random: random.Seeded(1), Date: emv.DateOf(now)})
	require.NoError(t, err)
	return c
}

// What a terminal makes of cards that are wrong on purpose.
var (
	ddaFailed  = purchase{kernel.DeclinedOffline, emv.CVMEncipheredPIN, "dda-failed"}
	noChain    = purchase{kernel.DeclinedOffline, emv.CVMPlaintextPIN, "dda-failed"} // and so no key for the PIN
	sdaFailed  = purchase{kernel.DeclinedOffline, emv.CVMPlaintextPIN, "sda-failed sda-selected"}
	noPINKey   = purchase{kernel.ApprovedOffline, emv.CVMPlaintextPIN, ""}
	unreadable = notAccepted
)

var corruptPurchases = map[string]struct {
	base string
	want purchase
}{
	"issuer-certificate-signature": {"amex-pin", noChain},
	"issuer-certificate-hash":      {"amex-pin", noChain},
	"issuer-certificate-expired":   {"amex-pin", noChain},
	"issuer-certificate-account":   {"amex-pin", noChain},
	"issuer-certificate-missing":   {"amex-pin", purchase{kernel.DeclinedOffline, emv.CVMPlaintextPIN, "icc-data-missing dda-failed"}},
	"ca-index-unknown":             {"amex-pin", noChain},
	"icc-certificate-signature":    {"amex-pin", ddaFailed},
	"icc-certificate-hash":         {"amex-pin", ddaFailed},
	"icc-certificate-expired":      {"amex-pin", ddaFailed},
	"icc-certificate-account":      {"amex-pin", ddaFailed},
	"icc-certificate-missing":      {"amex-pin", purchase{kernel.DeclinedOffline, emv.CVMEncipheredPIN, "icc-data-missing dda-failed"}},
	"icc-key-other":                {"amex-pin", ddaFailed},
	"pin-certificate-signature":    {"amex-pin", noPINKey},
	"pin-certificate-expired":      {"amex-pin", noPINKey},
	"static-data-signature":        {"amex-sda", sdaFailed},
	"static-data-hash":             {"amex-sda", sdaFailed},
	"static-data-missing":          {"amex-sda", purchase{kernel.DeclinedOffline, emv.CVMPlaintextPIN, "sda-failed icc-data-missing sda-selected"}},
	"signed-data-altered":          {"amex-pin", ddaFailed},
	"expiration-date-missing":      {"amex-pin", unreadable},
	"cdol1-missing":                {"amex-pin", unreadable},
	"cdol1-malformed":              {"amex-pin", unreadable},
	"cvm-list-malformed":           {"amex-pin", unreadable},
	"pan-other":                    {"amex-pin", noChain},
	"record-missing":               {"amex-pin", unreadable},
	"record-template":              {"amex-pin", unreadable},
	"record-length":                {"amex-pin", unreadable},
	"afl-empty":                    {"amex-pin", unreadable},
	"afl-sfi":                      {"amex-pin", unreadable},
	"afl-record-zero":              {"amex-pin", unreadable},
	"afl-range":                    {"amex-pin", unreadable},
	"afl-signed-count":             {"amex-pin", unreadable},
	"card-keys-other":              {"amex-pin", goodOffline}, // the issuer alone sees it: TestRefusedCards
	"fci-malformed":                {"amex-pin", unreadable},
	"atr-check-byte":               {"amex-pin", goodOffline}, // a slot does not look at it
	"atr-length":                   {"amex-pin", goodOffline},
}

// TestCorruptedCards takes a card with each of the things that a profile can make
// wrong to an offline terminal.
func TestCorruptedCards(t *testing.T) {
	assert.Len(t, corruptPurchases, len(perso.Corruptions()))
	document, err := os.ReadFile("../docs/profiles.md")
	require.NoError(t, err)
	for _, what := range perso.Corruptions() {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			c := corruptPurchases[what]
			assertPurchase(t, corrupted(t, c.base, what), "offline", c.want)
			said := strings.TrimSuffix(fmt.Sprintf("%s, %s", c.want.outcome, c.want.tvr), ", ")
			assert.Regexp(t, "(?m)^\\| `"+what+"` \\| [^|]+ \\| "+said+" \\|$", string(document))
		})
	}
}
