package hsm

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/f510b0cf/till/emv/cryptogram"
	"github.com/f510b0cf/till/emv/secret"
)

// document is keys in JSON: the file of test keys that Init is given, and the
// content of the key file. Keys are hexadecimal digits.
type document struct {
	KeySets      []setDocument `json:"key_sets,omitempty"`
	CurrentSet   uint8         `json:"current_set,omitempty"` // that new cards are made with
	BDKTDES      hexBytes      `json:"bdk_tdes,omitempty"`
	BDKAES       hexBytes      `json:"bdk_aes,omitempty"`
	ZoneKey      hexBytes      `json:"zone_key,omitempty"`
	BDKsTDES     []keyDocument `json:"bdks_tdes,omitempty"` // beside the one above, oldest first
	BDKsAES      []keyDocument `json:"bdks_aes,omitempty"`
	ZoneKeys     []keyDocument `json:"zone_keys,omitempty"`
	Retired      []string      `json:"retired,omitempty"` // names of keys
	ReferenceKey hexBytes      `json:"reference_key,omitempty"`
	CIDKey       hexBytes      `json:"cid_key,omitempty"`
	PINKey       hexBytes      `json:"pin_key,omitempty"`
	DataKey      hexBytes      `json:"data_key,omitempty"`
	OldPINKeys   []hexBytes    `json:"old_pin_keys,omitempty"` // that were rotated out, oldest first; empty: retired
	OldDataKeys  []hexBytes    `json:"old_data_keys,omitempty"`
}

type setDocument struct {
	Number uint8    `json:"number"`
	Option string   `json:"option,omitempty"`
	IMKAC  hexBytes `json:"imk_ac"`
	IMKSMI hexBytes `json:"imk_smi"`
	IMKSMC hexBytes `json:"imk_smc"`
}

// keyDocument is a key that has others of its kind beside it.
type keyDocument struct {
	ID  string   `json:"id"`
	Key hexBytes `json:"key"`
}

// documentMax bounds a document, in bytes.
const documentMax = 1 << 20

// hexBytes is a clear key on its way between a document and a ring.
type hexBytes []byte

// MarshalText writes hexadecimal digits.
func (h hexBytes) MarshalText() ([]byte, error) { return hex.AppendEncode(nil, h), nil }

// UnmarshalText reads hexadecimal digits, with spaces between them if need be. The
// error does not tell them.
func (h *hexBytes) UnmarshalText(text []byte) error {
	text = bytes.ReplaceAll(text, []byte(" "), nil)
	raw := make([]byte, hex.DecodedLen(len(text)))
	if _, err := hex.Decode(raw, text); err != nil {
		return errors.New("a key is not an even number of hexadecimal digits")
	}
	*h = raw
	return nil
}

// readDocument reads one document and nothing behind it.
func readDocument(r io.Reader) (d document, err error) {
	decoder := json.NewDecoder(io.LimitReader(r, documentMax))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&d); err != nil {
		d.wipe()
		return document{}, fmt.Errorf("read keys: %w: docs/issuer.md shows a file of keys", withoutValue(err))
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		d.wipe()
		return document{}, errors.New("read keys: something stands behind the object")
	}
	return d, nil
}

// withoutValue returns an error of encoding/json without the text that it may
// quote from the file.
func withoutValue(err error) error {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		return fmt.Errorf("no JSON at byte %d", syntax.Offset)
	case errors.As(err, &kind):
		return fmt.Errorf("field %s is not a %s", kind.Field, kind.Type)
	}
	if strings.HasPrefix(err.Error(), unknownField) {
		return errors.New("a field that no file of keys has")
	}
	return err
}

// unknownField is how encoding/json begins to tell of one; the name follows.
const unknownField = "json: unknown field "

// ring returns the keys of a document.
func (d document) ring() (keyRing, error) {
	p := keyParser{}
	r := keyRing{
		sets:    map[uint8]keySet{},
		current: d.CurrentSet,
		bdkTDES: p.named("bdks_tdes", d.BDKTDES, d.BDKsTDES, secret.NewTDES, familyTDES.check),
		bdkAES:  p.named("bdks_aes", d.BDKAES, d.BDKsAES, secret.NewAES, familyAES.check),
		zones:   p.named("zone_keys", d.ZoneKey, d.ZoneKeys, secret.NewTDES, checkZoneNumber),
		retired: d.Retired,
		cid:     p.aes("cid_key", d.CIDKey),
		pin:     p.versions("pin_key", d.OldPINKeys, d.PINKey),
		data:    p.versions("data_key", d.OldDataKeys, d.DataKey),
	}
	if len(d.ReferenceKey) > 0 {
		if len(d.ReferenceKey) != referenceKeyBytes {
			p.fail("reference_key", fmt.Errorf("has not %d bytes", referenceKeyBytes))
		}
		r.reference = secret.New(d.ReferenceKey)
	}
	for _, s := range d.KeySets {
		name := fmt.Sprintf("key set %d", s.Number)
		if _, twice := r.sets[s.Number]; twice {
			p.fail(name, errors.New("there twice"))
		}
		r.sets[s.Number] = p.set(name, s)
	}
	if _, there := r.sets[r.current]; r.current != 0 && !there {
		p.fail("current_set", errors.New("there is no such key set"))
	}
	if r.current == 0 {
		r.current = r.firstSet()
	}
	if len(d.Retired) > retiredMax {
		p.fail("retired", fmt.Errorf("more than %d", retiredMax))
	}
	return r, p.err
}

// retiredMax bounds how many keys were retired.
const retiredMax = 1 << 10

