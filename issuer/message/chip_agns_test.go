package message_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/explain"
	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/emv/tlv"
	"github.com/f510b0cf/till/issuer/message"
	"github.com/f510b0cf/till/testdata/vectors"
)

// Positional chip data of a request, written down by hand: what stands before the
// issuer application data, a value of 7 bytes, and what stands behind it.
const (
	agnsBefore = "C1C7D5E20001" + "8719B6CD14D2A2E6"
	agnsIAD    = "07" + "06020103A42002"
	agnsBehind = "77638247" + "0101" + "0000008000" + "170330" + "00" + "000000003000" + "0978" + "0040" + "3C00" + "000000000000" + "01" + "80"
	agnsAID    = "07" + "A0000000250103"
)

// agnsObjects are the same in TLV, in the order of the places.
const agnsObjects = "9F26088719B6CD14D2A2E6" + "9F100706020103A42002" + "9F370477638247" + "9F36020101" + "95050000008000" + "9A03170330" +
	"9C0100" + "9F0206000000003000" + "5F2A020978" + "9F1A020040" + "82023C00" + "9F0306000000000000" + "5F340101" + "9F270180"

// chipRequest returns a request with these chip data.
func chipRequest(t vectors.T, objects []byte) *message.AuthorizationRequest {
	m, _ := full(t, message.KindAuthorizationRequest).(*message.AuthorizationRequest)
	m.ICCData = secret.New(objects)
	return m
}

// rawChip returns DE 55 as it lies in a message of agns93.
func rawChip(t testing.TB, b []byte) []byte {
	t.Helper()
	values, err := message.AGNS93().Values(b)
	require.NoError(t, err)
	return values[55]
}

// withChip packs a message of agns93 and exchanges its DE 55, of which there is one.
func withChip(t testing.TB, m message.Message, chip []byte) []byte {
	t.Helper()
	b := pack(t, message.AGNS93(), m)
	was := rawChip(t, b)
	digits := func(n int) string { return string([]byte{0xF0 + byte(n/100), 0xF0 + byte(n/10%10), 0xF0 + byte(n%10)}) }
	return []byte(replaceOnceIn(t, string(b), digits(len(was))+string(was), digits(len(chip))+string(chip)))
}

func replaceOnceIn(t testing.TB, s, old, replacement string) string {
	t.Helper()
	require.Equal(t, 1, strings.Count(s, old))
	return strings.Replace(s, old, replacement, 1)
}

// iccOf returns the chip data of a message in TLV.
func iccOf(t testing.TB, m message.Message) (objects []byte) {
	t.Helper()
	var v secret.Value
	switch m := m.(type) {
	case *message.AuthorizationRequest:
		v = m.ICCData
	case *message.AuthorizationResponse:
		v = m.ICCData
	default:
		require.Fail(t, "no chip data")
	}
	v.Open(func(b []byte) { objects = slices.Clone(b) })
	return objects
}

func TestPositionalRequest(t *testing.T) {
	tail := []struct{ positional, objects string }{
		{"", ""},
		{agnsAID, "8407A0000000250103"},
		{"008C", "9F0902008C"},
		{"440302", "9F3403440302"},
		{"0000000001" + "0000000002" + "0000000003", "9F0E050000000001" + "9F0F050000000002" + "9F0D050000000003"},
	}
	positional, objects := agnsBefore+agnsIAD+agnsBehind, agnsObjects
	for _, part := range tail {
		positional, objects = positional+part.positional, objects+part.objects
		b := pack(t, message.AGNS93(), chipRequest(t, vectors.Unhex(t, objects)))
		assert.Equal(t, positional, vectors.Bytes(rawChip(t, b)).String())
		back, err := message.AGNS93().Unpack(b)
		require.NoError(t, err)
		assert.Equal(t, objects, vectors.Bytes(iccOf(t, back)).String())
	}
}

// TestPositionalRequestHasNoOtherPlaces: order is that of the places, what has none
// is left out, script results among them, and behind a gap nothing is written.
func TestPositionalRequestHasNoOtherPlaces(t *testing.T) {
	var shuffled []byte
	elements := slices.Collect(func(yield func([]byte) bool) {
		for e := range tlv.Elements(vectors.Unhex(t, agnsObjects)) {
			yield(e.Raw)
		}
	})
	for _, e := range slices.Backward(elements) {
		shuffled = append(shuffled, e...)
	}
	shuffled = append(shuffled, vectors.Unhex(t, "9F5B0520000000019F33036040209F3403440302")...)
	b := pack(t, message.AGNS93(), chipRequest(t, shuffled))
	assert.Equal(t, agnsBefore+agnsIAD+agnsBehind, vectors.Bytes(rawChip(t, b)).String())
}

