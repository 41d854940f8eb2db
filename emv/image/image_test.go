package image_test

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"io"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/emv/cryptogram"
	"github.com/f510b0cf/till/emv/image"
	"github.com/f510b0cf/till/emv/oda"
	"github.com/f510b0cf/till/emv/pin"
	"github.com/f510b0cf/till/emv/random"
	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/emv/tlv"
	"github.com/f510b0cf/till/testdata/vectors"
)

// fataler is what *testing.T, *testing.F and *rapid.T have in common.
type fataler interface {
	require.TestingT
	vectors.T
}

func must[T any](t fataler) func(v T, err error) T {
	t.Helper()
	return func(v T, err error) T {
		t.Helper()
		require.NoError(t, err)
		return v
	}
}

func storageKey(t fataler, first byte) secret.Key {
	t.Helper()
	return must[secret.Key](t)(secret.NewAES(append([]byte{first}, make([]byte, 31)...)))
}

// stream returns random bytes that repeat.
func stream() io.Reader { return random.Seeded(1).Stream("emv/image") }

// small is an image with each field set to something of its own.
func small(t fataler) image.Image {
	t.Helper()
	i := smallV2(t)
	i.Applications[0].PINTriesUsed, i.Applications[0].Blocked = 2, true
	return i
}

// smallV2 is what schema version 2 has of it.
func smallV2(t fataler) image.Image {
	t.Helper()
	i := smallV1(t)
	i.T0 = true
	a := &i.Applications[0]
	a.Files[0].Updates = true
	a.Puts = []emv.Tag{0x9F14}
	a.Log = &image.Log{SFI: 11, Records: 10, Format: tlv.DOL{{Tag: 0x9A, Length: 3}}}
	a.Risk = image.Risk{
		LowerCount: 0x9F58, UpperAmount: 0xCB, Currency: [2]byte{0x08, 0x40}, Country: [2]byte{0x02, 0x76},
		Denial: emv.CVRGoOnlineNextWasSet, Online: emv.CVRNewCard, Default: emv.CVRUpperCountLimitExceeded,
		AuthenticationMandatory: true, OfflineOnly: true,
	}
	return i
}

// smallV1 is what schema version 1 has of it.
func smallV1(t fataler) image.Image {
	t.Helper()
	key := func(b byte) secret.Key { return must[secret.Key](t)(secret.NewTDES(bytes.Repeat([]byte{b}, 16))) }
	rsa := func(p, q string) oda.PrivateKey {
		return must[oda.PrivateKey](t)(oda.NewPrivateKey(vectors.Unhex(t, p), vectors.Unhex(t, q), []byte{3}))
	}
	return image.Image{
		ATR: vectors.Unhex(t, "3B600000"),
		Environments: []image.Environment{
			{Name: []byte("1PAY.SYS.DDF01"), FCI: vectors.Unhex(t, "6F00"), File: &image.File{SFI: 1, Records: [][]byte{vectors.Unhex(t, "7000")}}},
			{Name: []byte("2PAY.SYS.DDF01"), FCI: vectors.Unhex(t, "6F00")},
		},
		Applications: []image.Application{{
			Name:           vectors.Unhex(t, "A000000025010801"),
			PAN:            must[account.PAN](t)(account.ParsePAN([]byte("374245001741007"))),
			SequenceNumber: 99,
			Contact: image.Interface{FCI: vectors.Unhex(t, "6F01"), PDOL: tlv.DOL{{Tag: 0x9F35, Length: 1}},
				AIP: emv.AIP{0x3C, 0x80}, AFL: emv.AFL{{SFI: 1, First: 1, Last: 2, ODACount: 1}}},
			Contactless: &image.Interface{FCI: vectors.Unhex(t, "6F02"), AIP: emv.AIP{0x28, 0x00}},
			Files:       []image.File{{SFI: 2, Records: [][]byte{vectors.Unhex(t, "70015A"), vectors.Unhex(t, "7000")}}},
			Data:        []image.Object{{Tag: 0x9F14, Value: []byte{3}}},
			CDOL1:       tlv.DOL{{Tag: 0x9F02, Length: 6}}, CDOL2: tlv.DOL{{Tag: 0x8A, Length: 2}}, DDOL: tlv.DOL{{Tag: 0x9F37, Length: 4}},
			Format1:    true,
			Cryptogram: "amex-style", Script: "visa", DKI: 7,
			Keys:        cryptogram.MasterKeys{AC: key(0x11), SMI: key(0x22), SMC: key(0x33)},
			ICCKey:      rsa(primes[0], primes[1]),
			PINKey:      rsa(primes[2], primes[3]),
			PIN:         must[pin.PIN](t)(pin.Parse([]byte("0123"))),
			PINTryLimit: 3,
		}},
	}
}

