package tlv_test

import (
	"encoding/hex"
	"testing"

	"github.com/moov-io/bertlv"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/tlv"
)

// benchmarkInput is DE55 of a chip authorisation request: 19 data objects, 146
// bytes. The values are made up.
var benchmarkInput = func() []byte {
	b, err := hex.DecodeString("9F26083E06130846F9A0339F2701809F100706010103A000009F3704327273B99F360200069505000004800" +
		"09A031410319C01009F02060000000120005F2A02003682025C009F1A0200369F03060000000000009F3303E0B8C89F34034403029F3501229F" +
		"1E0831323334353637388408A0000000250108015F340100")
	if err != nil {
		panic(err)
	}
	return b
}()

func BenchmarkElements(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		for _, err := range tlv.Elements(benchmarkInput) {
			if err != nil {
				b.Fatal(err)
			}
		}
	}
}

func BenchmarkFind(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, ok, err := tlv.Find(benchmarkInput, 0x5F34); err != nil || !ok {
			b.Fatal("not found")
		}
	}
}

func BenchmarkParse(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := tlv.Parse(benchmarkInput); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkPeerBertlv is the peer in the same run: moov-io/bertlv on the same bytes.
func BenchmarkPeerBertlv(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := bertlv.Decode(benchmarkInput); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDOL(b *testing.B) {
	raw, err := hex.DecodeString("9F02069F03069F1A0295055F2A029A039C019F3704")
	require.NoError(b, err)
	dol, err := tlv.ParseDOL(raw)
	require.NoError(b, err)
	lookup := func(tag emv.Tag) ([]byte, emv.Format, bool) {
		value, ok, err := tlv.Find(benchmarkInput, tag)
		return value, emv.FormatN, ok && err == nil
	}
	buffer := make([]byte, 0, dol.Len())
	b.ReportAllocs()
	for b.Loop() {
		if data := dol.Append(buffer, lookup); len(data) != 29 {
			b.Fatal("wrong length")
		}
	}
}
