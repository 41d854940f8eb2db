package message_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/issuer/message"
)

// kindName returns the kind as files have it.
func kindName(k message.Kind) string { return strings.ReplaceAll(k.String(), " ", "-") }

// asFile writes a built-in dialect down as a file without a base.
func asFile(d *message.Dialect, codes string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "name: copy\nedition: %d\nframing: %s\n%s\nelements:\n", d.Edition(), d.Framing(), codes)
	for _, row := range d.Rows() {
		fmt.Fprintf(&b, "  %d: {format: %s, length: %d, prefix: %d}\n", row.Number, row.Format, row.Length, row.Prefix)
	}
	b.WriteString("messages:\n")
	list := func(numbers []int) string { return strings.Join(strings.Fields(fmt.Sprint(numbers)), ", ") }
	for _, m := range d.Messages() {
		fmt.Fprintf(&b, "  - {kind: %s, mti: %q, mandatory: %s, optional: %s", kindName(m.Kind), m.MTI, list(m.Mandatory), list(m.Optional))
		if m.Repeat != "" {
			fmt.Fprintf(&b, ", repeat: %q", m.Repeat)
		}
		b.WriteString("}\n")
	}
	return b.String()
}

// TestBuiltInDialectsAsFiles writes each built-in dialect down as a file: it packs the
// same bytes and reads them.
func TestBuiltInDialectsAsFiles(t *testing.T) {
	for name, codes := range map[string]string{
		"iso93":     "digits: bcd\ncharacters: ascii\nbytes: binary\nbitmap: binary\nchip: tlv",
		"iso93-aes": "digits: bcd\ncharacters: ascii\nbytes: binary\nbitmap: binary\nchip: tlv",
		"agns93":    "digits: ebcdic\ncharacters: ebcdic\nbytes: binary\nbitmap: binary\nchip: positional",
		"iso87":     "digits: ascii\ncharacters: ascii\nbytes: hexadecimal\nbitmap: hexadecimal\nchip: tlv",
	} {
		t.Run(name, func(t *testing.T) {
			builtIn, err := message.Named(name)
			require.NoError(t, err)
			loaded, err := message.Load(strings.NewReader(asFile(builtIn, codes)))
			require.NoError(t, err)
			assert.Equal(t, builtIn.Framing(), loaded.Framing())
			for _, k := range kinds {
				m := forDialect(t, builtIn, full(t, k))
				b := pack(t, builtIn, m)
				assert.Equal(t, b, pack(t, loaded, m), k)
				want, err := builtIn.Unpack(b)
				require.NoError(t, err)
				got, err := loaded.Unpack(b)
				require.NoError(t, err)
				assert.True(t, same(reflect.ValueOf(want), reflect.ValueOf(got)), k)
			}
		})
	}
}

// variant is a dialect that differs from its base in all that a base leaves free.
const variant = `
name: bank-87
base: iso87
framing: ascii+tpdu
bytes: binary
bitmap: binary
elements:
  43: {length: 25}
  60: {format: ans, length: 30, prefix: 2, name: batch}
messages:
  - kind: authorization-request
    mti: "0200"
    repeat: "0201"
    mandatory: [2, 3, 4, 7, 11, 12, 13, 22, 25, 41, 49]
    optional: [14, 23, 35, 48, 52, 55, 60, 63]
  - kind: authorization-request-response
    mti: "0210"
    mandatory: [11, 39]
    optional: [4, 7, 12, 13, 38, 41, 55]
`

func TestDialectFile(t *testing.T) {
	d, err := message.Load(strings.NewReader(variant))
	require.NoError(t, err)
	assert.Equal(t, "bank-87", d.Name())
	assert.Equal(t, "ascii+tpdu", d.Framing().String())
	request := for1987(full(t, message.KindAuthorizationRequest)).(*message.AuthorizationRequest)
	request.MAC = nil
	b := pack(t, d, request)
	assert.Equal(t, "0200", string(b[:4]))
	back, err := d.Unpack(b)
	require.NoError(t, err)
	assert.Empty(t, back.Head().CardAcceptor, "an element that can be done without is left out")
	response := &message.AuthorizationResponse{Header: back.Head().Reply(), PAN: request.PAN, Amount: 1, Currency: 978}
	values, err := d.Values(pack(t, d, response))
	require.NoError(t, err)
	assert.NotContains(t, values, 2, "nor does an answer say again what it has no place for")
	request.MAC = make([]byte, 8)
	_, err = d.Pack(request)
	requireElement(t, err, 64, "not an element")

	// An element that no struct reads is taken where it is allowed, and looked at.
	values, err = d.Values(b)
	require.NoError(t, err)
	assert.NotContains(t, values, 60)
	at := len(b) - len("0240120FFFF9876543210E00001") // before DE 63
	with := append(append(append([]byte(nil), b[:at]...), "05BATCH"...), b[at:]...)
	with[4+7] |= 1 << 4 // DE 60
	_, err = d.Unpack(with)
	require.NoError(t, err)
	with[at+3] = 0x01
	_, err = d.Unpack(with)
	requireElement(t, err, 60, "format")
}

