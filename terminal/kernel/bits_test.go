package kernel_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/tlv"
	"github.com/f510b0cf/till/terminal/kernel"
)

// walkBits are the bits of byte 3 that emv.CVMList.Walk sets.
var walkBits = []string{
	"TVRCardholderVerificationNotSuccessful", "TVRUnrecognisedCVM", "TVRPINTryLimitExceeded", "TVRPINPadNotWorking", "TVRPINNotEntered",
	"TVROnlinePINEntered",
}

// TestEachBitIsSetInOnePlace counts the places that name a bit of TVR or TSI.
func TestEachBitIsSetInOnePlace(t *testing.T) {
	files, err := filepath.Glob("*.go")
	require.NoError(t, err)
	named := map[string]int{}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		require.NoError(t, err)
		ast.Inspect(file, func(n ast.Node) bool {
			if s, ok := n.(*ast.SelectorExpr); ok && len(s.Sel.Name) > 3 && (strings.HasPrefix(s.Sel.Name, "TVR") || strings.HasPrefix(s.Sel.Name, "TSI")) {
				named[s.Sel.Name]++
			}
			return true
		})
	}
	assert.Len(t, named, 21+6, "21 bits of the TVR beside those of the walk, and 6 of the TSI")
	for name, n := range named {
		assert.Equal(t, 1, n, name)
		assert.NotContains(t, walkBits, name)
	}
}

// bitCase brings one bit about.
type bitCase struct {
	tvr    emv.Bit[emv.TVR]
	change func(*bench)
}