// TestPositionalRequestNeedsItsPlaces leaves each object out. Two are zeros then.
func TestPositionalRequestNeedsItsPlaces(t *testing.T) {
	for e := range tlv.Elements(vectors.Unhex(t, agnsObjects)) {
		object := vectors.Bytes(e.Raw).String()
		rest := vectors.Unhex(t, strings.Replace(agnsObjects, object, "", 1))
		_, err := message.AGNS93().Pack(chipRequest(t, rest))
		if e.Tag == 0x9F03 || e.Tag == 0x5F34 {
			require.NoError(t, err)
			continue
		}
		requireElement(t, err, 55, "tag "+e.Tag.String()+" is missing")
		_, err = message.AGNS93().Pack(chipRequest(t, append(rest, vectors.Unhex(t, object+object)...)))
		requireElement(t, err, 55, "twice")
		longer := tlv.Append(rest, e.Tag, make([]byte, 33))
		_, err = message.AGNS93().Pack(chipRequest(t, longer))
		requireElement(t, err, 55, "its place has")
	}
}

// TestPositionalRequestIsCutNowhere takes bytes off the end and puts some behind it:
// all but the ends of the groups are errors.
func TestPositionalRequestIsCutNowhere(t *testing.T) {
	whole := vectors.Unhex(t, agnsBefore+agnsIAD+agnsBehind+agnsAID+"008C"+"440302"+"000000000100000000020000000003")
	ends := []int{57, 65, 67, 70, 85}
	request := chipRequest(t, vectors.Unhex(t, agnsObjects))
	for n := 1; n < len(whole); n++ {
		_, err := message.AGNS93().Unpack(withChip(t, request, whole[:n]))
		if slices.Contains(ends, n) {
			require.NoError(t, err, n)
			continue
		}
		requireElement(t, err, 55, "")
	}
	_, err := message.AGNS93().Unpack(withChip(t, request, append(whole, 0)))
	requireElement(t, err, 55, "behind the last place")
}

// TestPositionalRequestWithSlot reads issuer application data in a slot of 32 bytes,
// with each length that they may have.
func TestPositionalRequestWithSlot(t *testing.T) {
	request := chipRequest(t, vectors.Unhex(t, agnsObjects))
	for n := 1; n <= 32; n++ {
		iad := append([]byte{byte(n)}, slices.Repeat([]byte{0xA5}, n)...)
		iad = append(iad, make([]byte, 32-n)...)
		chip := slices.Concat(vectors.Unhex(t, agnsBefore), iad, vectors.Unhex(t, agnsBehind))
		require.Len(t, chip, 82)
		m, err := message.AGNS93().Unpack(withChip(t, request, chip))
		require.NoError(t, err, n)
		value, ok, err := tlv.Find(iccOf(t, m), 0x9F10)
		require.NoError(t, err)
		assert.True(t, ok)
		assert.Len(t, value, n)
	}
	for name, chip := range map[string]string{
		"filler":   agnsBefore + agnsIAD + strings.Repeat("00", 24) + "01" + agnsBehind,
		"length 0": agnsBefore + "00" + agnsBehind,
		"too long": agnsBefore + "21" + strings.Repeat("A5", 33) + agnsBehind,
		"name":     "C1C7D5E70001" + agnsBefore[12:] + agnsIAD + agnsBehind,
		"version":  "C1C7D5E20002" + agnsBefore[12:] + agnsIAD + agnsBehind,
		"AID of 4": agnsBefore + agnsIAD + agnsBehind + "04A0000000",
	} {
		_, err := message.AGNS93().Unpack(withChip(t, request, vectors.Unhex(t, chip)))
		assert.ErrorIs(t, err, emv.ErrMalformed, name)
	}
}

// Parts of a positional answer.
const (
	agnsName    = "C1C7D5E20001"
	agnsARPC    = "0A" + "A0EB1A5F3067E54A3030"
	agnsScripts = "0C" + "71049F180101" + "72049F180102"
)

// TestPositionalAnswer: the response code is the end of tag 91, and templates stay
// in order, repeated ones too.
func TestPositionalAnswer(t *testing.T) {
	for name, c := range map[string]struct{ objects, positional, back string }{
		"script":       {"8A023030" + "910AA0EB1A5F3067E54A3030" + "71049F180101" + "72049F180102", agnsName + agnsARPC + agnsScripts, ""},
		"no script":    {"8A023030" + "910AA0EB1A5F3067E54A3030", agnsName + agnsARPC + "00", ""},
		"two 72":       {"8A023030" + "910AA0EB1A5F3067E54A3030" + "7201AA" + "7201BB" + "7100", agnsName + agnsARPC + "087201AA7201BB7100", ""},
		"method 2":     {"8A023030" + "9108A0EB1A5F3067E54A", agnsName + "08A0EB1A5F3067E54A" + "00", "9108A0EB1A5F3067E54A"},
		"code alone":   {"8A023535", agnsName + "0000", "-"},
		"other ending": {"910AA0EB1A5F3067E54A01FF", agnsName + "0AA0EB1A5F3067E54A01FF" + "00", ""},
	} {
		t.Run(name, func(t *testing.T) {
			m := &message.AuthorizationResponse{Header: header(t, false, false), ICCData: secret.New(vectors.Unhex(t, c.objects))}
			b := pack(t, message.AGNS93(), m)
			assert.Equal(t, c.positional, vectors.Bytes(rawChip(t, b)).String())
			back, err := message.AGNS93().Unpack(b)
			require.NoError(t, err)
			want := map[string]string{"": c.objects, "-": ""}[c.back]
			if len(c.back) > 1 {
				want = c.back
			}
			assert.Equal(t, want, vectors.Bytes(iccOf(t, back)).String())
		})
	}
}

