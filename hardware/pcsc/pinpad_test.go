package pcsc

import (
	"context"
	"encoding/binary"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/hardware"
)

// endpoint is the control endpoint of a reader with a PIN pad. It reads the structures
// field by field, by its own understanding of them, and does as they say with digits
// that are keyed in.
type endpoint struct {
	t    *testing.T
	keys []string // what is keyed in, in turn
	card func(command []byte) []byte
}

// The control codes of the endpoint: any do.
const (
	verifyCode = 0x42330006
	modifyCode = 0x42330007
)

func (e *endpoint) control(code uint32, in []byte) ([]byte, error) {
	require.Equal(e.t, []byte{30, 30}, in[:2], "seconds")
	extra, rest, offsets := 0, in[5:], []int{0}
	if code == modifyCode {
		offsets, extra = []int{int(in[5]), int(in[6])}, 3
		rest = in[7:]
	} else {
		require.EqualValues(e.t, verifyCode, code)
	}
	require.Equal(e.t, []byte{12, 4}, rest[:2], "most and fewest digits")
	if code == modifyCode {
		require.Equal(e.t, []byte{3, 2, 3, 0x09, 0x04, 0, 1, 2}, rest[2:10])
	} else {
		require.Equal(e.t, []byte{2, 1, 0x09, 0x04, 0}, rest[2:7])
	}
	rest = rest[7+extra:]
	require.Equal(e.t, []byte{0, 0, 0}, rest[:3], "TeoPrologue")
	command := rest[7:]
	require.EqualValues(e.t, len(command), binary.LittleEndian.Uint32(rest[3:7]))
	for _, offset := range offsets {
		e.place(command[5+offset:], in[2], in[3], in[4], e.keys[0])
		e.keys = e.keys[1:]
	}
	return e.card(command), nil
}

// place puts digits into data as the three format bytes say.
func (e *endpoint) place(data []byte, format, block, length byte, digits string) {
	require.Equal(e.t, byte(0x80), format&0x80, "positions count bytes")
	require.Equal(e.t, byte(0x01), format&0x07, "BCD from the left")
	at := int(format >> 3 & 0x0F)
	for i := range int(block & 0x0F) {
		data[at+i] = 0xFF
	}
	for i, d := range []byte(digits) {
		b := &data[at+i/2]
		if i%2 == 0 {
			*b = (d-'0')<<4 | (*b & 0x0F)
		} else {
			*b = (*b & 0xF0) | (d - '0')
		}
	}
	require.Equal(e.t, byte(4), block>>4, "bits of the length")
	require.Zero(e.t, length&0x10, "the place of the length counts bits")
	require.Equal(e.t, byte(4), length&0x0F, "the low half of byte 0")
	data[0] = data[0]&0xF0 | byte(len(digits))
}

// padded returns the card of a reader with a PIN pad.
func padded(t *testing.T, e *endpoint, features map[byte]uint32) hardware.Card {
	t.Helper()
	f := newFake()
	f.features, f.control = features, e.control
	r := open(t, f, 0)
	f.Insert(chipOf(nil))
	card, err := r.WaitCard(t.Context())
	require.NoError(t, err)
	return card
}

// TestVerifyAtThePad: the digits come to the card in a format 2 block.
func TestVerifyAtThePad(t *testing.T) {
	for digits, want := range map[string][]byte{
		"1234":         {0x00, 0x20, 0x00, 0x80, 0x08, 0x24, 0x12, 0x34, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF},
		"12345":        {0x00, 0x20, 0x00, 0x80, 0x08, 0x25, 0x12, 0x34, 0x5F, 0xFF, 0xFF, 0xFF, 0xFF},
		"123456789012": {0x00, 0x20, 0x00, 0x80, 0x08, 0x2C, 0x12, 0x34, 0x56, 0x78, 0x90, 0x12, 0xFF},
	} {
		var got []byte
		e := &endpoint{t: t, keys: []string{digits}, card: func(command []byte) []byte {
			got = command
			return []byte{0x63, 0xC2}
		}}
		card := padded(t, e, map[byte]uint32{featureVerifyPINDirect: verifyCode})
		_, modifies := card.(hardware.PINModifier)
		assert.False(t, modifies)
		answer, err := card.(hardware.PINVerifier).VerifyPIN(t.Context(), []byte{0x00, 0x20, 0x00, 0x80, 0x08, 0x20, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF})
		require.NoError(t, err)
		assert.Equal(t, []byte{0x63, 0xC2}, answer)
		assert.Equal(t, want, got)
	}
}

func TestModifyAtThePad(t *testing.T) {
	var got []byte
	e := &endpoint{t: t, keys: []string{"1234", "567890"}, card: func(command []byte) []byte {
		got = command
		return []byte{0x90, 0x00}
	}}
	card := padded(t, e, map[byte]uint32{featureVerifyPINDirect: verifyCode, featureModifyPINDirect: modifyCode})
	template := append([]byte{0x00, 0x24, 0x00, 0x80, 0x10}, make([]byte, 16)...)
	template[5], template[13] = 0x20, 0x20
	answer, err := card.(hardware.PINModifier).ModifyPIN(t.Context(), template)
	require.NoError(t, err)
	assert.Equal(t, []byte{0x90, 0x00}, answer)
	assert.Equal(t, []byte{0x00, 0x24, 0x00, 0x80, 0x10, 0x24, 0x12, 0x34, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
		0x26, 0x56, 0x78, 0x90, 0xFF, 0xFF, 0xFF, 0xFF}, got)
}

// TestPadRefuses: templates without room for a PIN, readers without a pad, and an
// answer that is none.
func TestPadRefuses(t *testing.T) {
	e := &endpoint{t: t, keys: []string{"1234"}, card: func([]byte) []byte { return nil }}
	card := padded(t, e, map[byte]uint32{featureVerifyPINDirect: verifyCode, featureModifyPINDirect: modifyCode})
	for _, template := range [][]byte{nil, {0x00, 0x20, 0x00, 0x80}, {0x00, 0x20, 0x00, 0x80, 0x01, 0x20}} {
		_, err := card.(hardware.PINVerifier).VerifyPIN(t.Context(), template)
		require.ErrorIs(t, err, errTemplate)
		_, err = card.(hardware.PINModifier).ModifyPIN(t.Context(), template)
		require.ErrorIs(t, err, errTemplate)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	template := append([]byte{0x00, 0x20, 0x00, 0x80, 0x08, 0x20}, make([]byte, 7)...)
	_, err := card.(hardware.PINVerifier).VerifyPIN(ctx, template)
	require.ErrorIs(t, err, context.Canceled)
	_, err = card.(hardware.PINVerifier).VerifyPIN(t.Context(), template)
	require.ErrorIs(t, err, hardware.ErrCardRemoved)
	for _, features := range []map[byte]uint32{nil, {}, {featureModifyPINDirect: modifyCode}} {
		_, verifies := padded(t, e, features).(hardware.PINVerifier)
		assert.False(t, verifies)
	}
	assert.Empty(t, parseFeatures([]byte{6, 4, 1, 2, 3}))
}

// TestControlCode pins the numbers of both families of systems.
func TestControlCode(t *testing.T) {
	assert.Contains(t, []uint32{0x42000D48, 0x313520}, controlCode(getFeatureRequest))
}
