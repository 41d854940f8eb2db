package hsm

import (
	"crypto/hmac"
	"crypto/sha256"
	"fmt"
	"io"
	"slices"
	"sync"

	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/emv/cryptogram"
	"github.com/f510b0cf/till/emv/dukpt"
	"github.com/f510b0cf/till/emv/secret"
)

// Software is a Module whose keys lie in the memory of the process.
type Software struct {
	secret.Opaque
	ring     keyRing
	tdes     map[string]dukpt.TDESHost // by the identifiers of the ring's base derivation keys
	aes      map[string]dukpt.AESHost
	random   io.Reader
	cardKeys *cryptogram.CardKeyCache[cardKeyName]

	transport func() (transport, error)
}

var _ Module = (*Software)(nil)

// cardKeyName names the keys of a card in the cache.
type cardKeyName struct {
	ref    account.Ref
	set    uint8
	option cryptogram.Option
}

// New returns a module without files, for demonstrations and tests. given and
// random are as for Init; random must be safe for concurrent use where the module
// is used so.
func New(given io.Reader, random io.Reader) (*Software, error) {
	random = orSystem(random)
	ring, err := newRing(given, random)
	if err != nil {
		return nil, err
	}
	return newSoftware(ring, random), nil
}

func newSoftware(ring keyRing, random io.Reader) *Software {
	s := &Software{ring: ring, random: random, cardKeys: cryptogram.NewCardKeyCache[cardKeyName](cryptogram.CardKeysDefault), transport: sync.OnceValues(newTransport)}
	s.tdes, s.aes = map[string]dukpt.TDESHost{}, map[string]dukpt.AESHost{}
	for _, k := range ring.bdkTDES {
		s.tdes[k.id], _ = dukpt.NewTDESHost(k.key) // the ring has no key of another algorithm
	}
	for _, k := range ring.bdkAES {
		s.aes[k.id], _ = dukpt.NewAESHost(k.key)
	}
	return s
}

// Ref returns the reference of an account.
func (s *Software) Ref(pan account.PAN, n account.SequenceNumber) account.Ref {
	return account.NewRef(s.ring.reference, pan, n)
}

// ref returns the reference of a card.
func (s *Software) ref(c Card) account.Ref { return s.Ref(c.PAN, c.SequenceNumber) }

// keysOf returns the ICC master keys of a card.
func (s *Software) keysOf(c Card) (cryptogram.MasterKeys, error) {
	set, err := s.set(c.KeySet)
	if err != nil {
		return cryptogram.MasterKeys{}, err
	}
	option := c.Option
	if option == 0 {
		option = set.option
	}
	return s.cardKeys.Get(cardKeyName{s.ref(c), c.KeySet, option}, func() cryptogram.MasterKeys {
		return set.keys.ForCard(c.PAN, c.SequenceNumber, option)
	}), nil
}

// KeyCheck is a key by its name and check value, by which two parties see that
// they have the same one.
type KeyCheck struct {
	Name       string
	CheckValue [3]byte
}

// KeyChecks returns the check values of the keys that are shared with others: those
// of cards, terminals and zone.
func (s *Software) KeyChecks() []KeyCheck {
	var checks []KeyCheck
	add := func(name string, k secret.Key) {
		if !k.IsZero() {
			checks = append(checks, KeyCheck{name, k.CheckValue()})
		}
	}
	for _, number := range s.KeySets() {
		keys := s.ring.sets[number].keys
		add(fmt.Sprintf("set %d IMK-AC", number), keys.AC)
		add(fmt.Sprintf("set %d IMK-SMI", number), keys.SMI)
		add(fmt.Sprintf("set %d IMK-SMC", number), keys.SMC)
	}
	for _, k := range s.ring.bdkTDES {
		add(familyTDES.keyName(k.id), k.key)
	}
	for _, k := range s.ring.bdkAES {
		add(familyAES.keyName(k.id), k.key)
	}
	for _, k := range s.ring.zones {
		add(zoneKeyName(k.id), k.key)
	}
	return checks
}

// StorageChecks returns the check values of the keys that are nobody else's: those
// that seal, by their versions, that of card identification digits, and that of
// references, which is no key of a block cipher: its check value is the first three
// bytes of HMAC-SHA-256 over a label.
func (s *Software) StorageChecks() []KeyCheck {
	var checks []KeyCheck
	add := func(name string, v versions) {
		for n, k := range v {
			if !k.IsZero() {
				checks = append(checks, KeyCheck{fmt.Sprintf("%s %d", name, n+1), k.CheckValue()})
			}
		}
	}
	add(pinKeyName, s.ring.pin)
	add(dataKeyName, s.ring.data)
	if !s.ring.cid.IsZero() {
		checks = append(checks, KeyCheck{"CID key", s.ring.cid.CheckValue()})
	}
	return append(checks, KeyCheck{"reference key", referenceCheck(s.ring.reference)})
}

// referenceCheck returns the check value of the key of references.
func referenceCheck(key secret.Value) (check [3]byte) {
	key.Open(func(k []byte) {
		mac := hmac.New(sha256.New, k)
		mac.Write([]byte(referenceCheckLabel))
		copy(check[:], mac.Sum(nil))
	})
	return check
}

// referenceCheckLabel separates the check value from all references.
const referenceCheckLabel = "till key check value"

// KeySets returns the numbers of the sets of issuer master keys, in rising order.
func (s *Software) KeySets() []uint8 {
	var numbers []uint8
	for number := range s.ring.sets {
		numbers = append(numbers, number)
	}
	slices.Sort(numbers)
	return numbers
}
