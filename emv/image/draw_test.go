package image_test

import (
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/emv/cryptogram"
	"github.com/f510b0cf/till/emv/image"
	"github.com/f510b0cf/till/emv/oda"
	"github.com/f510b0cf/till/emv/pin"
	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/emv/tlv"
)

// drawImage makes an image up. RSA keys come from base, since they take long to
// find.
func drawImage(t *rapid.T, base image.Image) image.Image {
	i := image.Image{
		ATR: drawBytes(t, 33), T0: rapid.Bool().Draw(t, "T=0"),
		Environments: drawList(t, 4, func() image.Environment {
			e := image.Environment{Name: drawBytes(t, 16), FCI: drawBytes(t, 256)}
			if rapid.Bool().Draw(t, "directory") {
				file := drawFile(t)
				e.File = &file
			}
			return e
		}),
	}
	i.Applications = drawList(t, 3, func() image.Application { return drawApplication(t, base.Applications[0]) })
	return i
}

func drawApplication(t *rapid.T, base image.Application) image.Application {
	a := image.Application{
		Name:           drawBytes(t, 16),
		SequenceNumber: account.SequenceNumber(rapid.Uint8Max(99).Draw(t, "PSN")),
		Contact:        drawInterface(t),
		Files:          drawList(t, 4, func() image.File { return drawFile(t) }),
		Data: drawList(t, 4, func() image.Object {
			return image.Object{Tag: drawTag(t), Value: drawBytes(t, 256)}
		}),
		CDOL1: drawDOL(t), CDOL2: drawDOL(t), DDOL: drawDOL(t),
		Format1:    rapid.Bool().Draw(t, "format 1"),
		Cryptogram: rapid.StringN(0, 8, 32).Draw(t, "cryptogram"), Script: rapid.StringN(0, 8, 32).Draw(t, "script"),
		DKI: rapid.Byte().Draw(t, "DKI"), PINTryLimit: rapid.Byte().Draw(t, "tries"),
		Keys: cryptogram.MasterKeys{AC: drawKey(t), SMI: drawKey(t), SMC: drawKey(t)},
		Puts: drawList(t, 3, func() emv.Tag { return drawTag(t) }),
		Risk: drawRisk(t),
	}
	a.PINTriesUsed, a.Blocked = rapid.Byte().Draw(t, "tries used"), rapid.Bool().Draw(t, "blocked")
	if rapid.Bool().Draw(t, "log") {
		a.Log = &image.Log{SFI: rapid.Uint8Max(30).Draw(t, "SFI"), Records: rapid.Byte().Draw(t, "records"), Format: drawDOL(t)}
	}
	if rapid.Bool().Draw(t, "contactless") {
		contactless := drawInterface(t)
		a.Contactless = &contactless
	}
	if rapid.Bool().Draw(t, "RSA keys") {
		a.ICCKey, a.PINKey = base.ICCKey, base.PINKey
	}
	if digits := rapid.StringMatching(`|[0-9]{8,19}`).Draw(t, "PAN"); digits != "" {
		a.PAN = must[account.PAN](t)(account.ParsePAN([]byte(digits)))
	}
	if digits := rapid.StringMatching(`|[0-9]{4,12}`).Draw(t, "PIN"); digits != "" {
		a.PIN = must[pin.PIN](t)(pin.Parse([]byte(digits)))
	}
	return a
}

func drawRisk(t *rapid.T) image.Risk {
	tag := func() emv.Tag { return rapid.SampledFrom([]emv.Tag{0, 0x9F58, 0xCA}).Draw(t, "limit") }
	flags := func() emv.CVRFlags { return emv.CVRFlags(rapid.Uint64().Draw(t, "flags")) & image.Conditions }
	return image.Risk{
		LowerCount: tag(), UpperCount: tag(), LowerAmount: tag(), UpperAmount: tag(), Currency: [2]byte{0x09, rapid.Byte().Draw(t, "currency")},
		Country: [2]byte{0, rapid.Byte().Draw(t, "country")},
		Denial:  flags(), Online: flags(), Default: flags(),
		AuthenticationMandatory: rapid.Bool().Draw(t, "mandatory"), AuthenticationAdvisory: rapid.Bool().Draw(t, "advisory"),
		OfflineOnly: rapid.Bool().Draw(t, "offline only"),
	}
}