// Primes of 256 bits with p-1 coprime to 3, of openssl prime -generate.
var primes = [4]string{
	"D13E8A46BD9739D94DC59A60D466CBEE52C2968EBCC1553453FF4979537A4A35",
	"E66F3DDD4132362A5C7272A8B983DCA5EE4596DC76DCF33ED192A3B503A5E0C5",
	"F523898BC7F157F0351F07A4A6D14EA9BFD78AC3B438C846EE86F349C8B551AB",
	"D50295F2078B7BCF2CEAB6E74D8DD706694EE2B82DC09AAFEEA697ED368BE885",
}

// TestSchema pins the bytes of each schema version: cards that were issued are
// read by every later till, or refused by their version.
func TestSchema(t *testing.T) {
	got, err := image.Encode(small(t))
	require.NoError(t, err)
	assert.Equal(t, goldenV3, hex.EncodeToString(got))
	for golden, want := range map[string]image.Image{goldenV3: small(t), goldenV2: smallV2(t), goldenV1: smallV1(t)} {
		read, err := image.Decode(vectors.Unhex(t, golden))
		require.NoError(t, err)
		requireSame(t, want, read)
	}
}

func TestSealedImage(t *testing.T) {
	key := storageKey(t, 1)
	sealed, err := small(t).Seal(key, stream())
	require.NoError(t, err)
	opened, err := image.Unseal(key, sealed)
	require.NoError(t, err)
	requireSame(t, small(t), opened)
	for name, clear := range map[string][]byte{
		"PAN": []byte("374245001741007"), "packed PAN": vectors.Unhex(t, "374245001741"),
		"PIN": []byte("0123"), "key": bytes.Repeat([]byte{0x22}, 8), "prime": vectors.Unhex(t, primes[0])[:8], "name": vectors.Unhex(t, "A000000025"),
	} {
		assert.False(t, bytes.Contains(sealed, clear), name)
	}
}

func TestUnsealRefuses(t *testing.T) {
	key := storageKey(t, 1)
	sealed, err := small(t).Seal(key, stream())
	require.NoError(t, err)
	_, err = image.Unseal(storageKey(t, 2), sealed)
	require.ErrorIs(t, err, secret.ErrUnseal, "another key")
	for i := range sealed {
		damaged := bytes.Clone(sealed)
		damaged[i] ^= 0x10
		_, err = image.Unseal(key, damaged)
		require.ErrorIs(t, err, secret.ErrUnseal, "byte %d", i)
		_, err = image.Unseal(key, sealed[:i])
		require.ErrorIs(t, err, secret.ErrUnseal, "cut after %d bytes", i)
	}
	foreign, err := key.Seal(stream(), vectors.Unhex(t, goldenV1), []byte("another place"))
	require.NoError(t, err)
	_, err = image.Unseal(key, foreign)
	require.ErrorIs(t, err, secret.ErrUnseal, "sealed for another place")
}

func TestSealRefuses(t *testing.T) {
	aesKey := storageKey(t, 3)
	for name, spoil := range map[string]func(i *image.Image){
		"ATR":                 func(i *image.Image) { i.ATR = make([]byte, 34) },
		"environments":        func(i *image.Image) { i.Environments = make([]image.Environment, 5) },
		"applications":        func(i *image.Image) { i.Applications = make([]image.Application, 17) },
		"DF name":             func(i *image.Image) { i.Applications[0].Name = make([]byte, 17) },
		"FCI":                 func(i *image.Image) { i.Environments[0].FCI = make([]byte, 257) },
		"SFI":                 func(i *image.Image) { i.Applications[0].Files[0].SFI = 31 },
		"records":             func(i *image.Image) { i.Applications[0].Files[0].Records = make([][]byte, 256) },
		"record":              func(i *image.Image) { i.Applications[0].Files[0].Records[0] = make([]byte, 257) },
		"PAN sequence number": func(i *image.Image) { i.Applications[0].SequenceNumber = 100 },
		"data objects":        func(i *image.Image) { i.Applications[0].Data = make([]image.Object, 65) },
		"DDOL":                func(i *image.Image) { i.Applications[0].DDOL = make(tlv.DOL, 127) },
		"script":              func(i *image.Image) { i.Applications[0].Script = string(make([]byte, 33)) },
		"master key SMC":      func(i *image.Image) { i.Applications[0].Keys.SMC = aesKey },
		"image of more than": func(i *image.Image) {
			for sfi := range 30 {
				full := image.File{SFI: uint8(sfi + 1)}
				for range 10 {
					full.Records = append(full.Records, make([]byte, 256))
				}
				i.Applications[0].Files = append(i.Applications[0].Files[:sfi], full)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			i := small(t)
			spoil(&i)
			_, err := i.Seal(storageKey(t, 1), stream())
			require.ErrorIs(t, err, emv.ErrMalformed)
			assert.ErrorContains(t, err, name)
		})
	}
	_, err := small(t).Seal(small(t).Applications[0].Keys.AC, stream())
	require.Error(t, err, "a TDES key seals nothing")
	_, err = small(t).Seal(storageKey(t, 1), bytes.NewReader(nil))
	require.ErrorIs(t, err, io.EOF)
}

