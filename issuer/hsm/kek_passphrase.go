package hsm

import (
	"encoding/base64"
	"fmt"
	"io"

	"golang.org/x/crypto/argon2"

	"github.com/f510b0cf/till/emv/secret"
)

// PassphraseMin is how many bytes a new passphrase has at least.
const PassphraseMin = 12

// kindPassphrase begins the recipe of a passphrase.
const kindPassphrase = "argon2id"

// cost is what argon2id takes, with its salt. RFC 9106, 3.1.
type cost struct {
	memory uint32 // KiB
	passes uint32
	lanes  uint8
	salt   []byte
}

// defaultCost returns the second of the two choices that RFC 9106, 4, recommends.
func defaultCost(salt []byte) cost { return cost{memory: 64 << 10, passes: 3, lanes: 4, salt: salt} }

// The bounds of a cost that is read: a file that somebody else made must not take all
// memory or time.
const (
	memoryMinKiB = 8 << 10
	memoryMaxKiB = 1 << 20
	passesMax    = 16
	lanesMax     = 16
	saltBytes    = 16
)

// recipeForm is the recipe of a passphrase but for the salt, which follows in base64.
const recipeForm = kindPassphrase + " v=%d m=%d t=%d p=%d "

// recipe returns the recipe of a cost.
func (c cost) recipe() string {
	return fmt.Sprintf(recipeForm, argon2.Version, c.memory, c.passes, c.lanes) + base64.RawStdEncoding.EncodeToString(c.salt)
}

// parseCost reads a recipe.
func parseCost(recipe string) (c cost, err error) {
	var version int
	var salt string
	if _, err := fmt.Sscanf(recipe, recipeForm+"%s", &version, &c.memory, &c.passes, &c.lanes, &salt); err != nil {
		return c, errKeyFile
	}
	c.salt, err = base64.RawStdEncoding.Strict().DecodeString(salt)
	if err != nil || !c.bounded() || c.recipe() != recipe { // of another version, too
		return c, errKeyFile
	}
	return c, nil
}

// bounded reports whether the machine can bear a cost.
func (c cost) bounded() bool {
	return c.memory >= memoryMinKiB && c.memory <= memoryMaxKiB && c.passes >= 1 && c.passes <= passesMax &&
		c.lanes >= 1 && c.lanes <= lanesMax && len(c.salt) == saltBytes
}

// key returns the AES-256 key of a passphrase.
func (c cost) key(passphrase secret.Value) (k secret.Key, err error) {
	passphrase.Open(func(clear []byte) {
		raw := argon2.IDKey(clear, c.salt, c.passes, c.memory, c.lanes, kekBytes)
		defer secret.Wipe(raw)
		k, err = secret.NewAES(raw)
	})
	return k, err
}

// makeOfPassphrase makes a key of a passphrase, with a salt of its own.
func (k KEK) makeOfPassphrase(random io.Reader) (s sealing, err error) {
	passphrase, err := k.Passphrase()
	if err != nil {
		return s, err
	}
	if passphrase.Len() < PassphraseMin {
		return s, fmt.Errorf("make key of passphrase: it is too short: take %d characters or more, such as six words", PassphraseMin)
	}
	salt := make([]byte, saltBytes)
	if _, err := io.ReadFull(random, salt); err != nil {
		return s, fmt.Errorf("make key of passphrase: %w", err)
	}
	c := defaultCost(salt)
	s.recipe = c.recipe()
	s.key, err = c.key(passphrase)
	return s, err
}

// ofPassphrase returns the key of a recipe. The recipe is read before anybody is asked.
func (k KEK) ofPassphrase(recipe string) (secret.Key, error) {
	c, err := parseCost(recipe)
	if err != nil {
		return secret.Key{}, err
	}
	passphrase, err := k.Passphrase()
	if err != nil {
		return secret.Key{}, err
	}
	return c.key(passphrase)
}
