package foreign_test

import (
	"encoding/binary"
	"encoding/hex"
	"io"
	"maps"
	"strings"

	"github.com/moov-io/iso8583"
	"github.com/moov-io/iso8583/encoding"
	"github.com/moov-io/iso8583/field"
	"github.com/moov-io/iso8583/prefix"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/tlv"
)

// client is how the client speaks one dialect, in the library's own encoders.
type client struct {
	spec                    *iso8583.MessageSpec
	read                    func(io.Reader) (int, error)
	write                   func(io.Writer, int) (int, error)
	requestMTI, responseMTI string
	approved, managed       string                              // codes of answers
	networkCodes            map[string]string                   // DE 70 by DE 24, where there is that
	request                 func(map[int]string) map[int]string // of the dialect, from that of iso93
}

var clients = map[string]client{
	"iso93":  {spec: spec93(encoding.BCD, prefix.BCD, encoding.ASCII, prefix.ASCII), read: readBinary(0), write: writeBinary(0), requestMTI: "1100", responseMTI: "1110", approved: "000", managed: "800", request: same},
	"agns93": {spec: spec93(encoding.EBCDIC1047, prefix.EBCDIC1047, encoding.EBCDIC1047, prefix.EBCDIC1047), read: readBinary(2), write: writeBinary(2), requestMTI: "1100", responseMTI: "1110", approved: "000", managed: "800", request: requestAGNS},
	"iso87": {spec: spec87(), read: readBinary(0), write: writeBinary(0), requestMTI: "0200", responseMTI: "0210", approved: "00", managed: "00",
		networkCodes: map[string]string{"801": "001", "831": "301"}, request: request87},
}

// readBinary reads two bytes of length, which count so many bytes of themselves.
func readBinary(itself int) func(io.Reader) (int, error) {
	return func(r io.Reader) (int, error) {
		var head [2]byte
		_, err := io.ReadFull(r, head[:])
		return int(binary.BigEndian.Uint16(head[:])) - itself, err
	}
}

func writeBinary(itself int) func(io.Writer, int) (int, error) {
	return func(w io.Writer, length int) (int, error) {
		return w.Write(binary.BigEndian.AppendUint16(nil, uint16(length+itself)))
	}
}

// spec93 has the elements of 1993 that the client uses.
func spec93(digits encoding.Encoder, lengths prefix.Prefixers, characters encoding.Encoder, fixed prefix.Prefixers) *iso8583.MessageSpec {
	n := func(length int, p prefix.Prefixer) field.Field {
		return field.NewString(&field.Spec{Length: length, Enc: digits, Pref: p})
	}
	text := func(length int) field.Field {
		return field.NewString(&field.Spec{Length: length, Enc: characters, Pref: fixed.Fixed})
	}
	return &iso8583.MessageSpec{Fields: map[int]field.Field{
		0: n(4, lengths.Fixed), 1: field.NewBitmap(&field.Spec{Length: 8, Enc: encoding.Binary, Pref: prefix.Binary.Fixed}),
		2: n(19, lengths.LL), 3: n(6, lengths.Fixed), 4: n(12, lengths.Fixed), 7: n(10, lengths.Fixed), 11: n(6, lengths.Fixed), 12: n(12, lengths.Fixed),
		14: n(4, lengths.Fixed), 22: text(12), 23: n(3, lengths.Fixed), 24: n(3, lengths.Fixed), 32: n(11, lengths.LL), 38: text(6), 39: n(3, lengths.Fixed),
		41: text(8), 42: text(15), 49: text(3), 55: field.NewBinary(&field.Spec{Length: 255, Enc: encoding.Binary, Pref: lengths.LLL}),
	}}
}

// spec87 has the elements of 1987 that the client uses, DE 55 as text.
func spec87() *iso8583.MessageSpec {
	text := func(length int, p prefix.Prefixer) field.Field {
		return field.NewString(&field.Spec{Length: length, Enc: encoding.ASCII, Pref: p})
	}
	fixed := prefix.ASCII.Fixed
	return &iso8583.MessageSpec{Fields: map[int]field.Field{
		0: text(4, fixed), 1: field.NewBitmap(&field.Spec{Length: 8, Enc: encoding.BytesToASCIIHex, Pref: prefix.Hex.Fixed}),
		2: text(19, prefix.ASCII.LL), 3: text(6, fixed), 4: text(12, fixed), 7: text(10, fixed), 11: text(6, fixed), 12: text(6, fixed), 13: text(4, fixed),
		14: text(4, fixed), 22: text(3, fixed), 23: text(3, fixed), 25: text(2, fixed), 32: text(11, prefix.ASCII.LL), 38: text(6, fixed), 39: text(2, fixed),
		41: text(8, fixed), 42: text(15, fixed), 49: text(3, fixed), 55: text(510, prefix.ASCII.LLL), 70: text(3, fixed),
	}}
}

func same(values map[int]string) map[int]string { return values }

// request87 says a request in the words of 1987.
func request87(values map[int]string) map[int]string {
	values = maps.Clone(values)
	values[12], values[13] = values[12][6:], values[12][2:6]
	values[22], values[25] = "051", "00"
	values[55] = strings.ToUpper(hex.EncodeToString([]byte(values[55])))
	delete(values, 24)
	return values
}

// requestAGNS puts the chip data of a request into their places.
func requestAGNS(values map[int]string) map[int]string {
	values = maps.Clone(values)
	find := func(tag emv.Tag) string {
		value, _, err := tlv.Find([]byte(values[55]), tag)
		if err != nil {
			panic(err)
		}
		return string(value)
	}
	chip := "\xC1\xC7\xD5\xE2\x00\x01" + find(0x9F26) + string(rune(len(find(0x9F10)))) + find(0x9F10)
	for _, tag := range []emv.Tag{0x9F37, 0x9F36, 0x95, 0x9A, 0x9C, 0x9F02, 0x5F2A, 0x9F1A, 0x82, 0x9F03} {
		chip += find(tag)
	}
	values[55] = chip + "\x00\x80"
	return values
}