// TestDialectFileIsStrict: what is wrong is told with its line.
func TestDialectFileIsStrict(t *testing.T) {
	for name, c := range map[string]struct{ old, replacement, want string }{
		"unknown key":                {"framing:", "frame:", `line 4: "frame" is no key here`},
		"key twice":                  {"bytes: binary", "bitmap: binary", `line 6: "bitmap" is there twice`},
		"name of a built-in":         {"bank-87", "iso93", "line 2: name: iso93 is built in"},
		"bad name":                   {"bank-87", "Bank 87", "line 2: name: want"},
		"no name":                    {"name: bank-87", "", "name: it is missing"},
		"unknown base":               {"base: iso87", "base: iso03", "line 3: base: want one of agns93, iso87"},
		"base and edition":           {"base: iso87", "base: iso87\nedition: 1987", "line 4: edition: the base says it"},
		"no base":                    {"base: iso87", "", "name a dialect to begin with"},
		"framing":                    {"ascii+tpdu", "lll", "line 4: framing: want one of"},
		"code":                       {"bytes: binary", "bytes: base64", "line 5: bytes: want one of binary, hexadecimal"},
		"element number":             {"  60:", "  65:", `line 9: "65" is no element`},
		"element twice":              {"  60:", "  43:", "line 9: element 43 is there twice"},
		"element key":                {"length: 25", "len: 25", `line 8: "len" is no key here`},
		"element without format":     {"60: {format: ans, ", "99: {", "line 9: element 99"},
		"element too long":           {"length: 30, prefix: 2", "length: 300, prefix: 2", "prefix of 2 digits is too short"},
		"format that is not read":    {"43: {length: 25}", "4: {format: an}", "line 8: element 4: the program reads it as format n"},
		"length that is not read":    {"43: {length: 25}", "7: {length: 12}", "line 8: element 7: the program reads it with length 10"},
		"kind":                       {"authorization-request\n", "order\n", "line 11: kind: want one of"},
		"MTI":                        {`"0200"`, `"200"`, "line 12: mti: want four digits"},
		"MTI twice":                  {`"0200"`, `"0420"`, "0420 is there twice"},
		"mandatory left out":         {"mandatory: [2, 3, 4, 7, 11,", "mandatory: [2, 3, 4, 7,", "line 11: element 11 must be mandatory in 0200"},
		"mandatory and optional":     {"optional: [14,", "optional: [2, 14,", "line 11: element 2 is mandatory and optional"},
		"mandatory and not written":  {"[2, 3, 4, 7, 11, 12, 13, 22, 25, 41, 49]", "[2, 3, 4, 7, 11, 12, 13, 22, 25, 41, 49, 60]", "element 60: the program never writes it"},
		"approval code always":       {"[11, 39]\n    optional: [4, 7, 12, 13, 38,", "[11, 38, 39]\n    optional: [4, 7, 12, 13,", "element 38 must be optional in 0210"},
		"echo of what may be absent": {"[11, 39]\n    optional: [4,", "[11, 32, 39]\n    optional: [4,", "element 32 must be optional in 0210"},
		"without chip data":          {"38, 41, 55]", "38, 41]", "element 55 must be in 0210"},
		"without amount":             {"[4, 7, 12, 13, 38,", "[7, 12, 13, 38,", "element 4 must be in 0210"},
		"no format is told":          {"optional: [14,", "optional: [99, 14,", "0200 has element 99, of which no format is told"},
		"response missing":           {"authorization-request-response\n    mti: \"0210\"", "network-management-request-response\n    mti: \"0710\"", "has 1 message types and its response 2"},
		"no YAML":                    {"name: bank-87", "name: [", "yaml"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := message.Load(strings.NewReader(replaceOnce(t, variant, c.old, c.replacement)))
			require.ErrorContains(t, err, c.want)
		})
	}
	_, err := message.Load(strings.NewReader(""))
	require.ErrorContains(t, err, "the file is empty")
	_, err = message.Load(strings.NewReader(variant + "---\nname: other\n"))
	require.ErrorContains(t, err, "more than one document")
	_, err = message.Load(strings.NewReader(strings.Repeat("#", 1<<19)))
	require.ErrorContains(t, err, "more than")
	_, err = message.Load(strings.NewReader("- a"))
	require.ErrorContains(t, err, "line 1: want keys")
}

// FuzzLoad reads any text as a dialect. One that is taken packs what it can, and reads
// that again.
func FuzzLoad(f *testing.F) {
	f.Add(variant, []byte("x"))
	f.Add(asFile(message.ISO93(), "digits: bcd\ncharacters: ascii\nbytes: binary\nbitmap: binary\nchip: tlv"), []byte{0x11, 0x00})
	f.Fuzz(func(t *testing.T, text string, b []byte) {
		d, err := message.Load(strings.NewReader(text))
		if err != nil {
			return
		}
		if m, err := d.Unpack(b); err == nil {
			pack(t, d, m)
		}
		for _, k := range kinds {
			m := full(t, k)
			if packed, err := d.Pack(m); err == nil {
				_, err := d.Unpack(packed)
				require.NoError(t, err)
			}
		}
	})
}
