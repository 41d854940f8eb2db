package dukpt

import (
	"encoding/binary"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv/secret"
)

// TestDeviceForgets looks into the registers: what was handed out is gone, and
// so are the initial key and every key from which one handed out could be
// worked out again.
func TestDeviceForgets(t *testing.T) {
	initial, err := secret.NewTDES([]byte("0123456789abcdef"))
	require.NoError(t, err)
	device, err := NewTDESDevice(initial, TDESKSN{})
	require.NoError(t, err)
	used := []secret.Key{initial}
	for range 200 {
		_, key, err := device.Next()
		require.NoError(t, err)
		used = append(used, key.key)
	}
	for i, register := range device.keys.keys {
		for _, key := range used {
			assert.False(t, !register.IsZero() && register.Equal(key), "register %d", i)
		}
	}
	// 200 is C8: registers 0 to 2 were filled for 201 to 204, 3 was used.
	for i, kept := range []bool{true, true, true, false, true, true, false, false, true} {
		assert.Equal(t, kept, !device.keys.keys[i].IsZero(), "register %d", i)
	}
	assert.True(t, device.keys.keys[21].IsZero(), "TDES has 21 registers")
}

// TestWholeLife uses up a device whose keys are their own counters: it makes one
// transaction for each counter of 21 bits with 1 to 10 ones, rising, each with
// the right key, and every key comes from that of the counter without its lowest
// one bit.
func TestWholeLife(t *testing.T) {
	name := func(counter uint32) secret.Key {
		raw := make([]byte, 16)
		binary.BigEndian.PutUint32(raw, counter)
		key, err := secret.NewAES(raw) // TDES keys have parity bits, which are not compared
		require.NoError(t, err)
		return key
	}
	counterOf := func(key secret.Key) (counter uint32) {
		key.Open(func(raw []byte) { counter = binary.BigEndian.Uint32(raw) })
		return counter
	}
	regs := load(name(0), tdesRules, func(parent secret.Key, counter uint32) secret.Key {
		if counterOf(parent) != counter&(counter-1) {
			t.Fatalf("key %06X made from key %06X", counter, counterOf(parent))
		}
		return name(counter)
	})
	count, last := 0, uint32(0)
	for {
		counter, key, err := regs.next()
		if err != nil {
			require.ErrorIs(t, err, ErrExhausted)
			break
		}
		if counter <= last || counterOf(key) != counter || tdesRules.check(counter) != nil {
			t.Fatalf("counter %06X with key %06X after %06X", counter, counterOf(key), last)
		}
		count, last = count+1, counter
	}
	// The sum of C(21,i) for i from 1 to 10 is half of 2^21, less one.
	assert.Equal(t, 1<<20-1, count)
	assert.Equal(t, uint32(0x1FF800), last)
	_, _, err := regs.next()
	assert.ErrorIs(t, err, ErrExhausted, "it stays exhausted")
}

// TestRegistersNearTheEnd walks the counter's last steps, which a device would
// reach after years only, with keys that stand for nothing.
func TestRegistersNearTheEnd(t *testing.T) {
	key, err := secret.NewTDES(make([]byte, 16))
	require.NoError(t, err)
	same := func(secret.Key, uint32) secret.Key { return key }
	regs := load(key, aesRules, same)
	regs.counter = 0xFFFE2000
	var seen []uint32
	for {
		counter, _, err := regs.next()
		if err != nil {
			require.ErrorIs(t, err, ErrExhausted)
			break
		}
		seen = append(seen, counter)
	}
	assert.Equal(t, []uint32{0xFFFE2000, 0xFFFE4000, 0xFFFE8000, 0xFFFF0000}, seen)
}

// TestEmptyRegisterPanics holds the invariant of next.
func TestEmptyRegisterPanics(t *testing.T) {
	regs := registers{rules: tdesRules, counter: 1}
	assert.Panics(t, func() { _, _, _ = regs.next() })
}
