package load

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/emv/cryptogram"
	"github.com/f510b0cf/till/emv/secret"
)

// The cards of a fleet are alike but for their numbers.
const (
	profileName = "amex-style" // row of emv/cryptogram and of emv/script
	keySet      = 1            // number of the issuer master keys
	currency    = 978          // ISO 4217, numeric
	panPrefix   = "37424501"   // of test numbers, with seven digits behind it
	panDigits   = 7
)

// CardsMax is how many cards a fleet can have.
const CardsMax = 5_000_000

// expiry is that of all cards.
var expiry = account.Expiry{Year: 2040, Month: time.December}

// pan returns the account number of the nth card.
func pan(n int) account.PAN {
	p, err := account.ParsePAN(fmt.Appendf(nil, "%s%0*d", panPrefix, panDigits, n))
	if err != nil {
		panic("load: account number of a card: " + err.Error()) // its digits are ours
	}
	return p
}

// keysMax bounds a file of keys, in bytes.
const keysMax = 1 << 20

// errKeys says what is wrong with a file of keys. It quotes nothing of it.
var errKeys = errors.New("it is no file of test keys with a key set 1: docs/store.md shows one")

// readKeys reads the issuer master key of application cryptograms from a file of
// test keys, as issuer.Init takes it.
func readKeys(r io.Reader) (key secret.Key, o cryptogram.Option, err error) {
	var file struct {
		KeySets []struct {
			Number uint8
			Option string
			IMKAC  string `json:"imk_ac"`
		} `json:"key_sets"`
	}
	if err := json.NewDecoder(io.LimitReader(r, keysMax)).Decode(&file); err != nil {
		return secret.Key{}, 0, fmt.Errorf("read keys: %w", errKeys)
	}
	for _, set := range file.KeySets {
		if set.Number != keySet {
			continue
		}
		raw, err := hex.DecodeString(set.IMKAC)
		defer secret.Wipe(raw)
		if err != nil {
			break
		}
		if key, err = secret.NewTDES(raw); err != nil {
			break
		}
		if o = cryptogram.OptionA; set.Option == "B" {
			o = cryptogram.OptionB
		}
		return key, o, nil
	}
	return secret.Key{}, 0, fmt.Errorf("read keys: %w", errKeys)
}