// checkZoneNumber reports an identifier that is no number of a zone key.
func checkZoneNumber(id string) error {
	if n, err := strconv.ParseUint(id, 10, 8); err != nil || n < 2 || strconv.FormatUint(n, 10) != id {
		return errors.New("the identifier of a further zone key is a number from 2 to 255")
	}
	return nil
}

// document returns the keys of a ring; the caller wipes it.
func (r *keyRing) document() document {
	d := document{
		Retired: r.retired, CIDKey: raw(r.cid),
	}
	if r.current != r.firstSet() {
		d.CurrentSet = r.current
	}
	d.BDKTDES, d.BDKsTDES = r.bdkTDES.document()
	d.BDKAES, d.BDKsAES = r.bdkAES.document()
	d.ZoneKey, d.ZoneKeys = r.zones.document()
	d.OldPINKeys, d.PINKey = r.pin.document()
	d.OldDataKeys, d.DataKey = r.data.document()
	r.reference.Open(func(clear []byte) { d.ReferenceKey = bytes.Clone(clear) })
	for number, s := range r.sets {
		d.KeySets = append(d.KeySets, setDocument{
			Number: number, Option: s.option.String(),
			IMKAC: raw(s.keys.AC), IMKSMI: raw(s.keys.SMI), IMKSMC: raw(s.keys.SMC),
		})
	}
	return d
}

// raw returns the bytes of a key, nil of none.
func raw(k secret.Key) (b hexBytes) {
	if !k.IsZero() {
		k.Open(func(clear []byte) { b = bytes.Clone(clear) })
	}
	return b
}

// wipe overwrites the keys.
func (d document) wipe() {
	single := []hexBytes{d.BDKTDES, d.BDKAES, d.ZoneKey, d.ReferenceKey, d.CIDKey, d.PINKey, d.DataKey}
	for _, b := range slices.Concat(single, d.OldPINKeys, d.OldDataKeys) {
		secret.Wipe(b)
	}
	for _, k := range slices.Concat(d.BDKsTDES, d.BDKsAES, d.ZoneKeys) {
		secret.Wipe(k.Key)
	}
	for _, s := range d.KeySets {
		secret.Wipe(s.IMKAC)
		secret.Wipe(s.IMKSMI)
		secret.Wipe(s.IMKSMC)
	}
}

// keyParser makes keys and keeps the first error.
type keyParser struct{ err error }

func (p *keyParser) fail(name string, err error) {
	if p.err == nil && err != nil {
		p.err = fmt.Errorf("read keys: %s: %w", name, err)
	}
}

// tdes returns the key of a field, none where the field is not there.
func (p *keyParser) tdes(name string, b hexBytes) secret.Key { return p.key(name, b, secret.NewTDES) }

func (p *keyParser) aes(name string, b hexBytes) secret.Key { return p.key(name, b, secret.NewAES) }

// versions returns the versions of a storage key, none where there is no newest.
func (p *keyParser) versions(name string, old []hexBytes, newest hexBytes) (v versions) {
	if len(newest) == 0 {
		if len(old) > 0 {
			p.fail(name, errors.New("old versions without a newest"))
		}
		return nil
	}
	if len(old) >= numbersMax {
		p.fail(name, fmt.Errorf("more than %d versions", numbersMax))
		return nil
	}
	for _, b := range append(slices.Clone(old), newest) {
		v = append(v, p.aes(name, b)) // no key where it was retired
	}
	if v.live() > versionsMax {
		p.fail(name, errVersions)
	}
	return v
}

// named returns keys of a kind: the first, which has no identifier, and others.
func (p *keyParser) named(name string, first hexBytes, others []keyDocument, parse func([]byte) (secret.Key, error), check func(string) error) (n namedKeys) {
	if k := p.key(name, first, parse); !k.IsZero() {
		n = append(n, namedKey{key: k})
	}
	if len(others) > namedKeysMax {
		p.fail(name, fmt.Errorf("more than %d", namedKeysMax))
		return n
	}
	for _, o := range others {
		p.fail(name, check(o.ID))
		k := p.key(name, o.Key, parse)
		switch {
		case k.IsZero():
			p.fail(name, errors.New("a key is missing"))
		case !n.find(o.ID).IsZero():
			p.fail(name, errors.New("an identifier is there twice"))
		}
		n = append(n, namedKey{id: o.ID, key: k})
	}
	return n
}

// document returns the keys for a document; the caller wipes them.
func (n namedKeys) document() (first hexBytes, others []keyDocument) {
	for _, k := range n {
		if k.id == "" {
			first = raw(k.key)
			continue
		}
		others = append(others, keyDocument{k.id, raw(k.key)})
	}
	return first, others
}

func (p *keyParser) key(name string, b hexBytes, parse func([]byte) (secret.Key, error)) secret.Key {
	if len(b) == 0 {
		return secret.Key{}
	}
	k, err := parse(b)
	p.fail(name, err)
	return k
}

// set returns a set of issuer master keys, of which all three must be there.
func (p *keyParser) set(name string, d setDocument) keySet {
	s := keySet{option: cryptogram.OptionA, keys: cryptogram.MasterKeys{
		AC:  p.tdes(name+": imk_ac", d.IMKAC),
		SMI: p.tdes(name+": imk_smi", d.IMKSMI),
		SMC: p.tdes(name+": imk_smc", d.IMKSMC),
	}}
	if s.keys.AC.IsZero() || s.keys.SMI.IsZero() || s.keys.SMC.IsZero() {
		p.fail(name, errors.New("wants imk_ac, imk_smi and imk_smc, all three"))
	}
	if d.Option != "" {
		option, err := cryptogram.ParseOption(d.Option)
		p.fail(name+": option", err)
		s.option = option
	}
	return s
}
