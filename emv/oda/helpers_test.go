package oda_test

import (
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/emv/oda"
)

// seeded returns a stream of bytes that is the same in every run.
func seeded(seed byte) *rand.ChaCha8 { return rand.NewChaCha8([32]byte{seed}) }

// keyName is what a test key is known by.
type keyName struct {
	bits     int
	exponent oda.Exponent
	seed     byte
}

var (
	keysMutex sync.Mutex
	keys      = map[keyName]oda.PrivateKey{}
)

// testKey returns the key of a size, exponent and seed, the same in every test.
func testKey(t testing.TB, bits int, exponent oda.Exponent, seed byte) oda.PrivateKey {
	t.Helper()
	keysMutex.Lock()
	defer keysMutex.Unlock()
	name := keyName{bits, exponent, seed}
	if k, ok := keys[name]; ok {
		return k
	}
	k, err := oda.GenerateKey(seeded(seed), bits, exponent)
	require.NoError(t, err)
	keys[name] = k
	return k
}

func testPAN(t testing.TB, digits string) account.PAN {
	t.Helper()
	pan, err := account.ParsePAN([]byte(digits))
	require.NoError(t, err)
	return pan
}

func day(year int, month time.Month, d int) emv.Date {
	return emv.Date{Year: year, Month: month, Day: d}
}

// dataOf returns the data objects of a map.
func dataOf(objects map[emv.Tag][]byte) oda.Data {
	return func(tag emv.Tag) ([]byte, bool) {
		value, ok := objects[tag]
		return value, ok
	}
}
