package hsm

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/f510b0cf/till/emv/cryptogram"
	"github.com/f510b0cf/till/emv/secret"
)

// KeyKind is a kind of keys that rotate.
type KeyKind string

// The kinds of keys.
const (
	StorageKeys KeyKind = "storage" // PIN key and data key
	PINKeys     KeyKind = "pin"     // under which PINs are kept and compared
	DataKeys    KeyKind = "data"
	MasterKeys  KeyKind = "masters" // a set of issuer master keys
	BaseTDES    KeyKind = "bdk-tdes"
	BaseAES     KeyKind = "bdk-aes"
	ZoneKeys    KeyKind = "zone"
)

// numberMax is the highest number of a set or of a zone key.
const numberMax = 255

var (
	errNumbers = errors.New("no number is left for another one")
	errThere   = errors.New("there is or was such a key: give another number or identifier")
)

// rotate adds a new key of a kind: that of g, or one that is drawn where g is nil.
func (r *keyRing) rotate(kind KeyKind, g *keyRing, random io.Reader) (name string, err error) {
	d := &drawer{rand: random}
	if g != nil {
		return r.take(kind, g, d)
	}
	switch kind {
	case StorageKeys:
		if name, err = r.pin.rotate(d, pinKeyName); err == nil {
			var data string
			data, err = r.data.rotate(d, dataKeyName)
			name += " and " + data
		}
	case PINKeys:
		name, err = r.pin.rotate(d, pinKeyName)
	case DataKeys:
		name, err = r.data.rotate(d, dataKeyName)
	case MasterKeys:
		keys := cryptogram.MasterKeys{AC: d.tdes(), SMI: d.tdes(), SMC: d.tdes()}
		name, err = r.addMasters(0, keySet{keys: keys, option: r.sets[r.current].option})
	case BaseTDES:
		name, err = r.bdkTDES.addBase(d, familyTDES, namedKey{key: d.tdes()}, r.retired)
	case BaseAES:
		name, err = r.bdkAES.addBase(d, familyAES, namedKey{key: d.aes()}, r.retired)
	case ZoneKeys:
		name, err = r.addZone(namedKey{key: d.tdes()})
	default:
		err = fmt.Errorf("kind %q: %w", kind, ErrNoKey)
	}
	return name, errors.Join(err, d.err)
}

// rotate draws a new version.
func (v *versions) rotate(d *drawer, kind string) (name string, err error) {
	if v.live() >= versionsMax || len(*v) >= numbersMax {
		return "", errVersions
	}
	*v = append(slices.Clone(*v), d.aes())
	return numbered(kind, len(*v)), nil
}

// addMasters adds a set of issuer master keys for new cards, with the next number
// where it has none.
func (r *keyRing) addMasters(number uint8, set keySet) (name string, err error) {
	if number == 0 {
		next := 1
		for have := range r.sets {
			next = max(next, int(have)+1)
		}
		for slices.Contains(r.retired, numbered(setName, next)) {
			next++
		}
		if next > numberMax {
			return "", errNumbers
		}
		number = uint8(next)
	}
	name = numbered(setName, number)
	if _, there := r.sets[number]; there || slices.Contains(r.retired, name) {
		return "", fmt.Errorf("%s: %w", name, errThere)
	}
	r.sets[number], r.current = set, number
	return name, nil
}

// addZone adds a zone key, with the next number where it has none.
func (r *keyRing) addZone(k namedKey) (name string, err error) {
	taken := func(id string) bool {
		return !r.zones.find(id).IsZero() || slices.Contains(r.retired, zoneKeyName(id))
	}
	for number := 2; k.id == ""; number++ {
		if id := strconv.Itoa(number); !taken(id) {
			k.id = id
		}
	}
	switch number, _ := strconv.Atoi(k.id); {
	case number > numberMax || len(r.zones) >= namedKeysMax:
		return "", errNumbers
	case taken(k.id):
		return "", fmt.Errorf("%s: %w", zoneKeyName(k.id), errThere)
	}
	r.zones = append(slices.Clone(r.zones), k)
	return zoneKeyName(k.id), nil
}

// addBase adds a base derivation key. Where it has no identifier it gets one that no
// key has or had.
func (n *namedKeys) addBase(d *drawer, f family, k namedKey, retired []string) (name string, err error) {
	taken := func(id string) bool { return !n.find(id).IsZero() || slices.Contains(retired, f.keyName(id)) }
	if len(*n) >= namedKeysMax {
		return "", errNumbers
	}
	if k.id != "" && taken(k.id) {
		return "", fmt.Errorf("%s: %w", f.keyName(k.id), errThere)
	}
	for k.id == "" || taken(k.id) {
		d.value(f.idBytes).Open(func(raw []byte) { k.id = strings.ToUpper(hex.EncodeToString(raw)) })
		if d.err != nil {
			return "", d.err
		}
	}
	*n = append(slices.Clone(*n), k)
	return f.keyName(k.id), nil
}

// errNewest says why a key can not be retired.
var errNewest = errors.New("it is the newest of its kind: rotate first")

// retire removes the key with a name.
func (r *keyRing) retire(name string) error {
	if slices.Contains(r.retired, name) {
		return ErrRetired
	}
	if len(r.retired) >= retiredMax {
		return errNumbers
	}
	err := r.remove(name)
	if err == nil {
		r.retired = append(slices.Clone(r.retired), name)
	}
	return err
}

// remove removes the key with a name.
func (r *keyRing) remove(name string) error {
	for number := range r.sets {
		if name != numbered(setName, number) {
			continue
		}
		if number == r.current {
			return errNewest
		}
		delete(r.sets, number)
		return nil
	}
	for n, k := range r.pin {
		if name == numbered(pinKeyName, n+1) && !k.IsZero() {
			if n+1 == len(r.pin) {
				return errNewest
			}
			r.pin[n] = secret.Key{}
			return nil
		}
	}
	for n := range r.data {
		if name == numbered(dataKeyName, n+1) {
			return errors.New("account numbers stay sealed under the data key that their card was issued with, and the journal's seals under theirs: data keys are kept")
		}
	}
	return r.removeNamed(name)
}

// removeNamed removes a key that has an identifier.
func (r *keyRing) removeNamed(name string) error {
	for _, kind := range []struct {
		keys *namedKeys
		name func(id string) string
	}{{&r.bdkTDES, familyTDES.keyName}, {&r.bdkAES, familyAES.keyName}, {&r.zones, zoneKeyName}} {
		for _, k := range *kind.keys {
			if kind.name(k.id) != name {
				continue
			}
			if k.id == kind.keys.newest() {
				return errNewest
			}
			*kind.keys = kind.keys.without(k.id)
			return nil
		}
	}
	return ErrNoKey
}

// Needs reports whether a card with these PINs needs the key with a name. Base
// derivation keys and zone keys are not those of cards.
func (s *Software) Needs(c Card, pins []SealedPIN, name string) bool {
	if name == numbered(setName, c.KeySet) {
		return true
	}
	for _, p := range pins {
		if _, number, err := s.ring.pin.find(p.Sealed, pinContext(s.ref(c), p.Generation)); err == nil && name == numbered(pinKeyName, number) {
			return true
		}
	}
	return false
}
