package hsm_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/issuer/hsm"
)

// cidKey is a key of card identification digits.
const cidKey = "000102030405060708090A0B0C0D0E0F"

// Digits under cidKey of testPAN and 2912.
const cid3, cid4, cid5 = "777", "3795", "23114"

// TestCID has digits that were computed with another CMAC (Python's cryptography)
// under cidKey.
func TestCID(t *testing.T) {
	m := module(t, map[string]any{"cid_key": cidKey})
	expiry := account.Expiry{Year: 2029, Month: time.December}
	for digits, want := range map[int]string{3: cid3, 4: cid4, 5: cid5} {
		got, err := m.CID(cardOf(t, testPAN), expiry, digits)
		require.NoError(t, err)
		assert.True(t, got.Equal(secret.New([]byte(want))), digits)
	}
	for _, digits := range []int{2, 6} {
		_, err := m.CID(cardOf(t, testPAN), expiry, digits)
		require.Error(t, err)
	}
	other, err := m.CID(cardOf(t, testPAN), account.Expiry{Year: 2030, Month: time.January}, 4)
	require.NoError(t, err)
	assert.False(t, other.Equal(secret.New([]byte(cid4))), "of another expiry")
}

// TestCIDKeyIsDrawn where none is given.
func TestCIDKeyIsDrawn(t *testing.T) {
	one, err := module(t, nil).CID(cardOf(t, testPAN), account.Expiry{Year: 2029, Month: time.December}, hsm.CIDDigitsMax)
	require.NoError(t, err)
	assert.False(t, one.IsZero())
}
