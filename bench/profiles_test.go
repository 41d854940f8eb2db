package bench_test

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/cryptogram"
	"github.com/f510b0cf/till/emv/oda"
	"github.com/f510b0cf/till/emv/perso"
	"github.com/f510b0cf/till/emv/random"
	"github.com/f510b0cf/till/terminal/kernel"
	"github.com/f510b0cf/till/terminal/profile"
	"github.com/f510b0cf/till/testdata"
)

// The AIDs of the profiles that are not Amex-style.
var (
	aidVisa       = []byte{0xA0, 0, 0, 0, 0x03, 0x10, 0x10}
	aidMastercard = []byte{0xA0, 0, 0, 0, 0x04, 0x10, 0x10}
	aidCCD        = []byte("\xF0till\x01")
)

// schemes is a terminal that takes the cards of all profiles, with the terms of a
// built-in one.
func schemes(t testing.TB, name string) *kernel.Kernel {
	t.Helper()
	return kernelOf(t, schemesProfile(t, name))
}

func kernelOf(t testing.TB, p profile.Profile) *kernel.Kernel {
	t.Helper()
	k, err := kernel.New(kernel.Config{Profile: p, Rand: random.Seeded(2).Stream("terminal")})
	require.NoError(t, err)
	return k
}

func schemesProfile(t testing.TB, name string) profile.Profile {
	t.Helper()
	p, err := profile.Named(name)
	require.NoError(t, err)
	for version, aid := range map[uint16][]byte{0x96: aidVisa, 2: aidMastercard, 1: aidCCD} {
		application := p.Applications[0]
		application.AID, application.Versions = aid, []uint16{version}
		p.Applications = append(p.Applications, application)
	}
	p.CAPublicKeys = testCAKeys()
	return p
}

// testCAKeys are the keys of the test CA under all RIDs of the profiles.
var testCAKeys = sync.OnceValue(func() oda.CAPublicKeys {
	var keys []oda.CAPublicKey
	for _, bits := range perso.TestCABits() {
		key, err := perso.TestCA(oda.RID{0xA0, 0, 0, 0, 0x25}, bits)
		if err != nil {
			panic(err)
		}
		keys = append(keys, key)
		for _, aid := range [][]byte{aidVisa, aidMastercard, aidCCD} {
			key.RID = oda.RID(aid)
			keys = append(keys, key)
		}
	}
	set, err := oda.NewCAPublicKeys(keys...)
	if err != nil {
		panic(err)
	}
	return set
})

// purchase is what comes of one with the card of a profile.
type purchase struct {
	outcome kernel.Outcome
	cvm     emv.CVM // that was performed last
	tvr     string  // the bits that are set, without that of the floor limit
}

// The purchases that most of the profiles make.
var (
	goodOnline    = purchase{kernel.ApprovedOnline, emv.CVMEncipheredPIN, ""}
	goodOffline   = purchase{kernel.ApprovedOffline, emv.CVMEncipheredPIN, ""}
	onlinePIN     = purchase{kernel.ApprovedOnline, emv.CVMOnlinePIN, "pin-try-limit-exceeded online-pin-entered"}
	noPINOffline  = purchase{kernel.DeclinedOffline, emv.CVMSignature, "pin-try-limit-exceeded"}
	notAccepted   = purchase{kernel.NotAccepted, emv.CVMNotPerformed, ""}
	likeEveryPair = [2]purchase{goodOnline, goodOffline}
)

// purchases are what comes of the card of each profile at the terminals demo, online,
// and offline, which have the AIDs of all schemes here.
var purchases = map[string][2]purchase{
	"amex":               {onlinePIN, noPINOffline},
	"amex-pin":           likeEveryPair,
	"amex-cda":           likeEveryPair,
	"amex-sda":           {{kernel.ApprovedOnline, emv.CVMPlaintextPIN, "sda-selected"}, {kernel.ApprovedOffline, emv.CVMPlaintextPIN, "sda-selected"}},
	"amex-no-oda":        {{kernel.ApprovedOnline, emv.CVMPlaintextPIN, "oda-not-performed"}, {kernel.DeclinedOffline, emv.CVMPlaintextPIN, "oda-not-performed"}},
	"amex-supplementary": {onlinePIN, noPINOffline},
	"amex-expired":       {{kernel.ApprovedOnline, emv.CVMPlaintextPIN, "dda-failed expired-application"}, {kernel.DeclinedOffline, emv.CVMPlaintextPIN, "dda-failed expired-application"}},
	"amex-not-effective": {{kernel.ApprovedOnline, emv.CVMEncipheredPIN, "application-not-yet-effective"}, {kernel.ApprovedOffline, emv.CVMEncipheredPIN, "application-not-yet-effective"}},
	"amex-blocked":       {notAccepted, notAccepted},
	"amex-pin-blocked":   {onlinePIN, noPINOffline},
	"amex-last-try":      likeEveryPair,
	"amex-offline":       {{kernel.DeclinedOffline, emv.CVMEncipheredPIN, ""}, goodOffline},
	"amex-limits":        likeEveryPair,
	"amex-pin-6":         likeEveryPair,
	"amex-pin-12":        likeEveryPair,
	"amex-no-scripts":    likeEveryPair,
	"amex-clone":         {{kernel.ApprovedOnline, emv.CVMOnlinePIN, "dda-failed pin-try-limit-exceeded online-pin-entered"}, {kernel.DeclinedOffline, emv.CVMSignature, "dda-failed pin-try-limit-exceeded"}},
	"visa-cvn10":         likeEveryPair,
	"visa-cvn18":         likeEveryPair,
	"visa-cvn22":         {{kernel.ApprovedOnline, emv.CVMOnlinePIN, "online-pin-entered"}, {kernel.ApprovedOffline, emv.CVMSignature, ""}},
	"mc-cvn16":           likeEveryPair,
	"mc-cvn17":           likeEveryPair,
	"mc-cvn20":           likeEveryPair,
	"mc-cvn21":           likeEveryPair,
	"ccd":                likeEveryPair,
	"multi-application":  likeEveryPair,
}

