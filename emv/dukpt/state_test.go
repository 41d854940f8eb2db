package dukpt_test

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/dukpt"
	"github.com/f510b0cf/till/emv/secret"
)

// TestRestoredTDESDeviceGoesOn restores a device at any counter: it makes the
// keys that the host works out, from where it was.
func TestRestoredTDESDeviceGoesOn(t *testing.T) {
	host, err := dukpt.NewTDESHost(tdesKey(t, bdk128))
	require.NoError(t, err)
	rapid.Check(t, func(t *rapid.T) {
		ksn := dukpt.TDESKSN{0: 0xFF, 5: 0x12, 7: 0x20}
		device, err := dukpt.NewTDESDevice(host.InitialKey(ksn), ksn)
		require.NoError(t, err)
		before, after := rapid.IntRange(0, 300).Draw(t, "before"), rapid.IntRange(1, 70).Draw(t, "after")
		for range before {
			_, _, err := device.Next()
			require.NoError(t, err)
		}
		restored, err := dukpt.RestoreTDESDevice(device.State())
		require.NoError(t, err)
		require.True(t, restored.State().Equal(device.State()))
		for range after {
			n, key, err := restored.Next()
			require.NoError(t, err)
			want, _, err := device.Next()
			require.NoError(t, err)
			require.Equal(t, want, n)
			expected, err := host.TransactionKey(n)
			require.NoError(t, err)
			require.True(t, expected.PIN().Equal(key.PIN()))
		}
	})
}

// TestRestoredAESDeviceGoesOn does the same for AES keys of each length.
func TestRestoredAESDeviceGoesOn(t *testing.T) {
	for _, bdk := range [][]byte{bdk128, bdk192, bdk256} {
		host, err := dukpt.NewAESHost(aesKey(t, bdk))
		require.NoError(t, err)
		device, err := dukpt.NewAESDevice(host.InitialKey(keyID), keyID)
		require.NoError(t, err)
		for range 400 {
			device, err = dukpt.RestoreAESDevice(device.State())
			require.NoError(t, err)
			n, key, err := device.Next()
			require.NoError(t, err)
			expected, err := host.TransactionKey(n)
			require.NoError(t, err)
			require.True(t, expected.Key().Equal(key.Key()))
		}
	}
}

// TestRestoreRefuses alters a state: what is no state of a device of that
// algorithm is refused, and nothing panics, at the next key neither.
func TestRestoreRefuses(t *testing.T) {
	device, err := dukpt.NewTDESDevice(tdesKey(t, bdk128), dukpt.TDESKSN{})
	require.NoError(t, err)
	var state []byte
	device.State().Open(func(b []byte) { state = append(state, b...) })
	_, err = dukpt.RestoreAESDevice(secret.New(state))
	assert.ErrorIs(t, err, emv.ErrMalformed, "TDES state for an AES device")
	for n := range len(state) {
		_, err := dukpt.RestoreTDESDevice(secret.New(state[:n]))
		require.ErrorIs(t, err, emv.ErrMalformed, "cut to %d bytes", n)
	}
	for name, at := range map[string]int{"version": 0, "algorithm": 1, "counter 0": 19, "register 24": 20, "length of keys": 24} {
		altered := append([]byte(nil), state...)
		altered[at] ^= 0x01
		_, err := dukpt.RestoreTDESDevice(secret.New(altered))
		assert.ErrorIs(t, err, emv.ErrMalformed, name)
	}
	rapid.Check(t, func(t *rapid.T) {
		altered := append([]byte(nil), state...)
		altered[rapid.IntRange(0, len(altered)-1).Draw(t, "at")] ^= byte(rapid.IntRange(1, 255).Draw(t, "mask"))
		restored, err := dukpt.RestoreTDESDevice(secret.New(altered))
		if err == nil {
			_, _, err = restored.Next()
			require.True(t, err == nil || errors.Is(err, dukpt.ErrExhausted))
		}
	})
}
