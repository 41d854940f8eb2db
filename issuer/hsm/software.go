package hsm

import (
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
	refs     account.Refs
	tdes     dukpt.TDESHost // where the ring has its base derivation key
	aes      dukpt.AESHost
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
	s := &Software{ring: ring, refs: account.NewRefs(ring.reference), random: random, cardKeys: cryptogram.NewCardKeyCache[cardKeyName](cryptogram.CardKeysDefault), transport: sync.OnceValues(newTransport)}
	if !ring.bdkTDES.IsZero() {
		s.tdes, _ = dukpt.NewTDESHost(ring.bdkTDES) // the ring has no key of another algorithm
	}
	if !ring.bdkAES.IsZero() {
		s.aes, _ = dukpt.NewAESHost(ring.bdkAES)
	}
	return s
}

// Ref returns the reference of an account.
func (s *Software) Ref(pan account.PAN, n account.SequenceNumber) account.Ref {
	return s.refs.Ref(pan, n)
}

// ref returns the reference of a card.
func (s *Software) ref(c Card) account.Ref { return s.Ref(c.PAN, c.SequenceNumber) }

// keysOf returns the ICC master keys of a card.
func (s *Software) keysOf(c Card) (cryptogram.MasterKeys, error) {
	set, ok := s.ring.sets[c.KeySet]
	if !ok {
		return cryptogram.MasterKeys{}, fmt.Errorf("key set %d: %w", c.KeySet, ErrNoKey)
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
	add("BDK TDES", s.ring.bdkTDES)
	add("BDK AES", s.ring.bdkAES)
	add("zone key", s.ring.zone)
	return checks
}

// StorageChecks returns the check values of the keys that are nobody else's: those
// that seal, by their versions, and that of card identification digits.
func (s *Software) StorageChecks() []KeyCheck {
	var checks []KeyCheck
	for n, k := range s.ring.pin {
		checks = append(checks, KeyCheck{fmt.Sprintf("PIN key %d", n+1), k.CheckValue()})
	}
	for n, k := range s.ring.data {
		checks = append(checks, KeyCheck{fmt.Sprintf("data key %d", n+1), k.CheckValue()})
	}
	if !s.ring.cid.IsZero() {
		checks = append(checks, KeyCheck{"CID key", s.ring.cid.CheckValue()})
	}
	return checks
}

// KeySets returns the numbers of the sets of issuer master keys, in rising order.
func (s *Software) KeySets() []uint8 {
	var numbers []uint8
	for number := range s.ring.sets {
		numbers = append(numbers, number)
	}
	slices.Sort(numbers)
	return numbers
}