// profileNames returns the names of the profiles that come with the program.
func profileNames(t testing.TB) (names []string) {
	t.Helper()
	files, err := fs.Glob(testdata.Profiles, "profiles/*"+perso.Suffix)
	require.NoError(t, err)
	for _, file := range files {
		names = append(names, strings.TrimSuffix(strings.TrimPrefix(file, "profiles/"), perso.Suffix))
	}
	return names
}

// TestEveryProfile makes the card of every profile and goes shopping with it, at an
// online terminal whose issuer verifies the cryptogram and approves, and at an
// offline one. docs/profiles.md tells the same.
func TestEveryProfile(t *testing.T) {
	document, err := os.ReadFile("../docs/profiles.md")
	require.NoError(t, err)
	names := profileNames(t)
	assert.Len(t, purchases, len(names), "each profile has its expectations")
	rows := regexp.MustCompile("(?m)^\\| `[^|]+` \\|( [^|]+ \\|){3}$").FindAllString(string(document), -1)
	assert.Len(t, rows, len(names), "the table has no row too many")
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			wants, ok := purchases[name]
			require.True(t, ok)
			c := personalised(t, name)
			for i, terminal := range []string{"demo", "offline"} {
				assertPurchase(t, c, terminal, wants[i])
			}
			text, err := fs.ReadFile(testdata.Profiles, "profiles/"+name+perso.Suffix)
			require.NoError(t, err)
			assert.True(t, strings.HasPrefix(string(text), "# "), "a comment says what it is for")
			row := fmt.Sprintf("| `%s` | %s | %s | %s |\n", name, noteOf(t, name), wants[0].outcome, wants[1].outcome)
			assert.Contains(t, string(document), row)
		})
	}
}

func noteOf(t testing.TB, name string) string {
	t.Helper()
	profiles, err := fs.Sub(testdata.Profiles, "profiles")
	require.NoError(t, err)
	p, err := perso.Load(profiles, name+perso.Suffix)
	require.NoError(t, err)
	assert.Equal(t, name, p.Name())
	return p.Note()
}

// assertPurchase makes a purchase with a new card.
func assertPurchase(t *testing.T, c perso.Card, terminal string, want purchase) {
	t.Helper()
	host := newIssuer(t, c)
	result, _ := insertion{chip: open(t, issue(t, c)), online: host, pins: pinsOf(c), till: schemes(t, terminal)}.run(t)
	got := purchase{result.Outcome, result.CVMResults.Rule().Code.Method(), ""}
	for _, name := range result.TVR.Names() {
		if name != "floor-limit-exceeded" {
			got.tvr = strings.TrimSpace(got.tvr + " " + name)
		}
	}
	assert.Equal(t, want, got, "%s: %s", terminal, result.Reason)
	assert.Equal(t, want.outcome == kernel.ApprovedOnline, len(host.seen) == 1)
}

// pinsOf is what the holder of a card enters: its PIN, each time that he is asked.
func pinsOf(c perso.Card) []string {
	digits := oldPIN
	c.Image.Applications[0].PIN.Open(func(d []byte) {
		if len(d) > 0 {
			digits = string(d)
		}
	})
	return []string{digits, digits, digits, digits}
}

// TestRowsHaveProfiles: each row of cryptograms that a card can run has a ready
// profile, and so has each script counter.
func TestRowsHaveProfiles(t *testing.T) {
	rows := map[string]bool{"interac-133": true} // its issuer application data is not known
	counters := map[emv.ScriptCounter]bool{}
	for _, name := range profileNames(t) {
		row := personalised(t, name).Image.Applications[0].Cryptogram
		p, ok := cryptogram.ProfileByName(row)
		require.True(t, ok)
		family, ok := p.Layout.Family()
		require.True(t, ok)
		rows[row], counters[family.ScriptCounter()] = true, true
	}
	for _, p := range cryptogram.Profiles() {
		assert.True(t, rows[p.Name], p.Name)
	}
	assert.Len(t, counters, 3)
}

// TestSecondApplication: the applications of multi-application have accounts, PIN
// tries and counters of their own.
func TestSecondApplication(t *testing.T) {
	c := personalised(t, "multi-application")
	icc := open(t, issue(t, c))
	wrong := []string{"9999", "9999", "9999", "9999"}
	insertion{chip: icc, online: newIssuer(t, c), pins: wrong, till: schemes(t, "demo")}.run(t)
	assert.Zero(t, icc.Status()[0].TriesLeft)
	assert.Equal(t, 3, icc.Status()[1].TriesLeft)
	assert.Zero(t, icc.Status()[1].ATC)

	second := c
	second.Image.Applications = c.Image.Applications[1:]
	visa := schemesProfile(t, "demo")
	visa.Applications = slices.DeleteFunc(visa.Applications, func(a profile.Application) bool { return !bytes.Equal(a.AID, aidVisa) })
	result, _ := insertion{chip: icc, online: newIssuer(t, second), pins: []string{oldPIN}, till: kernelOf(t, visa)}.run(t)
	assert.Equal(t, kernel.ApprovedOnline, result.Outcome, result.Reason)
	assert.Equal(t, emv.ATC(1), icc.Status()[1].ATC)
	assert.True(t, result.PAN.Equal(c.Image.Applications[1].PAN))
}