// TestEveryTVRBit sets each bit that is not about cryptography, and shows that
// the plain transaction has it not.
func TestEveryTVRBit(t *testing.T) {
	record := func(tag emv.Tag, value string) func(*bench) { return func(b *bench) { b.records[tag] = value } }
	cvm := func(rules string, entries ...kernel.PINEntry) func(*bench) {
		return func(b *bench) {
			b.records[0x8E] = "0000000000000000" + rules
			b.cardholder.entries = entries
			b.card.answers["80CA9F17"] = []string{"9F1701039000"}
		}
	}
	velocity := func(atc, last string) func(*bench) {
		return func(b *bench) {
			b.records[0x9F14], b.records[0x9F23] = "02", "04"
			b.card.answers["80CA9F36"], b.card.answers["80CA9F13"] = []string{atc}, []string{last}
		}
	}
	both := func(changes ...func(*bench)) func(*bench) {
		return func(b *bench) {
			for _, change := range changes {
				change(b)
			}
		}
	}
	counter := func(n string) string { return "9F3602" + n + "9000" }
	last := func(n string) string { return "9F1302" + n + "9000" }
	failingScript := func(tag string) func(*bench) {
		return func(b *bench) { b.online.response.Scripts = [][]byte{script(tag, "8424000001AA")} }
	}
	cases := map[string]bitCase{
		"exception file":            {emv.TVRCardOnTerminalExceptionFile, func(b *bench) { b.exceptions = true }},
		"versions differ":           {emv.TVRApplicationVersionsDiffer, record(0x9F08, "0003")},
		"expired":                   {emv.TVRExpiredApplication, record(0x5F24, "261031")},
		"not yet effective":         {emv.TVRApplicationNotYetEffective, record(0x5F25, "261102")},
		"not for goods":             {emv.TVRRequestedServiceNotAllowed, record(0x9F07, "C300")},
		"not abroad":                {emv.TVRRequestedServiceNotAllowed, both(record(0x9F07, "AB00"), record(0x5F28, "0040"))},
		"not outside ATMs":          {emv.TVRRequestedServiceNotAllowed, record(0x9F07, "FE00")},
		"not at ATMs":               {emv.TVRRequestedServiceNotAllowed, both(record(0x9F07, "FD00"), func(b *bench) { b.profile.Type = 0x14; b.profile.AdditionalCapabilities[0] = 0x80 })},
		"no cash":                   {emv.TVRRequestedServiceNotAllowed, both(record(0x9F07, "3FC0"), func(b *bench) { b.tx.Kind = emv.ManualCash })},
		"no cashback":               {emv.TVRRequestedServiceNotAllowed, both(record(0x9F07, "FF40"), func(b *bench) { b.tx.Kind, b.tx.OtherAmount = emv.PurchaseWithCashback, 200 })},
		"new card":                  {emv.TVRNewCard, velocity(counter("0001"), last("0000"))},
		"new card, no ATC":          {emv.TVRNewCard, velocity("6A88", last("0000"))},
		"CVM failed":                {emv.TVRCardholderVerificationNotSuccessful, cvm("0000")},
		"CVM unknown":               {emv.TVRUnrecognisedCVM, cvm("60001F00")},
		"PIN tries exceeded":        {emv.TVRPINTryLimitExceeded, both(cvm("41001F00"), func(b *bench) { b.card.answers["80CA9F17"] = []string{"9F1701009000"} })},
		"no PIN pad":                {emv.TVRPINPadNotWorking, both(cvm("41001F00"), func(b *bench) { b.profile.Capabilities[1] = 0x28 })},
		"PIN pad failed":            {emv.TVRPINPadNotWorking, cvm("41001F00", kernel.PadFailed())},
		"PIN bypassed":              {emv.TVRPINNotEntered, cvm("41001F00", kernel.Bypassed())},
		"online PIN":                {emv.TVROnlinePINEntered, cvm("42001F00", enter(t, "1234"))},
		"floor limit":               {emv.TVRFloorLimitExceeded, func(b *bench) { b.app().FloorLimit = 1200 }},
		"lower limit":               {emv.TVRLowerConsecutiveOfflineLimitExceeded, velocity(counter("0008"), last("0005"))},
		"upper limit":               {emv.TVRUpperConsecutiveOfflineLimitExceeded, velocity(counter("000A"), last("0005"))},
		"ATC missing, lower":        {emv.TVRLowerConsecutiveOfflineLimitExceeded, velocity("6A88", last("0005"))},
		"last online missing":       {emv.TVRUpperConsecutiveOfflineLimitExceeded, velocity(counter("000A"), "9000")},
		"counter empty":             {emv.TVRUpperConsecutiveOfflineLimitExceeded, velocity("9F36009000", last("0005"))},
		"ATC not above last online": {emv.TVRUpperConsecutiveOfflineLimitExceeded, velocity(counter("0005"), last("0005"))},
		"selected at random":        {emv.TVRSelectedRandomly, func(b *bench) { b.app().RandomSelection = profileSelection(1, 1, 0) }},
		"merchant forced":           {emv.TVRMerchantForcedOnline, func(b *bench) { b.tx.ForceOnline = true }},
		"default TDOL": {emv.TVRDefaultTDOLUsed, func(b *bench) {
			b.records[0x8C] += "9814"
			b.app().DefaultTDOL = tlv.DOL{{Tag: 0x9F02, Length: 6}}
		}},
		"issuer authentication": {emv.TVRIssuerAuthenticationFailed, func(b *bench) {
			b.online.response.IssuerAuthenticationData = unhexed("11223344556677883030")
			b.card.answers["00820000"] = []string{"6300"}
		}},
		"unsendable 91": {emv.TVRIssuerAuthenticationFailed, func(b *bench) { b.online.response.IssuerAuthenticationData = unhexed("112233") }},
		"script 71":     {emv.TVRScriptFailedBeforeFinalGenerateAC, failingScript("71")},
		"script 72":     {emv.TVRScriptFailedAfterFinalGenerateAC, failingScript("72")},
	}
	tested := emv.TVR{}
	for _, c := range cases {
		tested.Set(c.tvr)
	}
	assert.Equal(t, emv.TVR{0x10, 0xF8, 0xFC, 0xF8, 0xF0}, tested, "all that the kernel sets but for those of cryptography")
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			below := func(b *bench) {
				b.app().FloorLimit = 5000
				b.app().TACOnline = emv.ActionCode{0xFF, 0xFF, 0xFF, 0xFF, 0xFF}
			}
			plain := newBench(t)
			below(plain)
			require.Equal(t, emv.TVR{0x80}, plain.run().TVR, "no other bit without the change")
			b := newBench(t)
			below(b)
			c.change(b)
			r := b.run()
			assert.True(t, r.TVR.Has(c.tvr), "%s\n%s", r.TVR, texts(r))
			value, ok := r.Data.Value(0x95)
			assert.True(t, ok)
			assert.Equal(t, r.TVR[:], value)
		})
	}
}

