package perso_test

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/emv/image"
	"github.com/f510b0cf/till/emv/oda"
	"github.com/f510b0cf/till/emv/perso"
	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/emv/tlv"
	"github.com/f510b0cf/till/testdata/vectors"
)

// TestCheckFinds spoils one thing in a good image.
func TestCheckFinds(t *testing.T) {
	good := sealed(t, personalise(t, load(t, "amex-pin"), 1).Image)
	for want, spoil := range map[string]func(i *image.Image, a *image.Application){
		"error: ATR: want TS":                func(i *image.Image, _ *image.Application) { i.ATR = nil },
		"error: the card has no application": func(i *image.Image, _ *image.Application) { i.Applications = nil },
		"error: 1PAY.SYS.DDF01: directory names an application that the card does not have": func(i *image.Image, a *image.Application) {
			a.Name = vectors.Unhex(t, "A000000025010802")
		},
		"error: 2PAY.SYS.DDF01: directory names an application": func(i *image.Image, _ *image.Application) {
			i.Environments[1].FCI = vectors.Unhex(t, "6F1D840E325041592E5359532E4444463031A50BBF0C0861064F04A0000000")
		},
		"error: 1PAY.SYS.DDF01: record 1 of SFI 1 is not one template 70": func(i *image.Image, _ *image.Application) {
			i.Environments[0].File.Records[0][0] = 0x77
		},
		"error: A000000025010801: answer to SELECT is not one template 6F":        func(_ *image.Image, a *image.Application) { a.Contact.FCI = vectors.Unhex(t, "6F00 00") },
		"error: A000000025010801: answer to SELECT: DF name 84":                   func(_ *image.Image, a *image.Application) { a.Contact.FCI[4] = 0xA1 },
		"error: A000000025010801: answer to SELECT: template A5":                  func(_ *image.Image, a *image.Application) { a.Contact.FCI[12] = 0xA6 },
		"error: A000000025010801: PDOL differs":                                   func(_ *image.Image, a *image.Application) { a.Contact.PDOL = tlv.DOL{{Tag: 0x9F35, Length: 1}} },
		"error: A000000025010801: DDOL differs":                                   func(_ *image.Image, a *image.Application) { a.DDOL = nil },
		"error: A000000025010801: DDOL does not ask for the unpredictable number": func(_ *image.Image, a *image.Application) { a.DDOL = tlv.DOL{{Tag: 0x9F35, Length: 1}} },
		"error: A000000025010801: AFL names no record":                            func(_ *image.Image, a *image.Application) { a.Contact.AFL = nil },
		"error: A000000025010801: AFL names record 3 of SFI 1":                    func(_ *image.Image, a *image.Application) { a.Contact.AFL[0].Last = 3 },
		"error: A000000025010801: record 2 of SFI 1 can not be read":              func(_ *image.Image, a *image.Application) { a.Files[0].Records[1][3]++ },
		"error: A000000025010801: record 2 of SFI 2 has 258 bytes": func(_ *image.Image, a *image.Application) {
			a.Files[1].Records[1] = tlv.Append(nil, 0x70, tlv.Append(nil, 0x90, make([]byte, 252)))
		},
		"error: A000000025010801: 5A is there twice":               func(_ *image.Image, a *image.Application) { a.Contact.AFL = append(a.Contact.AFL, a.Contact.AFL[0]) },
		"error: A000000025010801: 5F24 is in no record":            func(_ *image.Image, a *image.Application) { a.Contact.AFL = a.Contact.AFL[1:] },
		"error: A000000025010801: PAN 5A differs":                  func(_ *image.Image, a *image.Application) { a.PAN = must(account.ParsePAN([]byte("374245001751006"))) },
		"error: A000000025010801: track 2 data 57":                 func(_ *image.Image, a *image.Application) { a.PAN = must(account.ParsePAN([]byte("374245001751006"))) },
		"error: A000000025010801: there is no PAN":                 func(_ *image.Image, a *image.Application) { a.PAN = account.PAN{} },
		"error: A000000025010801: PAN sequence number 5F34":        func(_ *image.Image, a *image.Application) { a.SequenceNumber = 7 },
		"error: A000000025010801: expiration date 5F24 is none":    func(_ *image.Image, a *image.Application) { replace(t, a, 0x5F24, "351331") },
		"error: A000000025010801: effective date 5F25 is none":     func(_ *image.Image, a *image.Application) { replace(t, a, 0x5F25, "250100") },
		"error: A000000025010801: cryptogram is no row":            func(_ *image.Image, a *image.Application) { a.Cryptogram = "amex" },
		"error: A000000025010801: script is no row":                func(_ *image.Image, a *image.Application) { a.Script = "amex" },
		"error: A000000025010801: one of the three keys":           func(_ *image.Image, a *image.Application) { a.Keys.SMI = secret.Key{} },
		"error: A000000025010801: PIN try limit 0":                 func(_ *image.Image, a *image.Application) { a.PINTryLimit = 0 },
		"error: A0000000: AID has 4 bytes":                         func(_ *image.Image, a *image.Application) { a.Name = vectors.Unhex(t, "A0000000") },
		"error: A000000025010801: verify ICC certificate":          func(_ *image.Image, a *image.Application) { replace(t, a, 0x9F07, "FF01") },
		"error: A000000025010801: verify issuer certificate: hash": func(_ *image.Image, a *image.Application) { replace(t, a, 0x9F32, "010001") },
		"error: A000000025010801: a certificate is of another key": func(_ *image.Image, a *image.Application) {
			a.ICCKey = must(oda.GenerateKey(options(9).Random.Stream("x"), 1024, 3))
		},
		"error: A000000025010801: append tag list":                                      func(_ *image.Image, a *image.Application) { replace(t, a, 0x9F4A, "83") },
		"error: A000000025010801: get signed static data":                               func(_ *image.Image, a *image.Application) { a.Contact.AIP.Set(emv.AIPSDASupported) },
		"error: A000000025010801 contactless: AFL names no record":                      func(_ *image.Image, a *image.Application) { a.Contactless.AFL = nil },
		"warning: A000000025010801: CA public key index D9 is not":                      func(_ *image.Image, a *image.Application) { replace(t, a, 0x8F, "D9") },
		"error: A000000025010801: CDOL1 does not ask for the unpredictable number 9F37": func(_ *image.Image, a *image.Application) { a.CDOL1 = a.CDOL1[:7] },
		"warning: A000000025010801: CDOL1 does not ask for 9A,":                         func(_ *image.Image, a *image.Application) { a.CDOL1 = slices.Delete(slices.Clone(a.CDOL1), 5, 6) },
		"warning: A000000025010801: CDOL2 asks for 91 though": func(_ *image.Image, a *image.Application) {
			a.CDOL2 = append(slices.Clone(a.CDOL2), tlv.DOLEntry{Tag: 0x91, Length: 10})
		},
		"warning: A000000025010801: the card can not authenticate its issuer": func(_ *image.Image, a *image.Application) { a.Contact.AIP = emv.AIP{0x38} },
	} {
		t.Run(want, func(t *testing.T) {
			img, err := image.Unseal(storageKey(t), good)
			require.NoError(t, err)
			spoil(&img, &img.Applications[0])
			assert.True(t, found(perso.Check(img, today), want), "%v", perso.Check(img, today))
		})
	}
}

