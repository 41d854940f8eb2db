package message_test

import (
	"bytes"
	"testing"

	"github.com/moov-io/iso8583"
	"github.com/moov-io/iso8583/encoding"
	"github.com/moov-io/iso8583/field"
	"github.com/moov-io/iso8583/padding"
	"github.com/moov-io/iso8583/prefix"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/emv/tlv"
	"github.com/f510b0cf/till/issuer/message"
)

// bareSpec is the specification of a dialect's rows with nothing but the
// library's own encoders and fields.
func bareSpec(rows []message.ElementRow, digits encoding.Encoder, lengths prefix.Prefixers, track field.Field) *iso8583.MessageSpec {
	fields := map[int]field.Field{
		0: field.NewString(&field.Spec{Length: 4, Enc: digits, Pref: lengths.Fixed}),
		1: field.NewBitmap(&field.Spec{Length: 8, Enc: encoding.Binary, Pref: prefix.Binary.Fixed}),
	}
	for _, row := range rows {
		spec := &field.Spec{Length: row.Length, Pref: []prefix.Prefixer{lengths.Fixed, nil, lengths.LL, lengths.LLL}[row.Prefix]}
		switch row.Format {
		case "n":
			spec.Enc = digits
			fields[row.Number] = field.NewString(spec)
		case "b":
			spec.Enc = encoding.Binary
			fields[row.Number] = field.NewBinary(spec)
		case "z":
			fields[row.Number] = track
		default:
			spec.Enc = encoding.ASCII
			fields[row.Number] = field.NewString(spec)
		}
	}
	return &iso8583.MessageSpec{Fields: fields}
}

// bareBCD is iso93 as the library writes it; bareASCII has all digits in ASCII.
var (
	bareBCD = bareSpec(message.ISO93().Rows(), encoding.BCD, prefix.BCD, field.NewString(&field.Spec{Length: 37,
		Enc: encoding.ASCIIHexToBytes, Pref: prefix.BCD.LL, Pad: padding.Left('0'), Packer: field.Track2Packer{}, Unpacker: field.Track2Unpacker{}}))
	bareASCII = bareSpec(message.ISO93().Rows(), encoding.ASCII, prefix.ASCII,
		field.NewString(&field.Spec{Length: 37, Enc: encoding.ASCII, Pref: prefix.ASCII.LL}))
)

// barePack builds and packs a message with the library alone.
func barePack(t testing.TB, spec *iso8583.MessageSpec, values map[int][]byte) []byte {
	m := iso8583.NewMessage(spec)
	m.MTI(string(values[0]))
	for n, value := range values {
		if n == 0 {
			continue
		}
		if err := m.BinaryField(n, value); err != nil {
			t.Fatal(err)
		}
	}
	b, err := m.Pack()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// hexTrack returns the values of a message with D as the separator of track 2,
// which the library writes as a hexadecimal digit.
func hexTrack(t testing.TB, b []byte) map[int][]byte {
	values, err := message.ISO93().Values(b)
	require.NoError(t, err)
	if track, ok := values[35]; ok {
		values[35] = bytes.ReplaceAll(track, []byte("="), []byte("D"))
	}
	return values
}

// TestSameBytesAsLibrary packs what a message of ours holds with the library's
// own encoders.
func TestSameBytesAsLibrary(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		b, err := message.ISO93().Pack(draw(r, rapid.SampledFrom(kinds).Draw(r, "kind")))
		require.NoError(t, err)
		require.Equal(t, barePack(t, bareBCD, hexTrack(t, b)), b)
	})
}

// TestLibraryReadsOurs unpacks with the library alone, but for track 2: the
// library has no decoder for one that is packed.
func TestLibraryReadsOurs(t *testing.T) {
	for _, k := range kinds {
		ours := full(t, k)
		if r, ok := ours.(*message.AuthorizationRequest); ok {
			r.Track2 = account.Track2{}
		}
		b := pack(t, message.ISO93(), ours)
		values := hexTrack(t, b)
		m := iso8583.NewMessage(bareBCD)
		require.NoError(t, m.Unpack(b))
		for n, want := range values {
			got, err := m.GetBytes(n)
			require.NoError(t, err)
			require.Equal(t, string(want), string(got), "%s, DE %d", k, n)
		}
	}
}

// The message of the benchmarks: a request with PIN block, key serial number and
// 20 data objects of 150 bytes, without track 2.
func benchMessage(b *testing.B) *message.AuthorizationRequest {
	m, _ := full(b, message.KindAuthorizationRequest).(*message.AuthorizationRequest)
	m.Track2 = account.Track2{}
	m.CardNotPresent, m.MAC = message.CardNotPresent{}, nil
	var chip []byte
	for i := range 20 {
		chip = tlv.Append(chip, emv.Tag(0x9F20+i), make([]byte, 4+i%2))
	}
	m.ICCData = secret.New(chip)
	return m
}

func BenchmarkPack(b *testing.B) {
	m := benchMessage(b)
	values := hexTrack(b, pack(b, message.ISO93(), m))
	b.Run("ours", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := message.ISO93().Pack(m); err != nil {
				b.Fatal(err)
			}
		}
	})
	for name, spec := range map[string]*iso8583.MessageSpec{"library-BCD": bareBCD, "library-ASCII": bareASCII} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				barePack(b, spec, values)
			}
		})
	}
}

func BenchmarkUnpack(b *testing.B) {
	m := benchMessage(b)
	packed := pack(b, message.ISO93(), m)
	values := hexTrack(b, packed)
	b.Run("ours", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := message.ISO93().Unpack(packed); err != nil {
				b.Fatal(err)
			}
		}
	})
	for name, spec := range map[string]*iso8583.MessageSpec{"library-BCD": bareBCD, "library-ASCII": bareASCII} {
		packed := barePack(b, spec, values)
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := iso8583.NewMessage(spec).Unpack(packed); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