// drawBytes returns up to most bytes, nil for none as a decoder has it.
func drawBytes(t *rapid.T, most int) []byte {
	b := rapid.SliceOfN(rapid.Byte(), 0, most).Draw(t, "bytes")
	if len(b) == 0 {
		return nil
	}
	return b
}

func drawList[T any](t *rapid.T, most int, draw func() T) []T {
	var items []T
	for range rapid.IntRange(0, most).Draw(t, "count") {
		items = append(items, draw())
	}
	return items
}

func drawFile(t *rapid.T) image.File {
	return image.File{
		SFI: rapid.Uint8Max(30).Draw(t, "SFI"), Records: drawList(t, 4, func() []byte { return drawBytes(t, 256) }),
		Updates: rapid.Bool().Draw(t, "updates"),
	}
}

func drawInterface(t *rapid.T) image.Interface {
	i := image.Interface{FCI: drawBytes(t, 256), PDOL: drawDOL(t), AIP: emv.AIP{rapid.Byte().Draw(t, "AIP"), 0x80}}
	i.AFL = drawList(t, 3, func() emv.AFLEntry {
		return emv.AFLEntry{SFI: rapid.ByteMax(31).Draw(t, "SFI"), First: rapid.Byte().Draw(t, "first"),
			Last: rapid.Byte().Draw(t, "last"), ODACount: rapid.Byte().Draw(t, "signed")}
	})
	return i
}

func drawTag(t *rapid.T) emv.Tag {
	return rapid.SampledFrom([]emv.Tag{0x5A, 0x9F02, 0x9F37, 0xBF0C, 0xDF8101, 0xFF818001}).Draw(t, "tag")
}

func drawDOL(t *rapid.T) tlv.DOL {
	return drawList(t, 8, func() tlv.DOLEntry { return tlv.DOLEntry{Tag: drawTag(t), Length: int(rapid.Byte().Draw(t, "length"))} })
}

func drawKey(t *rapid.T) secret.Key {
	raw := rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "key")
	if raw[0] < 32 {
		return secret.Key{}
	}
	return must[secret.Key](t)(secret.NewTDES(raw))
}

// requireSame compares two images field by field, secrets opened.
func requireSame(t fataler, want, got image.Image) {
	t.Helper()
	require.Equal(t, len(want.Applications), len(got.Applications))
	for i := range want.Applications {
		require.Equal(t, plain(want.Applications[i]), plain(got.Applications[i]))
	}
	require.True(t, want.Environments == nil && got.Environments == nil || len(want.Environments) == len(got.Environments))
	require.Equal(t, want.ATR, got.ATR)
	require.Equal(t, want.Environments, got.Environments)
}

// clearApplication is an application whose secrets are bytes.
type clearApplication struct {
	image.Application
	pan, pin       string
	keys           [3]string
	iccKey, pinKey [2]string
}

// plain takes the secrets, whose closures do not compare, out of an application.
func plain(a image.Application) clearApplication {
	c := clearApplication{}
	a.PAN.Open(func(b []byte) { c.pan = string(b) })
	a.PIN.Open(func(b []byte) { c.pin = string(b) })
	for i, k := range []secret.Key{a.Keys.AC, a.Keys.SMI, a.Keys.SMC} {
		k.Open(func(b []byte) { c.keys[i] = string(b) })
	}
	a.ICCKey.Open(func(p, q []byte) { c.iccKey = [2]string{string(p), string(q)} })
	a.PINKey.Open(func(p, q []byte) { c.pinKey = [2]string{string(p), string(q)} })
	a.PAN, a.PIN, a.Keys, a.ICCKey, a.PINKey = account.PAN{}, pin.PIN{}, cryptogram.MasterKeys{}, oda.PrivateKey{}, oda.PrivateKey{}
	c.Application = a
	return c
}
