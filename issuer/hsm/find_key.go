package hsm

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/f510b0cf/till/emv/dukpt"
	"github.com/f510b0cf/till/emv/secret"
)

// Names of the kinds of keys that have numbers behind them.
const (
	setName     = "set"
	pinKeyName  = "PIN key"
	dataKeyName = "data key"
)

// numbered returns the name of a key of a kind.
func numbered[N int | uint8](kind string, n N) string { return kind + " " + strconv.Itoa(int(n)) }

// missing says why a key is not there.
func (r *keyRing) missing(name string) error {
	if slices.Contains(r.retired, name) {
		return fmt.Errorf("%s: %w", name, ErrRetired)
	}
	return fmt.Errorf("%s: %w", name, ErrNoKey)
}

// CurrentSet returns the set of issuer master keys that new cards are made with.
func (s *Software) CurrentSet() uint8 { return s.ring.current }

// set returns a set of issuer master keys.
func (s *Software) set(number uint8) (keySet, error) {
	set, ok := s.ring.sets[number]
	if !ok {
		return keySet{}, s.ring.missing(numbered(setName, number))
	}
	return set, nil
}

// hostTDES returns the base derivation key of a key serial number.
func (s *Software) hostTDES(n dukpt.TDESKSN) (dukpt.TDESHost, error) {
	id := familyTDES.idOf(n[:], s.ring.bdkTDES, s.ring.retired)
	host, ok := s.tdes[id]
	if !ok {
		return host, s.ring.missing(familyTDES.keyName(id))
	}
	return host, nil
}

// hostAES returns the base derivation key of a key serial number or of an initial key
// ID.
func (s *Software) hostAES(n []byte) (dukpt.AESHost, error) {
	id := familyAES.idOf(n, s.ring.bdkAES, s.ring.retired)
	host, ok := s.aes[id]
	if !ok {
		return host, s.ring.missing(familyAES.keyName(id))
	}
	return host, nil
}

// zoneKey returns the zone key with a number. Hosts that name none share the oldest
// with the issuer, until it is retired.
func (s *Software) zoneKey(number uint8) (secret.Key, error) {
	id := ""
	switch {
	case number == 0 && len(s.ring.zones) > 0:
		id = s.ring.zones[0].id
	case number > 1:
		id = strconv.Itoa(int(number))
	}
	k := s.ring.zones.find(id)
	if k.IsZero() {
		return k, s.ring.missing(zoneKeyName(id))
	}
	return k, nil
}
