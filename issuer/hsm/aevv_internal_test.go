package hsm

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/emv/random"
	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/testdata/vectors"
)

func panOf(t *testing.T, digits string) account.PAN {
	t.Helper()
	pan, err := account.ParsePAN([]byte(digits))
	require.NoError(t, err)
	return pan
}

// TestAEVVCode has a figure of a public test suite for a CAVV of usage 3, version 0
// (gocavv, visa_test.go): the whole value, its code 972. Of a longer account number the
// last 16 digits count, of a shorter one zeros stand before it.
func TestAEVVCode(t *testing.T) {
	key, err := secret.NewTDES(vectors.Unhex(t, "0123456789ABCDEFFEDCBA9876543210"))
	require.NoError(t, err)
	whole := AEVV(vectors.Unhex(t, "0700010972799396022310347279930000000000"))
	require.True(t, wellFormed(whole))
	assert.Equal(t, Attempted, whole.Result())
	for _, digits := range []string{"4123456789012345", "9994123456789012345"} {
		code := aevvCode(key, panOf(t, digits), whole)
		assert.Equal(t, whole[3:5], code[:], digits)
	}
	assert.Equal(t, aevvCode(key, panOf(t, "0374245001741007"), whole), aevvCode(key, panOf(t, "374245001741007"), whole))
	assert.Equal(t, [2]byte{0x01, 0x20}, threeDigits([8]byte{0xFF, 0xA1, 0xF2, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F}), "few digits: here 1, 2 and 0")
	assert.Equal(t, [2]byte{0x09, 0x51}, threeDigits([8]byte{0xFB, 0xBF, 0xFF, 0xF9, 0xFF, 0xFF, 0xFF, 0xFF}), "then letters")
}

// TestAEVV: a value is right for its card and its key alone, and no other form is.
func TestAEVV(t *testing.T) {
	m, err := New(nil, random.Seeded(1).Stream("hsm"))
	require.NoError(t, err)
	card := Card{PAN: panOf(t, "374245001741007")}
	seen := map[AEVV]bool{}
	wrong := 0
	for range 200 {
		v, err := m.MakeAEVV(card, Authenticated)
		require.NoError(t, err)
		require.NoError(t, m.CheckAEVV(card, v[:]))
		require.False(t, seen[v])
		seen[v] = true
		if m.CheckAEVV(Card{PAN: panOf(t, "374245001751006")}, v[:]) != nil {
			wrong++
		}
	}
	assert.Greater(t, wrong, 190, "three digits, so that one card in a thousand agrees")
	v, err := m.MakeAEVV(card, Attempted)
	require.NoError(t, err)
	for name, change := range map[string]func(b []byte){
		"letters":         func(b []byte) { b[1] = 0x0A },
		"result":          func(b []byte) { b[0] = 0x10 },
		"key":             func(b []byte) { b[2] = 2 },
		"four digits":     func(b []byte) { b[3] |= 0x10 },
		"last digits":     func(b []byte) { b[5] ^= 1 },
		"version":         func(b []byte) { b[15] = 0x10 },
		"network address": func(b []byte) { b[19] = 1 },
	} {
		b := bytes.Clone(v[:])
		change(b)
		require.ErrorIs(t, m.CheckAEVV(card, b), emv.ErrMalformed, name)
	}
	require.ErrorIs(t, m.CheckAEVV(card, v[:19]), emv.ErrMalformed)
	b := bytes.Clone(v[:])
	b[4] = b[4]&0xF0 | (b[4]&0x0F+1)%10
	require.ErrorIs(t, m.CheckAEVV(card, b), emv.ErrWrongMAC)
	m.ring.cid = secret.Key{}
	require.ErrorIs(t, m.CheckAEVV(card, v[:]), ErrNoKey)
	_, err = m.MakeAEVV(card, Authenticated)
	require.ErrorIs(t, err, ErrNoKey)
}
