package hsm

import (
	"errors"
	"fmt"
	"io"
)

// errGiven says what a file with one key looks like.
var errGiven = errors.New("want one key of the kind and nothing else: key_sets for masters, zone_key or zone_keys, bdks_tdes or bdks_aes; docs/issuer.md shows a file of keys")

// readGiven reads the file of a key that another party gave; nil is none.
func readGiven(given io.Reader) (*keyRing, error) {
	if given == nil {
		return nil, nil
	}
	d, err := readDocument(given)
	if err != nil {
		return nil, err
	}
	defer d.wipe()
	ring, err := d.ring()
	if err != nil {
		return nil, err
	}
	own := len(ring.pin) + len(ring.data) + len(ring.retired)
	if own > 0 || !ring.cid.IsZero() || !ring.reference.IsZero() || d.CurrentSet != 0 || len(ring.sets)+len(ring.bdkTDES)+len(ring.bdkAES)+len(ring.zones) != 1 {
		return nil, fmt.Errorf("read key: %w", errGiven)
	}
	return &ring, nil
}

// take adds the key of g, which has one.
func (r *keyRing) take(kind KeyKind, g *keyRing, d *drawer) (name string, err error) {
	switch {
	case kind == MasterKeys && len(g.sets) == 1:
		for number, set := range g.sets {
			name, err = r.addMasters(number, set)
		}
		return name, err
	case kind == ZoneKeys && len(g.zones) == 1:
		return r.addZone(g.zones[0])
	case kind == BaseTDES && len(g.bdkTDES) == 1:
		return r.bdkTDES.addBase(d, familyTDES, g.bdkTDES[0], r.retired)
	case kind == BaseAES && len(g.bdkAES) == 1:
		return r.bdkAES.addBase(d, familyAES, g.bdkAES[0], r.retired)
	}
	return "", fmt.Errorf("read key: %w", errGiven)
}
