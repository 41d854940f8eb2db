package message_test

import (
	"encoding/hex"
	"strings"
	"testing"

	"github.com/moov-io/iso8583"
	"github.com/moov-io/iso8583/encoding"
	"github.com/moov-io/iso8583/field"
	"github.com/moov-io/iso8583/prefix"

	"github.com/f510b0cf/till/issuer/message"
)

// bareDialects are the dialects as the library alone writes them.
func bareDialects() map[string]*iso8583.MessageSpec {
	agns := bareSpec(message.AGNS93().Rows(), encoding.EBCDIC1047, prefix.EBCDIC1047,
		field.NewString(&field.Spec{Length: 37, Enc: encoding.EBCDIC1047, Pref: prefix.EBCDIC1047.LL}))
	for _, row := range message.AGNS93().Rows() {
		if row.Format == "an" || row.Format == "ans" {
			p := []prefix.Prefixer{prefix.EBCDIC1047.Fixed, nil, prefix.EBCDIC1047.LL, prefix.EBCDIC1047.LLL}[row.Prefix]
			agns.Fields[row.Number] = field.NewString(&field.Spec{Length: row.Length, Enc: encoding.EBCDIC1047, Pref: p})
		}
	}
	return map[string]*iso8583.MessageSpec{"iso93": bareBCD, "agns93": agns, "iso87": bare1987()}
}

// BenchmarkDialects packs and unpacks the same request in each dialect, with ours and
// with the library alone. Ours checks what it reads and writes, and turns it into a
// struct.
func BenchmarkDialects(b *testing.B) {
	for name, spec := range bareDialects() {
		d, err := message.Named(name)
		if err != nil {
			b.Fatal(err)
		}
		m := forDialect(b, d, benchMessage(b))
		packed := pack(b, d, m)
		values, err := d.Values(packed)
		if err != nil {
			b.Fatal(err)
		}
		if name == "iso87" {
			values[55] = []byte(strings.ToUpper(hex.EncodeToString(values[55])))
		}
		if got := barePack(b, spec, values); string(got) != string(packed) {
			b.Fatalf("%s: the library packs other bytes", name)
		}
		for what, run := range map[string]func() error{
			"pack/ours":      func() error { _, err := d.Pack(m); return err },
			"pack/library":   func() error { barePack(b, spec, values); return nil },
			"unpack/ours":    func() error { _, err := d.Unpack(packed); return err },
			"unpack/library": func() error { return iso8583.NewMessage(spec).Unpack(packed) },
		} {
			b.Run(name+"/"+what, func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					if err := run(); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
