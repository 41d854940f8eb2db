package hsm

import (
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"github.com/f510b0cf/till/emv/secret"
)

// namedKey is a key that has others of its kind beside it, told apart by an identifier.
type namedKey struct {
	secret.Opaque
	id  string
	key secret.Key
}

// namedKeys are keys of a kind, oldest first.
type namedKeys []namedKey

// find returns the key with an identifier, the zero Key where there is none.
func (n namedKeys) find(id string) secret.Key {
	for _, k := range n {
		if k.id == id {
			return k.key
		}
	}
	return secret.Key{}
}

// newest returns the identifier of the newest key.
func (n namedKeys) newest() string {
	if len(n) == 0 {
		return ""
	}
	return n[len(n)-1].id
}

// without returns the keys but for one.
func (n namedKeys) without(id string) namedKeys {
	return slices.DeleteFunc(slices.Clone(n), func(k namedKey) bool { return k.id == id })
}

// namedKeysMax bounds how many keys of a kind there are.
const namedKeysMax = 64

// family is a kind of base derivation key. Key serial numbers begin with the
// identifier of one. The empty identifier is that of the key that an issuer begins
// with: it is for all terminals whose numbers begin with no other.
type family struct {
	name    string // as lists of keys have it
	idBytes int
}

// The families. The identifier of AES DUKPT is the BDK ID of ANSI X9.24-3:2017, 6.3.1
// (from memory). That of TDES DUKPT, the key set identifier, has no fixed length in the
// standard: ours are the five bytes before the identifier of the device.
var (
	familyTDES = family{"BDK TDES", 5}
	familyAES  = family{"BDK AES", 4}
)

// keyName returns the name of a key of the family.
func (f family) keyName(id string) string { return strings.TrimSpace(f.name + " " + id) }

// idOf returns the identifier that a key serial number begins with, and the empty one
// where no key has it and none had.
func (f family) idOf(ksn []byte, keys namedKeys, retired []string) string {
	id := strings.ToUpper(hex.EncodeToString(ksn[:f.idBytes]))
	if keys.find(id).IsZero() && !slices.Contains(retired, f.keyName(id)) {
		return ""
	}
	return id
}

// check reports an identifier that is none.
func (f family) check(id string) error {
	raw, err := hex.DecodeString(id)
	if err != nil || len(raw) != f.idBytes || strings.ToUpper(id) != id {
		return fmt.Errorf("the identifier of a %s is %d upper-case hexadecimal digits", f.name, 2*f.idBytes)
	}
	return nil
}

// zoneName is the name of the zone key that an issuer begins with. Others have their
// number behind it, from 2.
const zoneName = "zone key"

// zoneKeyName returns the name of a zone key.
func zoneKeyName(id string) string { return strings.TrimSpace(zoneName + " " + id) }
