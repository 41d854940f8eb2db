package checkout

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"github.com/f510b0cf/till/cmd/till/internal/reader"
	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/cryptogram"
	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/emv/tlv"
	"github.com/f510b0cf/till/terminal/guard"
	"github.com/f510b0cf/till/terminal/kernel"
)

// policy returns what may be done to the card in the reader.
func (c *Point) policy(r *reader.Reader) (guard.Policy, error) {
	p := c.Policy(r)
	if c.CardKeys == "" {
		return p, nil
	}
	keys, err := readCardKeys(c.CardKeys)
	if err != nil {
		return p, fmt.Errorf("--card-keys: %s: %w", c.CardKeys, err)
	}
	p.KnownKeys = keys.prove
	return p, nil
}

// cardKeys is an issuer master key with the way in which keys of cards follow from
// it.
type cardKeys struct {
	ac     secret.Key
	option cryptogram.Option
}

// readCardKeys reads what `till card issue --issuer-keys-out` writes.
func readCardKeys(path string) (k cardKeys, err error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return k, err
	}
	defer secret.Wipe(text)
	var file struct {
		AC     cardKey `json:"imk_ac"`
		Option string  `json:"option"`
	}
	if json.Unmarshal(text, &file) != nil || file.AC.IsZero() {
		return k, errors.New("want a JSON object with imk_ac and option, as `till card issue --issuer-keys-out` writes it")
	}
	k.ac = file.AC.Key
	k.option, err = cryptogram.ParseOption(file.Option)
	return k, err
}

// cardKey is a key in JSON.
type cardKey struct{ secret.Key }

// UnmarshalText reads hexadecimal digits.
func (k *cardKey) UnmarshalText(text []byte) (err error) {
	raw := make([]byte, hex.DecodedLen(len(text)))
	defer secret.Wipe(raw)
	if _, err := hex.Decode(raw, text); err != nil {
		return err
	}
	k.Key, err = secret.NewTDES(raw)
	return err
}

// tagAC is the application cryptogram. EMV Book 3, Annex A.
const tagAC emv.Tag = 0x9F26

// prove reports whether the keys make the cryptogram of a request, by any row of the
// table of cryptograms.
func (k cardKeys) prove(r *kernel.OnlineRequest) bool {
	in, err := cryptogram.ParseInput(r.ChipData)
	if err != nil {
		return false
	}
	given, _, err := tlv.Find(r.ChipData, tagAC)
	if err != nil || len(given) != len(emv.AC{}) {
		return false
	}
	card := cryptogram.MasterKey(k.ac, r.PAN, r.SequenceNumber, k.option)
	for _, p := range cryptogram.Profiles() {
		if p.Session(card, in.ATC, in.UnpredictableNumber).Verify(&in, emv.AC(given)) == nil {
			return true
		}
	}
	return false
}