func TestPositionalAnswerIsStrict(t *testing.T) {
	m := &message.AuthorizationResponse{Header: header(t, false, false), ICCData: secret.New(vectors.Unhex(t, "910AA0EB1A5F3067E54A3030"))}
	for name, chip := range map[string]string{
		"no part":           agnsName,
		"91 of 7":           agnsName + "07A0EB1A5F3067E5" + "00",
		"91 of 17":          agnsName + "11" + strings.Repeat("A5", 17) + "00",
		"91 overruns":       agnsName + "0BA0EB1A5F3067E54A3030",
		"script overruns":   agnsName + agnsARPC + "0D" + agnsScripts[2:],
		"bytes behind":      agnsName + agnsARPC + agnsScripts + "00",
		"no template":       agnsName + agnsARPC + "048A023030",
		"filler":            agnsName + agnsARPC + "05007201AA00",
		"half a template":   agnsName + agnsARPC + "027205",
		"a part is missing": agnsName + agnsScripts,
	} {
		_, err := message.AGNS93().Unpack(withChip(t, m, vectors.Unhex(t, chip)))
		assert.ErrorIs(t, err, emv.ErrMalformed, name)
	}
	for name, objects := range map[string]string{
		"other code":   "8A023535" + "910AA0EB1A5F3067E54A3030",
		"91 twice":     "910AA0EB1A5F3067E54A3030" + "910AA0EB1A5F3067E54A3030",
		"91 of 4":      "9104A0EB1A5F",
		"long scripts": "72817C" + strings.Repeat("A5", 124) + "72817F" + strings.Repeat("A5", 127),
	} {
		m.ICCData = secret.New(vectors.Unhex(t, objects))
		_, err := message.AGNS93().Pack(m)
		assert.ErrorIs(t, err, emv.ErrMalformed, name)
	}
}

// TestForeignPositional reads what others published and what was built after it.
func TestForeignPositional(t *testing.T) {
	type in struct {
		DE55 vectors.Bytes `json:"de55"`
	}
	type out struct {
		ARPC    string            `json:"91"`
		Scripts []json.RawMessage `json:"scripts"`
	}
	m := &message.AuthorizationResponse{Header: header(t, false, false), ICCData: secret.New(vectors.Unhex(t, "910AA0EB1A5F3067E54A3030"))}
	for _, c := range foreignCases[in, out](t, "agns-response.json") {
		t.Run(c.Name, func(t *testing.T) {
			b := withChip(t, m, c.In.DE55)
			back, err := message.AGNS93().Unpack(b)
			if c.Expect != vectors.OK {
				require.ErrorIs(t, err, c.Expect)
				return
			}
			require.NoError(t, err)
			scripts := 0
			for e := range tlv.Elements(iccOf(t, back)) {
				switch e.Tag {
				case 0x91:
					assert.Equal(t, c.Out.ARPC, vectors.Bytes(e.Value).String())
				case 0x72:
					scripts++
				}
			}
			assert.Equal(t, len(c.Out.Scripts), scripts)
			item, err := message.AGNS93().Describe(b, explain.Masked)
			require.NoError(t, err)
			assert.Contains(t, dump(t, item), c.Out.ARPC)
		})
	}
}

// FuzzPositional gives any bytes as positional chip data, of a request and of an
// answer: what is read is written again to what reads the same.
func FuzzPositional(f *testing.F) {
	f.Add(vectors.Unhex(f, agnsBefore+agnsIAD+agnsBehind), true)
	f.Add(vectors.Unhex(f, agnsBefore+agnsIAD+strings.Repeat("00", 25)+agnsBehind+agnsAID), true)
	f.Add(vectors.Unhex(f, agnsName+agnsARPC+agnsScripts), false)
	f.Fuzz(func(t *testing.T, chip []byte, request bool) {
		if len(chip) == 0 || len(chip) > 255 {
			return
		}
		var m message.Message = &message.AuthorizationResponse{Header: header(t, false, false), ICCData: secret.New(vectors.Unhex(t, "910AA0EB1A5F3067E54A3030"))}
		if request {
			m = chipRequest(t, vectors.Unhex(t, agnsObjects))
		}
		read, err := message.AGNS93().Unpack(withChip(t, m, chip))
		if err != nil {
			require.ErrorIs(t, err, emv.ErrMalformed)
			return
		}
		objects := iccOf(t, read)
		again, err := message.AGNS93().Unpack(pack(t, message.AGNS93(), read))
		require.NoError(t, err)
		require.Equal(t, objects, iccOf(t, again))
	})
}
