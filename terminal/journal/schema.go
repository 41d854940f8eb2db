package journal

import (
	"errors"
	"fmt"

	"github.com/f510b0cf/till/emv/secret"
)

// schemaVersion is the version of what lies in the file. Another number belongs
// to every change that an older program would read wrongly.
const schemaVersion = 1

// ErrSchema says that a journal was written by a program with another schema.
var ErrSchema = errors.New("journal has another schema version")

// The buckets. Names and keys are clear.
var (
	bucketMeta     = []byte("meta")
	bucketNumbers  = []byte("numbers")
	bucketDevice   = []byte("device")
	bucketItems    = []byte("items")
	bucketReceipts = []byte("receipts")

	bucketPayments = []byte("payments") // made with the first one

	bucketNames = [][]byte{bucketMeta, bucketNumbers, bucketDevice, bucketItems, bucketReceipts}
)

// The keys of the buckets that have no sequence.
var (
	keySchema  = []byte("schema")
	keyProof   = []byte("proof") // opens under the right key
	keySTAN    = []byte("stan")
	keyCounter = []byte("transaction counter")
	keyTDES    = []byte("state")
	keyAES     = []byte("state AES")
)

// deviceKey returns where the DUKPT device of an algorithm lies.
func deviceKey(a secret.Algorithm) []byte {
	if a == secret.AES {
		return keyAES
	}
	return keyTDES
}

// checkSchema sets a new journal up and checks an old one.
func (tx *Tx) checkSchema() error {
	meta := tx.bucket(bucketMeta)
	if meta == nil {
		return tx.setUp()
	}
	if v := meta.Get(keySchema); len(v) != 1 || v[0] != schemaVersion {
		return fmt.Errorf("%w: %x, want %d", ErrSchema, v, schemaVersion)
	}
	for _, name := range bucketNames {
		if tx.bucket(name) == nil {
			return ErrDamaged
		}
	}
	proof, err := tx.get(bucketMeta, keyProof)
	if err == nil && proof.IsZero() {
		err = secret.ErrUnseal
	}
	return err
}

func (tx *Tx) setUp() error {
	for _, name := range bucketNames {
		if err := tx.create(name); err != nil {
			return fmt.Errorf("set up journal: %w", err)
		}
	}
	if err := tx.bucket(bucketMeta).Put(keySchema, []byte{schemaVersion}); err != nil {
		return fmt.Errorf("set up journal: %w", err)
	}
	return tx.put(bucketMeta, keyProof, keyProof)
}
