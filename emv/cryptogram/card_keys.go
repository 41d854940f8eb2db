package cryptogram

import (
	"sync"

	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/emv/secret"
)

// MasterKeys are the three keys that an issuer, or a card of it, has. EMV Book
// 2, 8.3 and 9.
type MasterKeys struct {
	secret.Opaque
	AC  secret.Key // application cryptograms
	SMI secret.Key // secure messaging, integrity: MACs of scripts
	SMC secret.Key // secure messaging, confidentiality: PIN blocks in scripts
}

// ForCard returns the ICC master keys of a card, taking k as the issuer's.
func (k MasterKeys) ForCard(pan account.PAN, n account.SequenceNumber, o Option) MasterKeys {
	return MasterKeys{
		AC:  MasterKey(k.AC, pan, n, o),
		SMI: MasterKey(k.SMI, pan, n, o),
		SMC: MasterKey(k.SMC, pan, n, o),
	}
}

// CardKeysDefault is a good number of cards for a cache: with all three keys in
// use one takes about 1.2 kB.
const CardKeysDefault = 1 << 14

// CardKeyCache keeps the ICC master keys of the cards last used, since a key
// schedule costs more than the cryptograms of a transaction. K names a card and
// the issuer's set of keys, for instance a struct of account.Ref and the set's
// number. It is safe for concurrent use.
type CardKeyCache[K comparable] struct {
	mu sync.RWMutex
	// Keys enter young. When it is full it becomes old, and what nobody has
	// asked for since the last time it was full is forgotten. So a hit in young
	// changes nothing and needs no more than a read lock.
	young, old map[K]MasterKeys
	half       int // the number of cards that each holds at most
}

// NewCardKeyCache returns a cache that holds at most that many cards, and two
// at the least.
func NewCardKeyCache[K comparable](cards int) *CardKeyCache[K] {
	return &CardKeyCache[K]{
		young: map[K]MasterKeys{},
		old:   map[K]MasterKeys{},
		half:  max(cards/2, 1),
	}
}

// Get returns the keys of a card, and calls derive for them where they are not
// held. derive runs without the lock, so for one card it may run more than once
// at the same time; it must return equal keys each time.
func (c *CardKeyCache[K]) Get(card K, derive func() MasterKeys) MasterKeys {
	c.mu.RLock()
	keys, young := c.young[card]
	c.mu.RUnlock()
	if young {
		return keys
	}
	if keys, held := c.refresh(card); held {
		return keys
	}
	keys = derive()
	c.mu.Lock()
	defer c.mu.Unlock()
	if held, young := c.young[card]; young {
		return held // somebody else was faster
	}
	c.add(card, keys)
	return keys
}

// refresh returns the keys of a card that is held, and sees to it that it is
// young.
func (c *CardKeyCache[K]) refresh(card K) (keys MasterKeys, held bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if keys, held = c.young[card]; held {
		return keys, true
	}
	if keys, held = c.old[card]; held {
		c.add(card, keys)
	}
	return keys, held
}

// add puts keys into young, where they are not yet. The caller holds the lock.
func (c *CardKeyCache[K]) add(card K, keys MasterKeys) {
	if len(c.young) >= c.half {
		c.young, c.old = c.old, c.young
		clear(c.young)
	}
	c.young[card] = keys
}

// Len returns the number of cards held; one that is both old and young counts
// twice.
func (c *CardKeyCache[K]) Len() int {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return len(c.young) + len(c.old)
}
