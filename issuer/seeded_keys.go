package issuer

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"io"

	"github.com/f510b0cf/till/emv/random"
	"github.com/f510b0cf/till/emv/secret"
)

// SeededKeys returns the file of test keys, for Init, that a seed gives: a set of
// issuer master keys, keys of terminals and zone, the key of references and that of
// card identification digits. The
// keys under which the issuer seals are not among them: those are drawn.
func SeededKeys(source random.Source) (io.Reader, error) {
	stream := source.Stream("issuer/keys")
	keys := make([]any, 6)
	for i := range keys {
		k, err := secret.GenerateTDES(stream)
		if err != nil {
			return nil, fmt.Errorf("draw keys: %w", err)
		}
		k.Open(func(raw []byte) { keys[i] = hex.EncodeToString(raw) })
	}
	var reference [32]byte
	if _, err := io.ReadFull(stream, reference[:]); err != nil {
		return nil, fmt.Errorf("draw keys: %w", err)
	}
	cid, err := secret.GenerateTDES(stream) // the bytes of a key, whatever they are used for
	if err != nil {
		return nil, fmt.Errorf("draw keys: %w", err)
	}
	var cidKey string
	cid.Open(func(raw []byte) { cidKey = hex.EncodeToString(raw) })
	var file bytes.Buffer
	fmt.Fprintf(&file, `{"key_sets":[{"number":1,"imk_ac":%q,"imk_smi":%q,"imk_smc":%q}],"bdk_tdes":%q,"bdk_aes":%q,"zone_key":%q,`, keys...)
	fmt.Fprintf(&file, `"reference_key":"%x","cid_key":%q}`, reference, cidKey)
	return &file, nil
}