// found reports whether a finding begins with the text.
func found(findings []perso.Finding, want string) bool {
	return slices.ContainsFunc(findings, func(f perso.Finding) bool {
		said := string(f.Severity) + ": " + f.String()
		return len(said) >= len(want) && said[:len(want)] == want
	})
}

// replace gives a data object of the contact records another value of the same
// length or another.
func replace(t *testing.T, a *image.Application, tag emv.Tag, value string) {
	t.Helper()
	for _, f := range a.Files {
		for i, record := range f.Records {
			template, _, err := tlv.Next(record)
			require.NoError(t, err)
			var body []byte
			for e := range tlv.Elements(template.Value) {
				if e.Tag == tag {
					e.Value = vectors.Unhex(t, value)
				}
				body = tlv.Append(body, e.Tag, e.Value)
			}
			f.Records[i] = tlv.Append(nil, 0x70, body)
		}
	}
}

// TestCheckJudgesDates gives the same card on different days.
func TestCheckJudgesDates(t *testing.T) {
	img := personalise(t, load(t, "amex"), 1).Image
	for day, want := range map[emv.Date]string{
		{Year: 2024, Month: time.December, Day: 31}: "warning: A000000025010801: the card is not effective before 2025-01-01",
		{Year: 2025, Month: time.January, Day: 1}:   "",
		{Year: 2035, Month: time.December, Day: 31}: "",
		{Year: 2036, Month: time.January, Day: 1}:   "warning: A000000025010801: the card expired on 2035-12-31",
	} {
		findings := perso.Check(img, day)
		if want == "" {
			assert.Empty(t, findings, day)
			continue
		}
		assert.True(t, found(findings, want), "%v", findings)
	}
}