func TestDecodeRefuses(t *testing.T) {
	golden := vectors.Unhex(t, goldenV3)
	for n := range golden {
		_, err := image.Decode(golden[:n])
		require.ErrorIs(t, err, io.ErrUnexpectedEOF, "cut after %d bytes", n)
	}
	_, err := image.Decode(append(bytes.Clone(golden), 0))
	require.ErrorIs(t, err, emv.ErrMalformed)
	require.ErrorContains(t, err, "left over")
	for _, version := range []byte{0, 4} {
		golden[0] = version
		_, err = image.Decode(golden)
		require.ErrorIs(t, err, image.ErrVersion)
	}
}

// TestAlteredBytesAreReadOrRefused flips every bit: what is still an image has
// the altered bytes as its encoding, so that no two encodings are one image.
func TestAlteredBytesAreReadOrRefused(t *testing.T) {
	golden := vectors.Unhex(t, goldenV3)
	for i := range 8 * len(golden) {
		golden[i/8] ^= 1 << (i % 8)
		if read, err := image.Decode(golden); err == nil {
			again, err := image.Encode(read)
			require.NoError(t, err)
			require.Equal(t, golden, again, "bit %d of byte %d", i%8, i/8)
		}
		golden[i/8] ^= 1 << (i % 8)
	}
}

func TestImagesDoNotPrint(t *testing.T) {
	assert.Equal(t, "[secret]", fmt.Sprintf("%+v", small(t)))
}

func TestRoundTrip(t *testing.T) {
	base := small(t)
	key := storageKey(t, 1)
	rapid.Check(t, func(t *rapid.T) {
		want := drawImage(t, base)
		sealed, err := want.Seal(key, stream())
		require.NoError(t, err)
		got, err := image.Unseal(key, sealed)
		require.NoError(t, err)
		requireSame(t, want, got)
	})
}

func FuzzDecode(f *testing.F) {
	f.Add(vectors.Unhex(f, goldenV1))
	f.Add(vectors.Unhex(f, goldenV3))
	f.Add([]byte{1, 0, 0, 0, 0})
	f.Fuzz(func(t *testing.T, b []byte) {
		read, err := image.Decode(b)
		if err != nil {
			return
		}
		again, err := image.Encode(read)
		require.NoError(t, err)
		if b[0] == 2 {
			require.Equal(t, b, again)
		}
	})
}

// goldenV3 is the encoding of small: version 2 had nothing behind it.
var goldenV3 = "03" + goldenV2[2:] + "0201"

// goldenV2 is that of smallV2.
const goldenV2 = "" +
	"0200043b6000000102000e315041592e5359532e444446303100026f000101010002700000000e325041592e5359532e" +
	"444446303100026f0000010008a000000025010801000f3337343234353030313734313030376300026f0100039f3501" +
	"3c800004080102010100026f02000028000000010202000370015a00027000010100029f1400010300039f020600028a" +
	"0200039f370401000a616d65782d7374796c650004766973610700101111111111111111111111111111111100102222" +
	"2222222222222222222222222222001033333333333333333333333333333333010020d13e8a46bd9739d94dc59a60d4" +
	"66cbee52c2968ebcc1553453ff4979537a4a350020e66f3ddd4132362a5c7272a8b983dca5ee4596dc76dcf33ed192a3" +
	"b503a5e0c5000103010020f523898bc7f157f0351f07a4a6d14ea9bfd78ac3b438c846ee86f349c8b551ab0020d50295" +
	"f2078b7bcf2ceab6e74d8dd706694ee2b82dc09aafeea697ed368be885000103000430313233030100029f14010b0a00" +
	"029a030100029f580000010001cb08400276000000008000000000000000000000800000000800000000010001"

// goldenV1 is that of smallV1 in schema version 1.
const goldenV1 = "" +
	"0100043b60000002000e315041592e5359532e444446303100026f0001010100027000000e325041592e5359532e4444" +
	"46303100026f0000010008a000000025010801000f3337343234353030313734313030376300026f0100039f35013c80" +
	"0004080102010100026f02000028000000010202000370015a000270000100029f1400010300039f020600028a020003" +
	"9f370401000a616d65782d7374796c650004766973610700101111111111111111111111111111111100102222222222" +
	"2222222222222222222222001033333333333333333333333333333333010020d13e8a46bd9739d94dc59a60d466cbee" +
	"52c2968ebcc1553453ff4979537a4a350020e66f3ddd4132362a5c7272a8b983dca5ee4596dc76dcf33ed192a3b503a5" +
	"e0c5000103010020f523898bc7f157f0351f07a4a6d14ea9bfd78ac3b438c846ee86f349c8b551ab0020d50295f2078b" +
	"7bcf2ceab6e74d8dd706694ee2b82dc09aafeea697ed368be88500010300043031323303"