// TestEveryTVRBitOfCryptography sets each of the bits that are left, and shows a
// card with the same method that has it not.
func TestEveryTVRBitOfCryptography(t *testing.T) {
	tested := emv.TVR{}
	for _, c := range []struct {
		tvr    emv.Bit[emv.TVR]
		aip    string // of the card, and of the one that has not the bit
		other  string
		change func(*bench)
	}{
		{emv.TVROfflineDataAuthenticationNotPerformed, "1C00", "5C00", func(*bench) {}},
		{emv.TVRSDASelected, "5C00", "3C00", func(*bench) {}},
		{emv.TVRSDAFailed, "5C00", "5C00", func(b *bench) { altered(b, 0x9F07, "FF01") }},
		{emv.TVRDDAFailed, "3C00", "3C00", func(b *bench) { altered(b, 0x9F07, "FF01") }},
		{emv.TVRCDAFailed, "1D00", "1D00", func(b *bench) { altered(b, 0x9F07, "FF01") }},
		{emv.TVRICCDataMissing, "3C00", "3C00", func(b *bench) {
			b.records[0x9F14], b.records[0x9F23] = "02", "04"
			odaKeys(t).personalise(b, "3C00")
			b.card.answers["80CA9F36"], b.card.answers["80CA9F13"] = []string{"6A88"}, []string{"9F130200059000"}
		}},
		{emv.TVRICCDataMissing, "3C00", "3C00", func(b *bench) {
			b.records[0x9F14], b.records[0x9F23] = "02", "04"
			odaKeys(t).personalise(b, "3C00")
			b.card.answers["80CA9F36"], b.card.answers["80CA9F13"] = []string{"9F360200079000"}, []string{"6A88"}
		}},
		{emv.TVRICCDataMissing, "3C00", "3C00", func(b *bench) { b.card.answers["00B2030C"] = []string{object(0x70) + "9000"} }},
	} {
		t.Run(c.tvr.String(), func(t *testing.T) {
			assert.False(t, odaBench(t, c.other).run().TVR.Has(c.tvr))
			b := odaBench(t, c.aip)
			c.change(b)
			r := b.run()
			assert.True(t, r.TVR.Has(c.tvr), texts(r))
			tested.Set(c.tvr)
		})
	}
	assert.Equal(t, emv.TVR{0xEE}, tested, "with those of TestEveryTVRBit, all that the kernel sets")
}

// TestLimitsAreNotExceeded holds the other side of the borders.
func TestLimitsAreNotExceeded(t *testing.T) {
	b := newBench(t)
	b.app().FloorLimit = 1201
	b.app().TACOnline[0] = 0x80
	b.records[0x9F14], b.records[0x9F23] = "02", "04"
	b.records[0x5F24], b.records[0x5F25] = "261101", "261101"
	b.card.answers["80CA9F36"], b.card.answers["80CA9F13"] = []string{"9F360200079000"}, []string{"9F130200059000"}
	b.records[0x9F08] = "0002"
	assert.Equal(t, emv.TVR{0x80}, b.run().TVR)

	for name, change := range map[string]func(*bench){
		"no AUC":                         func(b *bench) { b.records[0x9F07] = "" },
		"no country, no goods":           func(b *bench) { b.records[0x9F07], b.records[0x5F28] = "0100", "" },
		"services will do":               func(b *bench) { b.records[0x9F07] = "0900" },
		"cash":                           func(b *bench) { b.records[0x9F07], b.tx.Kind = "8100", emv.UnattendedCash },
		"cashback":                       func(b *bench) { b.records[0x9F07], b.tx.Kind = "2180", emv.PurchaseWithCashback },
		"no version":                     func(b *bench) { b.records[0x9F08] = "" },
		"one offline limit, no velocity": func(b *bench) { b.records[0x9F14] = "00" },
		"no TDOL at all":                 func(b *bench) { b.records[0x8C] += "9814" },
		"TDOL of the card":               func(b *bench) { b.records[0x8C] += "9814"; b.records[0x97] = "9F0206" },
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			change(b)
			r := b.run()
			assert.Equal(t, emv.TVR{0x80, 0, 0, 0x80}, r.TVR, texts(r))
		})
	}
}

// TestTSI follows the bits: each is set by its phase, and by nothing else.
func TestTSI(t *testing.T) {
	withData := func(b *bench) { b.online.response.IssuerAuthenticationData = unhexed("11223344556677883030") }
	for name, c := range map[string]struct {
		change func(*bench)
		tsi    string
	}{
		"plain":                        {func(*bench) {}, "6800"},
		"no CVM in AIP":                {func(b *bench) { b.aip = "0C00" }, "2800"},
		"no CVM list":                  {func(b *bench) { b.records[0x8E] = "" }, "2800"},
		"no CVM rules":                 {func(b *bench) { b.records[0x8E] = "0000000000000000" }, "2800"},
		"issuer authentication":        {withData, "7800"},
		"issuer authentication failed": {func(b *bench) { withData(b); b.card.answers["00820000"] = []string{"6300"} }, "7800"},
		"not in AIP":                   {func(b *bench) { withData(b); b.aip = "1800" }, "6800"},
		"91 can not be sent":           {func(b *bench) { b.online.response.IssuerAuthenticationData = unhexed("1122") }, "6800"},
		"script 71":                    {func(b *bench) { b.online.response.Scripts = [][]byte{script("71")} }, "6C00"},
		"script 72":                    {func(b *bench) { b.online.response.Scripts = [][]byte{script("72")} }, "6C00"},
		"ended by CVM list":            {func(b *bench) { b.records[0x8E] = "00" }, "0000"},
		"ended by GENERATE AC":         {func(b *bench) { b.card.answers["80AE80"] = []string{"6985"} }, "4800"},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			c.change(b)
			r := b.run()
			assert.Equal(t, c.tsi, r.TSI.String(), texts(r))
		})
	}
}
