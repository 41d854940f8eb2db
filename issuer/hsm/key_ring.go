package hsm

import (
	"crypto/sha256"
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/f510b0cf/till/emv/cryptogram"
	"github.com/f510b0cf/till/emv/secret"
)

// keyRing is the keys of a module. Those of others' cards and terminals may be
// missing; those under which the module seals are always there.
type keyRing struct {
	secret.Opaque
	sets      map[uint8]keySet
	current   uint8     // set that new cards are made with
	bdkTDES   namedKeys // by identifiers of family
	bdkAES    namedKeys
	zones     namedKeys  // TDES, of PIN blocks between hosts, by number; "" is the first
	retired   []string   // names of keys that were there and are no more
	cid       secret.Key // AES, of card identification digits; none in files made before there were any
	pin       versions   // AES, under which PINs are sealed
	data      versions   // AES, under which all else is sealed
	reference secret.Value
}

// keySet is the issuer master keys of one derivation key index.
type keySet struct {
	secret.Opaque
	keys   cryptogram.MasterKeys
	option cryptogram.Option
}

const (
	storageKeyBytes   = 32 // AES-256
	referenceKeyBytes = sha256.Size
	firstSet          = 1 // the set that is drawn where none is given
)

// complete draws the keys that are missing from a ring: those that the module
// seals under, and those of which nothing was given at all.
func (r *keyRing) complete(rand io.Reader) error {
	d := drawer{rand: rand}
	if len(r.sets) == 0 {
		keys := cryptogram.MasterKeys{AC: d.tdes(), SMI: d.tdes(), SMC: d.tdes()}
		r.sets = map[uint8]keySet{firstSet: {keys: keys, option: cryptogram.OptionA}}
	}
	if len(r.bdkTDES) == 0 && len(r.bdkAES) == 0 && len(r.zones) == 0 {
		r.bdkTDES, r.bdkAES, r.zones = namedKeys{{key: d.tdes()}}, namedKeys{{key: d.aes()}}, namedKeys{{key: d.tdes()}}
	}
	if r.cid.IsZero() {
		r.cid = d.aes()
	}
	if len(r.pin) == 0 {
		r.pin = versions{d.aes()}
	}
	if len(r.data) == 0 {
		r.data = versions{d.aes()}
	}
	if r.reference.IsZero() {
		r.reference = d.value(referenceKeyBytes)
	}
	if d.err != nil {
		return fmt.Errorf("draw keys: %w", d.err)
	}
	return nil
}

// firstSet returns the set that new cards are made with where nothing says which: set
// 1, and where that is not there the lowest.
func (r *keyRing) firstSet() uint8 {
	if _, ok := r.sets[firstSet]; ok || len(r.sets) == 0 {
		return firstSet
	}
	return slices.Min(slices.Collect(maps.Keys(r.sets)))
}

// drawer draws keys until one fails.
type drawer struct {
	rand io.Reader
	err  error
}

func (d *drawer) tdes() (k secret.Key) {
	if d.err == nil {
		k, d.err = secret.GenerateTDES(d.rand)
	}
	return k
}

func (d *drawer) aes() (k secret.Key) {
	d.value(storageKeyBytes).Open(func(raw []byte) {
		if d.err == nil {
			k, d.err = secret.NewAES(raw)
		}
	})
	return k
}

func (d *drawer) value(n int) secret.Value {
	raw := make([]byte, n)
	defer secret.Wipe(raw)
	if d.err == nil {
		_, d.err = io.ReadFull(d.rand, raw)
	}
	return secret.New(raw)
}
