package cryptogram_test

import (
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv/cryptogram"
	"github.com/f510b0cf/till/emv/secret"
)

// numbered returns a key that tells its number.
func numbered(t testing.TB, n int) secret.Key {
	return tdes(t, fmt.Appendf(nil, "%016d", 2*n)) // even: DES ignores the lowest bit
}

func TestMasterKeysForCard(t *testing.T) {
	issuer := cryptogram.MasterKeys{AC: numbered(t, 1), SMI: numbered(t, 2), SMC: numbered(t, 3)}
	number, n := pan(t, "374245001741007"), psn(t, "02")
	keys := issuer.ForCard(number, n, cryptogram.OptionA)
	assert.True(t, keys.AC.Equal(cryptogram.MasterKey(issuer.AC, number, n, cryptogram.OptionA)))
	assert.True(t, keys.SMI.Equal(cryptogram.MasterKey(issuer.SMI, number, n, cryptogram.OptionA)))
	assert.True(t, keys.SMC.Equal(cryptogram.MasterKey(issuer.SMC, number, n, cryptogram.OptionA)))
}

// counted is a cache that counts derivations.
type counted struct {
	*cryptogram.CardKeyCache[int]
	derived map[int]int
}

func (c counted) get(t testing.TB, card int) {
	t.Helper()
	keys := c.Get(card, func() cryptogram.MasterKeys {
		c.derived[card]++
		return cryptogram.MasterKeys{AC: numbered(t, card)}
	})
	require.True(t, keys.AC.Equal(numbered(t, card)), "keys of another card")
}

func TestCardKeyCacheIsBounded(t *testing.T) {
	for _, cards := range []int{-1, 0, 1, 2, 3, 10} {
		c := counted{cryptogram.NewCardKeyCache[int](cards), map[int]int{}}
		for card := range 100 {
			c.get(t, card)
			require.LessOrEqual(t, c.Len(), max(cards, 2))
		}
	}
}

func TestCardKeyCacheKeepsWhatIsUsed(t *testing.T) {
	c := counted{cryptogram.NewCardKeyCache[int](10), map[int]int{}}
	for card := range 100 {
		c.get(t, -1)
		c.get(t, card)
	}
	assert.Equal(t, 1, c.derived[-1], "a card used all the time is never forgotten")
	c.get(t, 99)
	assert.Equal(t, 1, c.derived[99], "nor is the last one")
	c.get(t, 0)
	assert.Equal(t, 2, c.derived[0], "one not used for long is")
}

func TestCardKeyCacheTakesManyAtOnce(t *testing.T) {
	cache := cryptogram.NewCardKeyCache[int](8)
	var all sync.WaitGroup
	for worker := range 8 {
		all.Go(func() {
			for i := range 500 {
				card := (i*7 + worker) % 20
				keys := cache.Get(card, func() cryptogram.MasterKeys {
					return cryptogram.MasterKeys{AC: numbered(t, card)}
				})
				assert.Equal(t, numbered(t, card).CheckValue(), keys.AC.CheckValue())
			}
		})
	}
	all.Wait()
	assert.LessOrEqual(t, cache.Len(), 8)
}

// TestCardKeyCacheLostRace: who derives a card's keys and finds them there when
// done forgets nobody else's.
func TestCardKeyCacheLostRace(t *testing.T) {
	c := counted{cryptogram.NewCardKeyCache[int](2), map[int]int{}}
	c.get(t, 2)
	keys := c.Get(1, func() cryptogram.MasterKeys {
		c.get(t, 1) // another goroutine is faster
		return cryptogram.MasterKeys{AC: numbered(t, 1)}
	})
	assert.True(t, keys.AC.Equal(numbered(t, 1)))
	c.get(t, 2)
	assert.Equal(t, map[int]int{1: 1, 2: 1}, c.derived)
}
